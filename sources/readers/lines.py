"""A stream of bytes -> blocks of whole lines in constant memory, and lines of any encoding -> UTF-8.

In: a stream. Out: blocks that end at the end of a line; a line that is too long to be a record comes as None, alone.
"""

import codecs
import io
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

BLOCK = 2 << 20
MAX_RECORD = 4 << 20
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def blocks(stream: IO[bytes], *, cr_ends: bool = False) -> Iterator[bytes | None]:
    """Blocks of whole lines, ended by LF (and CR, if asked); None stands for one line over 4 MB."""
    rest, is_skipping = b"", False
    while chunk := stream.read(BLOCK):
        if is_skipping:
            start = _first_end(chunk, cr_ends)
            if start < 0:
                continue
            chunk, is_skipping = chunk[start:], False
        chunk = rest + chunk
        end = _last_end(chunk, cr_ends)
        rest = chunk[end:]
        if end:
            yield chunk[:end]
        if len(rest) > MAX_RECORD:
            yield None
            rest, is_skipping = b"", True
    if rest.strip(b"\x1a"):  # the end-of-file mark of old systems
        yield rest


def n_ends(block: bytes) -> int:
    """How many lines of a block are ended by LF."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == 10))  # three times as fast as bytes.count


def _first_end(chunk: bytes, cr_ends: bool) -> int:
    places = [p for p in (chunk.find(b"\n"), chunk.find(b"\r") if cr_ends else -1) if p >= 0]
    return min(places) + 1 if places else -1


def _last_end(chunk: bytes, cr_ends: bool) -> int:
    """End of the last whole line; a CR at the very end may have its LF in the next chunk."""
    end = chunk.rfind(b"\n") + 1
    return max(end, chunk.rfind(b"\r", 0, len(chunk) - 1) + 1) if cr_ends else end


def unmarked(stream: IO[bytes], encoding: str) -> tuple[IO[bytes], str]:
    """The stream behind its byte order mark, and the encoding that the mark says; UTF-16 is turned into UTF-8."""
    buffered = io.BufferedReader(_Raw(stream), 1 << 20)
    head = buffered.peek(3)[:3]
    for mark, told in MARKS.items():
        if head.startswith(mark):
            buffered.read(len(mark))
            encoding = told
            break
    if encoding.replace("_", "-").lower().startswith("utf-16"):
        return io.BufferedReader(_Recoded(buffered, encoding), 1 << 20), "utf-8"
    return buffered, encoding


class _Raw(io.RawIOBase):
    """Any stream as a raw one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Recoded(io.RawIOBase):
    """A stream in another encoding as UTF-8; what is no text becomes the replacement character."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = self._text.read(1 << 18).encode("utf-8", "replace")
        data, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def utf8(line: bytes, encoding: str) -> bytes | None:
    """One line as UTF-8; None where it is not in the encoding."""
    if line.isascii():
        return line
    for name in ("utf-8", "cp1252") if encoding == "detect" else (encoding,):
        try:
            return line.decode(name).encode()
        except UnicodeDecodeError:
            continue
    return None
