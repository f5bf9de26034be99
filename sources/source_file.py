"""One file of a delivery, or one member of a zip in it, as a stream of bytes; nothing is ever unpacked to disk.

In: a path. Out: `SourceFile` values. What cannot or must not be opened is an `ArchiveError`: cut short, locked with a
password, a path that leaves the archive, a zip inside a zip, a bomb.
"""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import zipfile_deflate64 as zipfile  # type: ignore[import-untyped]  # the standard one, with Deflate64 added

from sources.errors import ArchiveError, DeliveryError, UnfinishedError

MAX_RATIO = 200  # unpacked to packed bytes; beyond it an archive is taken for a bomb
FLOOR = 1 << 20  # a smaller archive is measured as if it had this size
BUFFER = 1 << 20
LOCKED = 0x1
Hashed = Callable[[Path], str]
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class SourceFile:
    """A file of a delivery. `name` is its path inside the delivery, `stamp` its size and time when it was hashed."""

    name: str
    path: Path
    member: str | None = None
    sha256: str = ""
    size: int = 0
    stamp: tuple[int, int] = (0, 0)
    sheet: str | None = None
    on_bytes: Callable[[int], None] | None = field(default=None, compare=False, repr=False)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, as a stream, unzipped and gunzipped on the way."""
        try:
            if self.member is None:
                with self.path.open("rb") as stream:
                    yield self._plain(stream)
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                    yield self._plain(stream)
        except DAMAGED:
            raise ArchiveError(
                f"{self.name}: cut short or damaged, it cannot be unpacked. Ask the agency to send it again."
            ) from None
        except PermissionError:
            raise DeliveryError(f"{self.name}: no permission to read the file. Give this user read access.") from None

    def _plain(self, stream: IO[bytes]) -> IO[bytes]:
        if self.on_bytes:
            stream = io.BufferedReader(_Counted(stream, self.on_bytes), BUFFER)
        if not self.name.lower().endswith(".gz"):
            return stream
        limit = MAX_RATIO * max(self.size, FLOOR)
        return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=stream), limit, self.name), BUFFER)

    def read(self) -> bytes:
        """All the bytes, for the small files."""
        with self.open() as stream:
            return stream.read()

    @property
    def basename(self) -> str:
        """The last part of the name, in lower case and without .gz, for matching."""
        return re.split(r"[/\\]", self.name)[-1].lower().removesuffix(".gz")

    def check_unchanged(self) -> None:
        """Raise if the file on disk is no longer the one that was hashed."""
        if self.stamp != (0, 0) and _stamp(self.path) != self.stamp:
            raise UnfinishedError(f"{self.name}: changed while it was read. The next refresh takes it in.")


class _Counted(io.RawIOBase):
    """A stream that tells how many bytes it has given."""

    def __init__(self, stream: IO[bytes], tell: Callable[[int], None]) -> None:
        self._stream, self._tell = stream, tell

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._tell(len(data))
        buffer[: len(data)] = data
        return len(data)


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than a limit."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, limit: int, name: str) -> None:
        self._stream, self._left, self._name = stream, limit, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(_bomb(self._name))
        buffer[: len(data)] = data
        return len(data)


def _bomb(name: str) -> str:
    return f"{name}: unpacks to over {MAX_RATIO} times its size. Ask for a clean archive."


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes; one process hashes a file once, as long as its size and time stay the same."""
    return _sha256(path, _stamp(path))


@lru_cache(maxsize=10_000)
def _sha256(path: Path, _: tuple[int, int]) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def source_files(root: Path, path: Path, hashed: Hashed | None = None) -> Iterator[SourceFile]:
    """A file of a delivery, hashed from its bytes, or as `hashed` says; a zip gives its members.

    A folder comes here only if it may not be read.
    """
    name = path.name if path == root else path.relative_to(root).as_posix()
    kind = "file"
    try:
        if path.is_symlink():
            raise DeliveryError(f"{name}: a link. Links are not followed: put the file itself into the drop folder.")
        if path.is_dir():
            kind = "folder"
            raise PermissionError
        if not path.is_file():
            raise DeliveryError(f"{name}: not a regular file. Put an ordinary file into the drop folder.")
        stamp = _stamp(path)
        digest = (hashed or sha256)(path)
    except PermissionError:
        raise DeliveryError(f"{name}: no permission to read the {kind}. Give this user read access.") from None
    if _stamp(path) != stamp:
        raise UnfinishedError(f"{name}: still being written. The next refresh takes it in.")
    if path.suffix.lower() == ".zip":
        yield from _members(path, name, digest, stamp)
    else:
        yield SourceFile(name, path, None, digest, stamp[0], stamp)


def _members(path: Path, name: str, digest: str, stamp: tuple[int, int]) -> Iterator[SourceFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except DAMAGED:
        raise ArchiveError(
            f"{name}: not a readable zip (cut short or damaged). Ask the agency to send it again."
        ) from None
    check_members(name, members)
    for info in members:
        yield SourceFile(f"{name}/{info.filename}", path, info.filename, digest, info.file_size, stamp)


def check_members(name: str, members: list[Any]) -> None:
    """Refuse a zip that must not be opened, from its list of members alone."""
    names = [info.filename for info in members]
    if any(n.startswith(("/", "\\")) or n[1:2] == ":" or ".." in re.split(r"[/\\]", n) for n in names):
        raise ArchiveError(f"{name}: a member has a path that leaves the archive. Ask for a clean zip.")
    if len(set(names)) < len(names):
        raise ArchiveError(f"{name}: two members have the same name. Ask for a clean zip.")
    if any(info.flag_bits & LOCKED for info in members):
        raise ArchiveError(f"{name}: locked with a password. Ask for the files without one, over a safe channel.")
    if any(n.lower().endswith(".zip") for n in names):
        raise ArchiveError(f"{name}: a zip inside a zip. Unpack the outer one and put its files into the drop folder.")
    unpacked = sum(info.file_size for info in members)
    if unpacked > MAX_RATIO * max(sum(info.compress_size for info in members), FLOOR):
        raise ArchiveError(_bomb(name))
