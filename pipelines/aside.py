"""Written aside, then put into place in one step: a crash leaves the old one or the new one.

In: a path and what makes it. Out: the path, complete. What a crash left aside is thrown away the next time.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def close_to_others() -> None:
    """From now on this process makes files that only their owner and, where its umask allows, the group can read."""
    os.umask(os.umask(0o077) | 0o007)


def put(path: Path, make: Callable[[Path], object]) -> None:
    """A file or link: `make` is given the place aside."""
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    make(aside)
    aside.replace(path)


def text(path: Path, words: str) -> None:
    """A text file."""
    put(path, lambda aside: aside.write_text(words, encoding="utf-8"))


def secret(path: Path, words: str) -> None:
    """A text file that its owner alone can read, from the first byte on."""

    def make(aside: Path) -> None:
        aside.touch(mode=0o600)
        aside.write_text(words, encoding="utf-8")

    put(path, make)


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """A folder, filled in the block; one that is there is replaced."""
    aside = path.with_name(f".{path.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    yield aside
    shutil.rmtree(path, ignore_errors=True)
    aside.rename(path)


def prune(places: Iterable[Path], most: int) -> None:
    """Remove files or folders but for the `most` that changed last."""
    for old in sorted(places, key=lambda place: place.stat().st_mtime)[:-most]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
