"""The stack of a refresh: a loop at the edge of one of its pieces does not ask the system for it in every call."""

import resource
from threading import Thread

import pytest

from pipelines.loading import roomy

CALLS = 500


def leaf() -> None:
    """A frame more."""


def asked(depth: int) -> int:
    """How often the system gave a page while so many frames lay below a loop of calls."""
    if depth:
        return asked(depth - 1)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(CALLS):
        leaf()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def most() -> int:
    """The most at any depth: a piece of 16 KB holds about a hundred of these frames."""
    return max(asked(depth) for depth in range(300))


def in_a_thread(call) -> int:
    """The result of a call that has a stack of its own."""
    found = []
    thread = Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.skipif(not hasattr(resource, "RUSAGE_THREAD"), reason="this system does not count the pages of a thread")
def test_a_loop_at_the_edge_of_the_stack_asks_once():
    without, most_in_room = in_a_thread(most), in_a_thread(roomy(lambda: most()))
    assert without > CALLS / 2, "Python keeps the last piece now: take `roomy` away"
    assert most_in_room < CALLS / 10
