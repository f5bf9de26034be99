"""Progress of the work in this process, for whoever watches: a step with its records, and the bytes of a delivery.

In: calls from the work. Out: the same calls to every watcher.
"""

from collections.abc import Callable

Watch = Callable[[str, int, int], None]
Bytes = Callable[[int, int], None]
_watchers: list[tuple[Watch, Bytes]] = []


def step(what: str, n: int, of: int = 0) -> None:
    """Tell whoever watches this process: `n` more records of `what`, or its step `n` of `of`."""
    for watch, _ in _watchers:
        watch(what, n, of)


def read_bytes(read: int, of: int) -> None:
    """Tell whoever watches this process: so many bytes of the delivery that is read or hashed."""
    for _, told in _watchers:
        told(read, of)


def watch(watcher: Watch, told: Bytes = lambda _read, _of: None) -> Callable[[], None]:
    """Call these at every progress of a run in this process; returns how to stop it."""
    _watchers.append((watcher, told))
    return lambda: _watchers.remove((watcher, told))
