"""Work in a process of its own, beside what this one does: Python's lock would leave the other core idle.

In: a function by its name in a module, and what it is given. Out: what gives its result. Tasks wait in line for one
process at a time; who asks for the result of one that has not begun does it here, so that neither waits for the other
(docs/decisions/0010-two-cores.md).
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Literal

from pipelines import loading, lock, progress
from sources.errors import WorkspaceError

if TYPE_CHECKING:
    from pipelines.workspace import Workspace
    from transforms.start import Start

LOOK = 0.1  # seconds; the system counts in hundredths
LOOKS = 3
LARGE = 10_000_000  # bytes in the drop folders
LOADED = "pipelines.loaded"  # what a process has loaded from which the others are forked
Told = SimpleQueue[tuple[str, Any] | None]


def is_idle() -> bool:
    """Whether a core besides this one has nothing to do: beside other work one more process only adds to it.

    Looked at while this process sleeps, up to three times, as any machine is busy for a moment; a load average would
    hold the work that it has just done.
    """
    return any(_is_idle_now() for _ in range(LOOKS))


def _is_idle_now() -> bool:
    before = _idle()
    time.sleep(LOOK)
    return _idle() - before > 1.5 * LOOK


def _idle() -> float:
    """Seconds that all cores together have had nothing to do; where the system does not say, none."""
    try:
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0


def pays(workspace: Workspace) -> bool:
    """Whether a core is idle, and a refresh has so much to do that processes win more than they cost to start."""
    return workspace.settings.engine == "duckdb" and workspace.landed_bytes > LARGE and is_idle()


@contextmanager
def beside(worth_it: Callable[[], bool]) -> Iterator[bool]:
    """In this block `start` begins tasks beside this process if it is worth it; none outlives the block.

    A block inside another one uses what is there, and is told that it is not the one that began it. Libraries begin to
    load at once, in a process of their own.
    """
    global _line
    if _line is not None or not worth_it():
        yield False
        return
    forkserver.set_forkserver_preload([LOADED])
    forkserver.ensure_running()
    _line = _Line("forkserver")
    try:
        yield True
    finally:
        _line.close()
        _line = None


def is_shared() -> bool:
    """Whether this process works beside another one of the refresh."""
    return _line is not None or parent_process() is not None


def start(make: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    """Begin `make(*given)` beside this process if it may; returns what gives its result.

    Where nothing is done beside, or it has not begun when its result is asked for, it is done here and then.
    """
    return _line.start(make, *given) if _line else partial(make, *given)


def ahead(make: Callable[..., Any], *given: Any) -> None:
    """Begin what `ask(make, *given)` will ask for in this block, if anything is done beside."""
    if _line and (make, given) not in _line.ahead:
        _line.ahead[make, given] = _line.start(make, *given)


def ask(make: Callable[..., Any], *given: Any) -> Any:
    """The result of what has begun ahead; else it is done here, and so it is when asked for again."""
    begun = _line.ahead.pop((make, given), None) if _line else None
    return begun() if begun else make(*given)


@contextmanager
def anew() -> Iterator[Start]:
    """`start` for a process that has loaded nothing yet and begins at once; it does not outlive the block."""
    line = _Line("spawn")
    try:
        yield line.start
    finally:
        line.close()


class _Line:
    """Tasks in line for one process at a time; each has one of its own, which gives all its memory back."""

    def __init__(self, method: Literal["forkserver", "spawn"]) -> None:
        self._context: Any = get_context(method)
        self._threads = ThreadPoolExecutor(1)
        self._process: BaseProcess | None = None
        self.ahead: dict[tuple[Callable[..., Any], tuple[Any, ...]], Callable[[], Any]] = {}
        self._is_closed = False

    def start(self, make: Callable[..., Any], *given: Any) -> Callable[[], Any]:
        told: Told = SimpleQueue()
        task = pickle.dumps((make, given))  # now: whoever has given it may change it while it waits in line
        done = self._threads.submit(self._done, told, make.__name__, task)
        return partial(_result, done, told, make, given)

    def close(self) -> None:
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._process:
            self._process.kill()
        self._threads.shutdown()

    def _done(self, told: Told, name: str, task: bytes) -> Any:
        """In a thread of this process, which waits for the other one."""
        here, there = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(there, _Locks(), task), daemon=True)
        try:
            process.start()
            self._process = process
            there.close()
            if self._is_closed:
                process.kill()
            return _heard(here, told, name)
        finally:
            if process.pid:
                process.join()
            told.put(None)


def _result(done: Future[Any], told: Told, make: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    """The result, with the progress that was made beside; done here if it has not begun."""
    if done.cancel():
        return make(*given)
    for kind, what in iter(told.get, None):
        getattr(progress, kind)(*what)
    told.put(None)  # for who asks again
    return done.result()


def _heard(here: Connection, told: Told, name: str) -> Any:
    """What the process says until it says its result."""
    try:
        while True:
            kind, what = pickle.loads(here.recv_bytes())
            if kind == "found":
                return what
            if kind == "error":
                raise what
            told.put((kind, what))
    except EOFError:
        raise WorkspaceError(
            f"{name.strip('_')}: its process ended before the work was done. "
            "If memory was short, close other programs. Then run palermo refresh again."
        ) from None


class _Locks:
    """The locks that this process holds: they are held until those beside it have ended too."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Any, ...]]:
        return _hold, tuple(DupFd(number) for number in lock.held())


def _hold(*locks: Any) -> None:
    for one in locks:
        one.detach()


@loading.roomy
def _work(there: Connection, _locks: None, task: bytes) -> None:
    """In the process: the result or the error. It ends with the refresh that started it, so it writes after none."""
    loading.seldom()
    Thread(target=_end_with_the_refresh, daemon=True).start()
    one_by_one = Lock()

    def tell(kind: str, *what: Any) -> None:
        with one_by_one:  # a file may be read in threads
            there.send_bytes(pickle.dumps((kind, what)))

    progress.watch(partial(tell, "step"), partial(tell, "read_bytes"))
    try:
        make, given = pickle.loads(task)
        said = _packed("found", make(*given))
    except Exception as error:
        said = _packed("error", error)
    with suppress(BrokenPipeError):
        there.send_bytes(said)


def _end_with_the_refresh() -> None:
    if refresh := parent_process():
        refresh.join()
        os._exit(1)


def _packed(kind: str, what: Any) -> bytes:
    """Bytes that can be read again; an error that cannot is told by its type."""
    try:
        packed = pickle.dumps((kind, what))
        if kind == "error":
            pickle.loads(packed)
    except Exception:
        return pickle.dumps(("error", RuntimeError(f"{type(what).__name__}, which no other process can read")))
    return packed


_line: _Line | None = None
