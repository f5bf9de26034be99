"""Planted secrets: the fixture of every agency with two more records a file, in every format, made from the contracts.

In: a fixture's folder. Out: the same files with `IDENTIFIER` in every column that is hashed or never read, in a record
that is like a good one and in a spoilt one, where `TEXT` stands in all other columns but a district, which would stop
the whole delivery.
"""

import csv
import gzip
import io
import json
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from sources.contract import Agency, Contract
from sources.landing import Delivery, SourceFile
from sources.readers.layout import layouts

IDENTIFIER, TEXT = "ZXQ47PERSON", "ZXQ88REMARK"


def plant(agency: Agency, delivery: Delivery) -> int:
    """Add the records to every file that a contract reads; returns how many were added."""
    found = [(contract, file) for contract in agency.contracts for file in delivery.matching(contract)]
    for contract, file in found:
        write = {
            "fixed_width": _fixed_width, "csv": _csv, "json_lines": _json_lines, "parquet": _parquet, "xlsx": _xlsx,
        }[contract.file.format]  # fmt: skip
        write(contract, file, delivery)
    return 2 * len(found)


def secret(contract: Contract, column: str, value: Any, *, spoilt: bool) -> Any:
    """What stands in one of their columns of a planted record."""
    if column in contract.hashed or column not in contract.needed:
        return IDENTIFIER
    stops = {
        s for n, m in contract.columns.items() for s in m.sources if contract.table.columns[n].on_unknown == "stop"
    }
    return TEXT if spoilt and column not in stops else value


def _csv(contract: Contract, file: SourceFile, _: Delivery) -> None:
    packed = file.path.suffix == ".gz"
    data = gzip.decompress(file.path.read_bytes()) if packed else file.path.read_bytes()
    text = data.decode("utf-8-sig" if data[:3] == b"\xef\xbb\xbf" else "latin-1").replace("\0", "").replace("\x1e", "")
    rows = list(csv.reader(io.StringIO(text), delimiter=contract.file.delimiter))
    header = rows[0]
    good = next(row for row in rows[1:] if len(row) == len(header))
    out = io.StringIO()
    for spoilt in (False, True):
        csv.writer(out, delimiter=contract.file.delimiter, lineterminator="\n").writerow(
            secret(contract, name, value, spoilt=spoilt) for name, value in zip(header, good, strict=True)
        )
    data = data.rstrip(b"\r\n") + b"\n" + out.getvalue().encode("latin-1")
    file.path.write_bytes(gzip.compress(data) if packed else data)


def _fixed_width(contract: Contract, file: SourceFile, delivery: Delivery) -> None:
    layout = layouts(delivery).tables[str(contract.file.table)]
    data = file.path.read_bytes()
    good = next(line for line in data.decode("latin-1").split("\r\n") if len(line) == layout.width)
    lines = []
    for spoilt in (False, True):
        record = list(good)
        for name, (start, end) in layout.columns.items():
            value = str(secret(contract, name, good[start - 1 : end], spoilt=spoilt))
            record[start - 1 : end] = value[: end - start + 1].ljust(end - start + 1)
        lines.append("".join(record) + "\r\n")
    file.path.write_bytes(data.removesuffix(b"\x1a") + "".join(lines).encode("latin-1"))


def _json_lines(contract: Contract, file: SourceFile, _: Delivery) -> None:
    lines = file.path.read_text(encoding="utf-8").splitlines()
    good = json.loads(lines[0])
    each = str(contract.file.each)

    def made(fields: dict[str, Any], prefix: str, spoilt: bool) -> dict[str, Any]:
        return {
            k: [made(v[0], f"{k}.", spoilt)] if k == each else secret(contract, prefix + k, v, spoilt=spoilt)
            for k, v in fields.items()
        }

    lines += [json.dumps(made(good, "", spoilt)) for spoilt in (False, True)]
    file.path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _parquet(contract: Contract, file: SourceFile, _: Delivery) -> None:
    table = pq.read_table(file.path)
    good = table.to_pylist()[0]
    rows = []
    for spoilt in (False, True):
        given = {name: secret(contract, name, value, spoilt=spoilt) for name, value in good.items()}
        texts = {field.name for field in table.schema if pa.types.is_string(field.type)}
        rows.append({name: value if name in texts else good[name] for name, value in given.items()})
    pq.write_table(pa.concat_tables([table, pa.Table.from_pylist(rows, schema=table.schema)]), file.path)


def _xlsx(contract: Contract, file: SourceFile, _: Delivery) -> None:
    """Columns are known by the last row of the header, where each stands by its own name."""
    book = openpyxl.load_workbook(file.path)
    known = {name.split(" / ")[-1]: name for name in [*contract.needed, *contract.ignored]}
    for sheet in book.worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        at = max(range(len(rows)), key=lambda i: sum(str(cell) in known for cell in rows[i]))
        if at + 1 >= len(rows) or sum(str(cell) in known for cell in rows[at]) < 2:
            continue
        for spoilt in (False, True):
            sheet.append(
                secret(contract, known.get(str(name), ""), value, spoilt=spoilt)
                for name, value in zip(rows[at], rows[at + 1], strict=True)
            )
    book.save(file.path)
