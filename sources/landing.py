"""The drop folder: which deliveries lie in `landing/<agency>/`, of which files, and what their bytes hash to.

In: a folder and an `Agency`. Out: `Delivery` values in date order. Nothing in a landing folder is ever written.
A delivery is a file (or a folder, as the agency's definition says) with its date in its name: 2026-09-30.
"""

import datetime as dt
import fnmatch
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sources.contract import Agency, Contract
from sources.errors import ArchiveError, DeliveryError

DATED = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)")
MAX_RATIO = 200  # unpacked to packed bytes; beyond it a zip is taken for a bomb


@dataclass(frozen=True)
class SourceFile:
    """One file of a delivery, or one member of a zip in it. `name` is its path inside the delivery."""

    name: str
    path: Path
    member: str | None = None
    sha256: str = ""
    size: int = 0

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, as a stream; a zip member is never unpacked to disk."""
        if self.member is None:
            with self.path.open("rb") as stream:
                yield stream
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                yield stream

    def read(self) -> bytes:
        """All the bytes, for the small files."""
        with self.open() as stream:
            return stream.read()

    @property
    def basename(self) -> str:
        """The last part of the name, in lower case, for matching."""
        return re.split(r"[/\\]", self.name)[-1].lower()


@dataclass(frozen=True)
class Delivery:
    """What an agency sent at one time. `key` changes with any byte of it."""

    agency: str
    name: str
    as_of: dt.date
    files: tuple[SourceFile, ...] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over the names and hashes of its files."""
        lines = sorted(f"{f.name} {f.sha256}" for f in self.files)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def key(self) -> str:
        """Date and the first of the digest: 2026-09-30-1a2b3c4d."""
        return f"{self.as_of.isoformat()}-{self.digest[:8]}"

    def matching(self, contract: Contract) -> list[SourceFile]:
        """The files that a contract reads."""
        return [f for f in self.files if fnmatch.fnmatch(f.basename, contract.file.glob.lower())]

    def unread(self, agency: Agency) -> dict[str, str]:
        """Files that no contract reads, with the reason, which is empty where nobody has given one."""
        read = {f.name for c in agency.contracts for f in self.matching(c)}
        return {f.name: _reason(f, agency) for f in self.files if f.name not in read}


def _reason(file: SourceFile, agency: Agency) -> str:
    for pattern, reason in agency.ignored_files.items():
        if fnmatch.fnmatch(file.basename, pattern.lower()):
            return reason
    return ""


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _members(path: Path, name: str, digest: str) -> Iterator[SourceFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", info.filename):
                    raise ArchiveError(f"{name}: a member has a path that leaves the archive. Ask for a clean zip.")
                if info.file_size > MAX_RATIO * max(info.compress_size, 1 << 20):
                    raise ArchiveError(
                        f"{name}: a member unpacks to over {MAX_RATIO} times its size. Ask for a clean zip."
                    )
                yield SourceFile(f"{name}/{info.filename}", path, info.filename, digest, info.file_size)
    except zipfile.BadZipFile:
        raise ArchiveError(
            f"{name}: not a readable zip (cut short or damaged). Ask the agency to send it again."
        ) from None


def _source_files(root: Path, paths: list[Path]) -> tuple[SourceFile, ...]:
    found: list[SourceFile] = []
    for path in sorted(paths):
        name = path.relative_to(root).as_posix()
        digest = sha256(path)
        if path.suffix.lower() == ".zip":
            found.extend(_members(path, name, digest))
        else:
            found.append(SourceFile(name, path, None, digest, path.stat().st_size))
    return tuple(found)


def _as_of(agency: Agency, name: str) -> dt.date:
    if found := DATED.search(name):
        try:
            return dt.date(*map(int, found.groups()))
        except ValueError:
            pass
    if agency.data_as_of:
        return dt.date.fromisoformat(agency.data_as_of)
    raise DeliveryError(
        f"{agency.key}: a delivery has no date in its name. Rename it so that it holds its date, as in 2026-09-30."
    )


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and not p.name.endswith((".part", ".tmp")))


def candidates(agency: Agency, folder: Path) -> list[tuple[str, Path, list[Path]]]:
    """Name, root and files of everything in the drop folder that could be a delivery, by name."""
    if not folder.is_dir():
        return []
    loose = [p for p in _visible(folder) if p.is_file() and not p.is_symlink()]
    folders = [p for p in _visible(folder) if p.is_dir() and not p.is_symlink()]
    found = [(d.name, d, [p for p in d.rglob("*") if p.is_file() and not p.is_symlink()]) for d in folders]
    if agency.delivery == "file":
        found += [(p.name, folder, [p]) for p in loose if not _reason(SourceFile(p.name, p), agency)]
    elif loose:
        found.append((loose[0].name if len(loose) == 1 else agency.key, folder, loose))
    return sorted(found)


def read_delivery(agency: Agency, name: str, root: Path, paths: list[Path]) -> Delivery:
    """Hash the files of a delivery and open its zips far enough to list them."""
    return Delivery(agency.key, name, _as_of(agency, name), _source_files(root, paths))


def text(file: SourceFile, encoding: str) -> io.StringIO:
    """A small file as text."""
    return io.StringIO(file.read().decode(encoding))
