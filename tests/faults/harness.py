"""Kill a refresh at any change of the file system, or at any instant, and refresh again.

    python -m tests.faults.harness --kills 200

In: a workspace with an edition, and a delivery that has just arrived. Out: for each kill what stood afterwards.

A warm process forks one child a refresh. The child counts every call that changes the file system (Python tells of each
before it happens) and kills itself (SIGKILL) at the one asked for, or is killed from outside after some milliseconds.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipelines.workspace import Workspace
from tests.world import collection, digests, quick_workspace

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "shutil.rmtree", "os.chmod", "os.truncate")
WRITES = os.O_WRONLY | os.O_RDWR


@dataclass
class Kill:
    """One kill: where, and what stood after it."""

    at: str
    was_killed: bool
    last_edition_stood: bool
    ended_well: bool
    same_as_undisturbed: bool

    @property
    def is_good(self) -> bool:
        """Nothing lost and nothing changed."""
        return self.last_edition_stood and self.ended_well and self.same_as_undisturbed


@dataclass
class Harness:
    """A world before and after a delivery, and the way from one to the other."""

    before: Path  # a workspace with an edition, and a delivery in landing that is not taken in
    scratch: Path
    wanted: dict[str, str] = field(default_factory=dict)
    n_changes: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Make the undisturbed edition; count its changes of the file system and its seconds."""
        made = self._fresh()
        started = time.monotonic()
        self.n_changes = int(self._run(made, count=True) or 0)
        self.seconds = time.monotonic() - started
        self.wanted = content(made)

    def at_change(self, number: int) -> Kill:
        """Kill at the `number`-th change of the file system."""
        return self._kill(f"change {number}", number=number)

    def after(self, seconds: float) -> Kill:
        """Kill after some time."""
        return self._kill(f"{seconds:.2f} s", seconds=seconds)

    def _kill(self, at: str, number: int | None = None, seconds: float | None = None) -> Kill:
        made = self._fresh()
        landing, edition = digests(made / "landing"), content(made)
        was_killed = self._run(made, number=number, seconds=seconds) is None
        now = content(made)
        stood = now in (edition, self.wanted) and digests(made / "landing") == landing
        ended = self._run(made) is not None
        same = content(made) == self.wanted and digests(made / "landing") == landing
        return Kill(at, was_killed, stood, ended, same)

    def _fresh(self) -> Path:
        made = self.scratch / "w"
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(self.before, made, symlinks=True)
        return made

    def _run(
        self, root: Path, number: int | None = None, seconds: float | None = None, *, count: bool = False
    ) -> str | None:
        """One refresh in a child; None if it was killed or failed, else what it said."""
        said, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(said)
            _refresh(root, tell, number, count=count)
        os.close(tell)
        killer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL)) if seconds is not None else None
        if killer:
            killer.start()
        with os.fdopen(said, "rb") as pipe:
            words = pipe.read().decode()
        _, state = os.waitpid(child, 0)
        if killer:
            killer.cancel()
        return words if os.waitstatus_to_exitcode(state) == 0 else None


def _refresh(root: Path, tell: int, number: int | None, *, count: bool) -> None:
    """In the child: refresh, then leave without any clean-up of the parent's."""
    seen = 0

    def watch(event: str, given: tuple[object, ...]) -> None:
        nonlocal seen
        if event in CHANGES or (event == "open" and isinstance(given[2], int) and given[2] & WRITES):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        from pipelines.refresh import refresh

        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if number is not None or count:
            sys.addaudithook(watch)
        refresh(Workspace(root))
        os.write(tell, str(seen or "done").encode())
        code = 0
    finally:
        os._exit(code)


def content(root: Path) -> dict[str, str]:
    """The current edition as readers find it: every file through `report` and the tables behind it; empty if broken."""
    current = Workspace(root).current()
    if current is None or not (root / "report" / "index.html").is_file():
        return {}
    manifest = json.loads((current / "manifest.json").read_text())
    for name, table in manifest["tables"].items():
        if hashlib.sha256((current / "tables" / f"{name}.parquet").read_bytes()).hexdigest() != table["sha256"]:
            return {}
    return digests(current) | {"report": str((root / "report").resolve().parent.name)}


def warm() -> None:
    """Import what a refresh imports, so that a child need not; nothing is opened."""
    import great_expectations  # noqa: F401

    import expectations.run  # noqa: F401
    import pipelines.definitions  # noqa: F401
    import reports.build  # noqa: F401
    import transforms.evaluation  # noqa: F401


def prepared(root: Path) -> Harness:
    """An edition of one delivery of the open collection's layout, and a second delivery that has just arrived."""
    made = quick_workspace(root / "before")
    collection(made.landing / "htd" / "2018-08-31")
    child = os.fork()
    if child == 0:
        _refresh(made.root, os.open(os.devnull, os.O_WRONLY), None, count=False)
    os.waitpid(child, 0)
    collection(made.landing / "htd" / "2018-09-30", seed=2)
    return Harness(made.root, root)


def kills(harness: Harness, n: int, seed: int) -> Iterator[Kill]:
    """Four of five at changes of the file system, spread over all; the rest at random instants.

    A refresh that has ended before its instant is told, and is no kill: another instant is drawn.
    """
    dice = random.Random(seed)
    n_changes = max(1, n * 4 // 5)
    for i in range(n_changes):
        yield harness.at_change(1 + i * harness.n_changes // n_changes)
    n_left = n - n_changes
    while n_left:
        kill = harness.after(dice.uniform(0, harness.seconds))
        n_left -= kill.was_killed
        yield kill


def main() -> int:
    """Print a line a kill as JSON, and the sum; exit code 1 if anything was lost."""
    given = argparse.ArgumentParser()
    given.add_argument("--kills", type=int, default=200)
    given.add_argument("--seed", type=int, default=2011)
    asked = given.parse_args()
    warm()
    with tempfile.TemporaryDirectory() as folder:
        harness = prepared(Path(folder))
        bad = n_killed = n = 0
        for kill in kills(harness, asked.kills, asked.seed):
            print(json.dumps(asdict(kill)), flush=True)
            n += 1
            n_killed += kill.was_killed
            bad += not kill.is_good
    print(f"{n} refreshes of {harness.n_changes} changes, {n_killed} killed, {bad} not as undisturbed")
    return 1 if bad or n_killed < asked.kills else 0


if __name__ == "__main__":
    sys.exit(main())
