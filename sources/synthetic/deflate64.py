"""A zip whose member is packed by method 9 (Deflate64), as the courts' file is.

In: pieces of bytes. Out: a zip. A Deflate stream without repeats is a Deflate64 stream too: the two methods differ only
in how far back and how long a repeat may be. So zlib writes it, with literals alone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

LOCAL = "<4s5H3L2H"
CENTRAL = "<4s6H3L5H2L"
END = "<4s4H2LH"
VERSION, METHOD = 21, 9


def write_zip(path: Path, name: str, pieces: Iterable[bytes], day: date) -> None:
    """Write a zip of one member; a fixed time keeps the bytes the same."""
    label = name.encode()
    stamp = (10 << 11 | 49 << 5, (day.year - 1980) << 9 | day.month << 5 | day.day)
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    crc = size = packed = 0
    with path.open("wb") as file:
        file.write(bytes(struct.calcsize(LOCAL)) + label)
        for piece in pieces:
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            packed += file.write(packer.compress(piece))
        packed += file.write(packer.flush())
        central = file.tell()
        sizes = (crc, packed, size)
        head = (VERSION, 0, METHOD, *stamp, *sizes, len(label), 0)
        entry = struct.pack(CENTRAL, b"PK\x01\x02", VERSION, *head, 0, 0, 0, 0, 0) + label
        file.write(entry + struct.pack(END, b"PK\x05\x06", 0, 0, 1, 1, len(entry), central, 0))
        file.seek(0)
        file.write(struct.pack(LOCAL, b"PK\x03\x04", *head))
