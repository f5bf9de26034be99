"""The drop folder: which deliveries lie in `landing/<agency>/`, of which files, and what their bytes hash to.

In: a folder and an `Agency`. Out: `Delivery` values. Nothing in a landing folder is ever written.
A delivery bears its date in its name: 2026-09-30; a date to come is refused, as an error of typing. It is a folder, or
(where the agency's definition says `file`) the files of one date; a zip or gz is read as it is. What is still being
written is passed over, with words.
"""

import datetime as dt
import fnmatch
import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sources.contract import Agency, Contract
from sources.errors import DeliveryError, WorkspaceError
from sources.source_file import Hashed, SourceFile, sha256, source_files

__all__ = [
    "Delivery",
    "Hashed",
    "SourceFile",
    "candidates",
    "day_of",
    "passed_over",
    "read_delivery",
    "sha256",
    "strangers",
]

DATED = re.compile(r"(20\d\d)[-_]?(\d\d)[-_]?(\d\d)")
AHEAD = dt.timedelta(days=7)  # an export may be named for the end of the week in which it is made
Bytes = Callable[[int, int], None]
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".partial")


@dataclass(frozen=True)
class Delivery:
    """What an agency sent at one time. `key` changes with any byte of it; `mark` is part of it."""

    agency: str
    name: str
    as_of: dt.date
    files: tuple[SourceFile, ...] = field(repr=False)
    mark: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over the names and hashes of its files."""
        lines = sorted(f"{f.name} {f.sha256}" for f in self.files)
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def key(self) -> str:
        """Date and the first of the digest: 2026-09-30-1a2b3c4d."""
        return "-".join(filter(None, (self.as_of.isoformat(), self.digest[:8], self.mark)))

    @property
    def size(self) -> int:
        """Bytes of its files, unpacked as far as their archives say."""
        return sum(f.size for f in self.files)

    def matching(self, contract: Contract) -> list[SourceFile]:
        """The files that a contract reads."""
        return [f for f in self.files if fnmatch.fnmatch(f.basename, contract.file.glob.lower())]

    def unread(self, agency: Agency) -> dict[str, str]:
        """Files that no contract reads, with the reason, which is empty where nobody has given one."""
        read = {f.name for c in agency.contracts for f in self.matching(c)}
        return {f.name: _reason(f.basename, agency) for f in self.files if f.name not in read}


def _reason(basename: str, agency: Agency) -> str:
    for pattern, reason in agency.ignored_files.items():
        if fnmatch.fnmatch(basename.lower(), pattern.lower()):
            return reason
    return ""


def _date_in(name: str) -> dt.date | None:
    if found := DATED.search(name):
        try:
            return dt.date(*map(int, found.groups()))
        except ValueError:
            pass
    return None


def day_of(agency: Agency, name: str, at: float = 0.0) -> dt.date:
    """The date that a delivery bears in its name; an error says how to give it one.

    No date is to come that lies before its files were written (`at`, in seconds since 1970): a clock that was set back
    holds nothing.
    """
    if found := _date_in(name):
        today = max(dt.date.today(), dt.date.fromtimestamp(at))
        if found > today + AHEAD:
            raise DeliveryError(
                f"{agency.key}: a delivery bears a date to come, {found}; today is {today}. "
                "Rename it so that it holds its date, or set the clock of this machine."
            )
        return found
    if agency.data_as_of:
        return dt.date.fromisoformat(agency.data_as_of)
    raise DeliveryError(
        f"{agency.key}: a delivery has no date in its name. Rename it so that it holds its date, as in 2026-09-30."
    )


def _is_unfinished(path: Path) -> bool:
    return path.name.lower().endswith(UNFINISHED)


def _visible(folder: Path) -> list[Path]:
    """What lies in a drop folder but hidden files; a drop folder that may not be read is an error that names it."""
    if not folder.is_dir():
        return []
    if not os.access(folder, os.R_OK | os.X_OK):
        raise WorkspaceError(
            f"{folder.parent.name}/{folder.name}: no permission to read the folder. Give this user read access."
        )
    return sorted(p for p in folder.iterdir() if not p.name.startswith((".", "~$")))  # ~$: Excel's lock


def _inside(folder: Path) -> list[Path]:
    """Everything in a delivery's folder but folders and hidden files.

    Links are there, and folders that may not be read, to be refused.
    """
    found: list[Path] = []

    def refused(error: OSError) -> None:
        if not isinstance(error, PermissionError):
            raise error
        found.append(Path(error.filename))

    for at, folders, files in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if (Path(at) / name).is_symlink()]
        found += [Path(at) / name for name in (*files, *links) if not name.startswith(".")]
    return sorted(found)


def written(name: str) -> str:
    """A name from the file system as text; bytes that are none are written out."""
    return name.encode("utf-8", "backslashreplace").decode()


def candidates(agency: Agency, folder: Path) -> list[tuple[str, Path, list[Path]]]:
    """Name, root and files of everything in the drop folder that could be a delivery, by name."""
    found, loose = [], []
    for path in _visible(folder):
        if path.is_dir() and not path.is_symlink():
            files = _inside(path)
            if not any(map(_is_unfinished, files)):
                found.append((path.name, path, files))
        elif not _is_unfinished(path) and not _reason(path.name, agency):
            loose.append(path)
    if agency.delivery == "folder" and loose:
        found.append((loose[0].name if len(loose) == 1 else agency.key, folder, loose))
    elif agency.delivery == "file":
        found += [(_name(group), folder, group) for group in _by_date(loose)]
    return sorted((written(name), root, paths) for name, root, paths in found)


def _by_date(files: list[Path]) -> list[list[Path]]:
    """Files of one date are one delivery; a file without a date stands alone."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        groups[str(_date_in(path.name) or path.name)].append(path)
    return list(groups.values())


def _name(group: list[Path]) -> str:
    return group[0].name if len(group) == 1 else str(_date_in(group[0].name))


def passed_over(agency: Agency, folder: Path) -> dict[str, str]:
    """What lies in the drop folder and is no delivery (yet), with the reason, for the status."""
    found = {}
    for path in _visible(folder):
        inside = _inside(path) if path.is_dir() and not path.is_symlink() else [path]
        if any(map(_is_unfinished, inside)):
            found[written(path.name)] = "still being written; the refresh after it is complete takes it in"
        elif path.is_file() and (reason := _reason(path.name, agency)):
            found[written(path.name)] = reason
    return found


def strangers(landing: Path, known: Iterable[str]) -> dict[str, str]:
    """What lies in the drop folders' own folder and belongs to no agency, with what to do; nothing of it is read."""
    if not landing.is_dir():
        return {}
    names = sorted(known)
    move = f"Move it into the folder of its agency: {', '.join(names)}."
    return {
        path.name: f"{'no agency has this name' if path.is_dir() else 'a file of no agency'}, so it is not read. {move}"
        for path in _visible(landing)
        if path.name not in names
    }


def _seen(path: Path) -> tuple[int, float]:
    """Bytes of a file and when it was last written; none and never for one that will be refused."""
    try:
        found = path.lstat()
    except PermissionError:
        return 0, 0.0
    return found.st_size, found.st_mtime


def read_delivery(
    agency: Agency,
    name: str,
    root: Path,
    paths: list[Path],
    on_bytes: Bytes = lambda _read, _of: None,
    hashed: Hashed | None = None,
) -> Delivery:
    """Hash the files of a delivery and open its zips far enough to list them."""
    seen = {path: _seen(path) for path in sorted(paths)}
    day = day_of(agency, name, max((at for _, at in seen.values()), default=0.0))
    for path in (root, *paths):
        place = str(path.relative_to(root.parent))
        if place != written(place):
            raise DeliveryError(
                f"{agency.key}: {written(place)}: the name is no UTF-8 text. Rename the file or folder."
            )
    size, so_far = sum(n for n, _ in seen.values()), 0
    files: list[SourceFile] = []
    for path, (n, _) in seen.items():
        files += source_files(root, path, hashed)
        so_far += n
        on_bytes(so_far, size)
    return Delivery(agency.key, name, day, tuple(files))
