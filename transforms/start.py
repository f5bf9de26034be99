"""Work that can be done beside other work, in the words of whoever has such work.

In: nothing. Out: `Start`. `start(make, *given)` may begin at once, in a process of its own (`pipelines.apart`); it
returns what gives the result, and what has not begun is done by who asks. `functools.partial` is one too.
"""

from collections.abc import Callable
from typing import Any

Start = Callable[..., Callable[[], Any]]
