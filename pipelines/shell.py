"""A command in its shell: whoever reads its output leaves, a signal stops it, and names are printed as they are.

In: streams and signals of this process. Out: streams that go on where nobody reads any more, so that `| head` changes
no exit code; and which signal came, whatever error a library has made of it on its way.
"""

import errno
import io
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sources.errors import WorkspaceError

if TYPE_CHECKING:
    from rich.console import Console

STOP = (signal.SIGINT, signal.SIGTERM)
_here: int | None = None  # the end of a pipe at which Python says which signal has come


class _Stream(io.FileIO):
    """A stream that drops what nobody reads; that standard output cannot be written is said once."""

    _is_told = False

    def write(self, given: Any) -> int:
        """Write bytes."""
        try:
            return super().write(given)
        except OSError as error:
            if error.errno != errno.EPIPE and self.fileno() == 1 and not self._is_told:
                self._is_told = True
                raise WorkspaceError(
                    f"Standard output cannot be written: {os.strerror(error.errno or 0)}. Send it to another place, "
                    "then run this again; a refresh has published what it made."
                ) from None
            return memoryview(given).nbytes


def listen() -> None:
    """From now on streams drop what nobody reads, SIGTERM is told as SIGINT is, and `stopped` knows of both.

    A sign that the terminal's encoding lacks (LC_ALL=C) is printed as a question mark; it stops no command.
    """
    global _here
    for name in ("stdout", "stderr"):
        old = getattr(sys, name)
        number = old.fileno() if old else os.open(os.devnull, os.O_WRONLY)  # none where the shell has closed it
        raw = io.BufferedWriter(_Stream(number, "w", closefd=False))
        encoding, is_lined = (old.encoding, old.line_buffering) if old else ("utf-8", False)
        setattr(sys, name, io.TextIOWrapper(raw, encoding, "replace", line_buffering=is_lined))
    _here, there = os.pipe()
    for end in (_here, there):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(there, warn_on_full_buffer=False)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def stopped() -> int | None:
    """The exit code for the signal that came, if any did; from then on none interrupts what is still to be said."""
    came = []
    with suppress(BlockingIOError):
        came = [number for number in os.read(_here, 64) if number in STOP] if _here is not None else []
    if not came:
        return None
    for one in STOP:
        signal.signal(one, signal.SIG_IGN)
    return 128 + came[0]


def console(**options: Any) -> "Console":
    """A console that prints names as they are written, whatever brackets are in them."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, **options)
