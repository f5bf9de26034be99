"""JSON lines: one object a line; `each` names the list inside it that gives a record an entry.

In: objects such as {"case": "1", "subjects": [{"role": "S"}, ...]}. Out: batches whose columns are called "case" and
"subjects.role". A line that is no object is refused alone, one without entries skipped; a name that the contract does
not know stops the delivery, and is printed where it looks like the name of a field: in a record anything may be a name.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from sources.contract import Contract
from sources.errors import ContractError
from sources.landing import SourceFile
from sources.readers.batches import Record, batches
from sources.readers.header import check_header, quoted_list
from sources.readers.lines import blocks, unmarked, utf8

NO_ENTRY = "an empty list of entries"
FIELD = re.compile(r"(?!.*\d{4})[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)?", re.ASCII)


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of the entries of every line; `line` is the line of the object."""
    yield from batches(contract, _records(contract, file))


def _records(contract: Contract, file: SourceFile) -> Iterator[Record]:
    seen: set[str] = set()
    line = 0
    with file.open() as stream:
        stream, encoding = unmarked(stream, contract.file.encoding)
        for block in blocks(stream):
            if block is None:
                line += 1
                yield line, "record.long", ()
                continue
            for text in block.split(b"\n")[: -1 if block.endswith(b"\n") else None]:
                line += 1
                if text.strip():
                    yield from _entries(contract, line, utf8(text, encoding), seen)
    if not seen and line == 0:
        raise ContractError(f"{contract.agency}/{contract.name}: the file is empty. Ask the agency to send it again.")
    if seen:
        check_header(contract, field_names(contract, seen))


def field_names(contract: Contract, names: Iterable[str]) -> list[str]:
    """The names that the contract knows or that look like fields, sorted; for all others words of ours."""
    known = {*contract.needed, *contract.ignored}
    return sorted({n if n in known or FIELD.fullmatch(n) else "a key that is no name of a field" for n in names})


def _entries(contract: Contract, line: int, text: bytes | None, seen: set[str]) -> Iterator[Record]:
    if text is None:
        yield line, "record.encoding", ()
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    each = contract.file.each
    entries = found.get(each) if isinstance(found, dict) and each else [{}]
    if not isinstance(found, dict) or not isinstance(entries, list):
        yield line, "record.json", ()
        return
    outer = {name: value for name, value in found.items() if name != each}
    if not entries:
        _note(contract, outer, set())
        yield line, NO_ENTRY, ()
    for entry in entries:
        if not isinstance(entry, dict):
            yield line, "record.json", ()
            continue
        fields = outer | {f"{each}.{name}": value for name, value in entry.items()}
        _note(contract, fields, seen)
        values = [fields.get(name) for name in contract.needed]
        if any(isinstance(value, dict | list) for value in values):
            yield line, "record.json", ()
        else:
            yield line, None, [_text(value) for value in values]


def _note(contract: Contract, fields: dict[str, Any], seen: set[str]) -> None:
    """Names never seen before; one that the contract does not know stops the delivery."""
    if new := fields.keys() - seen:
        unknown = field_names(contract, new - set(contract.needed) - set(contract.ignored))
        if unknown and contract.ignore_rest is None:
            place = f"{contract.agency}/{contract.name}"
            raise ContractError(
                f"{place}: column {quoted_list(unknown)} is neither mapped nor ignored. "
                f"Add it to sources/contracts/{place}.yml."
            )
        seen |= new


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
