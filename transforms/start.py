"""Work that can be done beside other work, in the words of whoever has such work.

In: nothing. Out: `Start` and `results`. `start(make, *given)` may begin at once, in a process of its own
(`pipelines.apart`); it returns what gives the result, and what has not begun is done by who asks.
`functools.partial` is one too.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Start = Callable[..., Callable[[], Any]]
Result = TypeVar("Result")


def results(begun: Sequence[Callable[[], Result]]) -> list[Result]:
    """What was begun one after the other, in that order; the last is asked for first, as it may not have begun."""
    return [make() for make in reversed(begun)][::-1]
