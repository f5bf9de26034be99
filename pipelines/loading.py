"""What Python does beside the work, where it costs more than it gives: the search for garbage, and pieces of its stack.

In: a block of imports, or a process that makes one refresh and ends. Out: the same, with less of it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

SELDOM = (100_000, 20, 10)  # new objects, and how often younger ones were searched, before the next search
ROOM = 70_000  # places of a frame: its piece of the stack is then one of a megabyte, and half of it is left
LATE = ("diff_diff", "statsmodels.genmod.generalized_linear_model")  # what the evaluation loads where it needs it
F = TypeVar("F", bound=Callable[..., object])


def seldom() -> None:
    """From now on search seldom: Python's 700 objects are for small programs, and libraries alone hold millions."""
    gc.set_threshold(*SELDOM)


def roomy(function: F) -> F:
    """The function, with room on the stack for all that it calls.

    Python asks the system for its stack in pieces of 16 KB and gives the last one back at once, so that a loop at the
    edge of one asks for it in every call: 27,000 times while the libraries load. What is not used takes no memory.
    """
    function.__code__ = function.__code__.replace(co_stacksize=ROOM)
    return function


@contextmanager
def quick() -> Iterator[None]:
    """Load libraries a fifth faster: garbage is searched for after the block, since hardly anything in it is any."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
