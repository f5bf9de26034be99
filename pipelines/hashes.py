"""What the files of landing/ hash to, so that a refresh without news reads none of them again.

In: a path. Out: its SHA-256, from `store/hashes.json` as long as size, times and inode of the file are those it was
hashed with, else from its bytes. As in git's index, a file that changed within two seconds of being hashed is not
believed the next time: it could change again without another time (docs/decisions/0003).
"""

import json
import time
from pathlib import Path

from pydantic import TypeAdapter

from pipelines import aside
from pipelines.workspace import Workspace
from sources.landing import sha256

Mark = tuple[int, int, int, int, str]  # size, two times and inode of a file, and what it hashes to
KNOWN = TypeAdapter(dict[str, Mark])
RACY = 2.0  # seconds: the coarsest clock of a file system


class Hashes:
    """The hashes of one workspace's files, those of the last refresh first."""

    def __init__(self, workspace: Workspace, racy: float = RACY) -> None:
        self._landing, self._path = workspace.landing, workspace.store / "hashes.json"
        self._racy, self._now, self._seen = racy, dict[str, Mark](), dict[str, Mark]()
        try:
            self._known = KNOWN.validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValueError):  # none, or damaged: all is hashed anew
            self._known = {}

    def __call__(self, path: Path) -> str:
        """SHA-256 of a file, in hex."""
        found, since = path.stat(), time.time()
        mark = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        name = path.relative_to(self._landing).as_posix()
        known = self._seen.get(name) or self._known.get(name)
        digest = known[4] if known and known[:4] == mark else sha256(path)
        self._seen[name] = (*mark, digest)
        if max(found.st_mtime, found.st_ctime) < since - self._racy:
            self._now[name] = (*mark, digest)
        return digest

    def keep(self) -> None:
        """Note the hashes of all files that were asked for, and of no others."""
        if self._now != self._known:
            aside.text(self._path, json.dumps(self._now, indent=1))
