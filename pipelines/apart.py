"""Work in a process of its own, beside what this one does: Python's lock would leave the other core idle.

In: a function by its name in a module, and what it is given. Out: what waits for its result. A process starts anew and
imports for itself, since a copy of this one could hold a lock of a thread that it does not have.
"""

import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from sources.errors import WorkspaceError
from transforms.start import Start

LOOK = 0.1  # seconds; the system counts in hundredths


def is_idle() -> bool:
    """Whether a core besides this one has nothing to do: beside other work one more process only adds to it.

    Looked at while this process sleeps; a load average would hold the work that it has just done.
    """
    before = _idle()
    time.sleep(LOOK)
    return _idle() - before > 1.5 * LOOK


def _idle() -> float:
    """Seconds that all cores together have had nothing to do; where the system does not say, none."""
    try:
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0


@contextmanager
def processes(*, worth_it: bool = True) -> Iterator[Start]:
    """What starts `make(*given)` and returns what waits for it; none of the processes outlives the block.

    Where it is not worth the second that a process takes to start, the work is done here, when its result is asked for.
    """
    started = []
    context = get_context("spawn")

    def start(make: Callable[..., Any], *given: Any) -> Callable[[], Any]:
        here, there = context.Pipe(duplex=False)
        one = context.Process(target=_work, args=(there, make, given), daemon=True)
        one.start()
        there.close()
        started.append(one)
        return partial(_result, here, make.__name__)

    try:
        yield start if worth_it else partial
    finally:
        for one in started:
            one.kill()
            one.join()


def _work(there: Connection, make: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """In the process: the result or the error. It ends with the refresh that started it, so it writes after none."""
    Thread(target=_end_with_the_refresh, daemon=True).start()
    try:
        said = _packed(is_made=True, found=make(*given))
    except Exception as error:
        said = _packed(is_made=False, found=error)
    with suppress(BrokenPipeError):
        there.send_bytes(said)


def _end_with_the_refresh() -> None:
    if refresh := parent_process():
        refresh.join()
        os._exit(1)


def _packed(*, is_made: bool, found: Any) -> bytes:
    """Bytes that can be read again; an error that cannot is told by its type."""
    try:
        packed = pickle.dumps((is_made, found))
        if not is_made:
            pickle.loads(packed)
    except Exception:
        return pickle.dumps((False, RuntimeError(f"{type(found).__name__}, which no other process can read")))
    return packed


def _result(here: Connection, name: str) -> Any:
    try:
        is_made, found = pickle.loads(here.recv_bytes())
    except EOFError:
        raise WorkspaceError(
            f"{name.strip('_')}: its process ended before the work was done. "
            "If memory was short, close other programs. Then run palermo refresh again."
        ) from None
    if not is_made:
        raise found
    return found
