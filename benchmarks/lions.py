"""A dump of LIONS -> typed Parquet: the intake of a refresh beside four other ways over the same files, unpacked.

`palermo` does more than its yardsticks: it accounts for every record, hashes identifiers, maps codes and statutes,
judges rules and finds repeated keys. `lines` is DuckDB's scan of the same files as lines (as latin-1, which they are),
`write` writes the same Parquet again. `polars` and `python` cut, trim and type the same columns and write Parquet.
"""

import fnmatch
import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import Bar, intake
from sources.contract import Contract, agencies
from sources.landing import Delivery
from sources.readers.layout import layouts
from sources.synthetic import generate
from transforms.intake import Intake

TITLE = "LIONS dump to typed Parquet"
EOUSA = agencies()["eousa"]
DATE = "%d-%b-%Y"
NUMBERS = {"integer": pl.Int64, "number": pl.Float64}


def prepare(folder: Path, size: float) -> int:
    """The first dump of the invented world of a scale, zipped as it comes in `zip` and unpacked in `plain`."""
    generate(folder, scale=size, n_deliveries=1)
    packed = folder / "landing" / "eousa"
    for path in packed.rglob("*.ZIP"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder / "plain" / path.parent.name / path.stem)
    shutil.copytree(packed, folder / "zip")
    shutil.rmtree(folder / "landing")
    take(folder, "plain", "known")
    return sum(f.size for c in EOUSA.contracts for f in delivery(folder).matching(c))


def warm(folder: Path) -> None:
    """What a refresh has done before."""
    intake.warm("eousa", folder / "plain", folder / "zip")


def delivery(folder: Path, kind: str = "plain") -> Delivery:
    """The dump, hashed and listed."""
    return intake.delivery("eousa", folder / kind)


def take(folder: Path, kind: str, out: str = "out") -> Intake:
    """The intake of a refresh, into a folder."""
    return intake.take("eousa", delivery(folder, kind), folder / out)


def _files(folder: Path, contract: Contract) -> list[str]:
    found = (folder / "plain").rglob("*.txt")
    return sorted(str(p) for p in found if fnmatch.fnmatch(p.name, contract.file.glob))


def _cat(folder: Path) -> int:
    files = [name for contract in EOUSA.contracts for name in _files(folder, contract)]
    subprocess.run(["cat", *files], stdout=subprocess.DEVNULL, check=True)
    return 0


def _lines(folder: Path) -> int:
    sql = (
        "select count(*), sum(length(line)) from read_csv(?, delim = '\x07', quote = '', escape = '', header = false, "
        "columns = {'line': 'varchar'}, encoding = 'latin-1', auto_detect = false, strict_mode = false)"
    )
    with duckdb.connect() as con:
        found = [con.execute(sql, [_files(folder, c)]).fetchone() or (0,) for c in EOUSA.contracts]
    return sum(int(row[0]) for row in found)


def _write(folder: Path) -> int:
    with duckdb.connect() as con:
        for path in sorted((folder / "known" / "staged").glob("*.parquet")):
            con.execute(f"copy (from '{path}') to '{folder}/again.parquet' (format parquet, compression zstd)")
    return 0


def _places(folder: Path, contract: Contract) -> dict[str, tuple[int, int, str]]:
    """Start, length and type of every needed column."""
    layout = layouts(delivery(folder)).of("", str(contract.file.table), contract.needed, contract.optional)
    types = {m.sources[0]: contract.table.columns[n].type for n, m in contract.columns.items()}
    spans = {name: layout.columns[name] for name in contract.needed}
    return {name: (start - 1, end - start + 1, types[name]) for name, (start, end) in spans.items()}


def _polars(folder: Path) -> int:
    rows = 0
    for contract in EOUSA.contracts:
        columns = [_typed(name, *place) for name, place in _places(folder, contract).items()]
        lines = pl.scan_csv(
            _files(folder, contract), separator="\x07", quote_char=None, has_header=False, new_columns=["line"],
            encoding="utf8-lossy", infer_schema=False, truncate_ragged_lines=True, raise_if_empty=False,
        )  # fmt: skip
        lines.select(columns).sink_parquet(folder / "polars.parquet", compression="zstd")
        rows += pq.read_metadata(folder / "polars.parquet").num_rows
    return rows


def _typed(name: str, start: int, size: int, kind: str) -> pl.Expr:
    text = pl.col("line").str.slice(start, size).str.strip_chars(" ").alias(name)
    if kind == "date":
        return text.str.to_titlecase().str.to_date(DATE, strict=False)
    return text.cast(NUMBERS[kind], strict=False) if kind in NUMBERS else text


def _python(folder: Path) -> int:
    rows = 0
    for contract in EOUSA.contracts:
        places = _places(folder, contract)
        columns: dict[str, list[object]] = {name: [] for name in places}
        for name in _files(folder, contract):
            with Path(name).open(encoding="latin-1", newline="\n") as lines:
                for line in lines:
                    for column, (start, size, kind) in places.items():
                        columns[column].append(_value(line[start : start + size].strip(), kind))
                    rows += 1
        pq.write_table(pa.table(columns), folder / "python.parquet", compression="zstd")
    return rows


def _value(text: str, kind: str) -> object:
    try:
        if kind == "date":
            return datetime.strptime(text, DATE).date()
        return int(text) if kind == "integer" else float(text) if kind == "number" else text or None
    except ValueError:
        return None


WAYS = {
    "cat": _cat,
    "lines": _lines,
    "write": _write,
    "palermo": lambda folder: take(folder, "plain").total("read"),
    "palermo from zip": lambda folder: take(folder, "zip").total("read"),
    "polars": _polars,
    "python": _python,
}
BARS = [
    Bar("palermo", ("lines", "write"), at_most=1.5),
    Bar("palermo from zip", ("lines", "write"), at_most=1.5),
    Bar("palermo", ("lines", "write"), at_most=1.5, of="cpu"),
    Bar("palermo", ("polars",), at_least=1.5),
    Bar("palermo", ("python",), at_least=30),
]
