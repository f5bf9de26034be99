"""One writer at a time: whoever changes a workspace holds its lock; the lock goes with the process.

In: a workspace. Out: a block in which nobody else refreshes it, be it from the shell, the web server or the daemon.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sources.errors import WorkspaceError

if TYPE_CHECKING:
    from pipelines.workspace import Workspace

_held: dict[str, int] = {}


@contextmanager
def alone(workspace: Workspace, wait: float = 0.0) -> Iterator[None]:
    """Hold the workspace, waiting up to `wait` seconds for it; a process that holds it already goes on."""
    path = workspace.store / "refresh.lock"
    if str(path) in _held:
        yield
        return
    if shut := workspace.shut:
        raise WorkspaceError(
            f"{', '.join(str(path) for path in shut)}: this user cannot write here, so nothing was begun. "
            "Run this as the owner of the workspace, or mend the rights (palermo doctor says which)."
        )
    workspace.store.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait
    with path.open("a") as lock:
        while not _taken(lock.fileno()):
            if time.monotonic() >= until:
                raise WorkspaceError(
                    f"{workspace.root}: another refresh is running. Wait for it to end, then run this again."
                )
            time.sleep(0.5)
        _held[str(path)] = lock.fileno()
        try:
            yield
        finally:
            del _held[str(path)]


def held() -> list[int]:
    """The descriptors of the locks that this process holds."""
    return list(_held.values())


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_taken(workspace: Workspace) -> bool:
    """Whether another process holds the workspace now."""
    path = workspace.store / "refresh.lock"
    if not path.is_file():
        return False
    with path.open("a") as lock:
        return not _taken(lock.fileno())
