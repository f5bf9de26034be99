"""The courts' file of 144 columns -> typed Parquet, beside DuckDB's own reading of the needed columns.

Size 1 is 0.2 million rows: the file of an invented world, again and again, each time of other tape years. `palermo` is
the intake of a refresh: it accounts for every record, types, codes, parses eleven statutes and finds repeated keys.
`read_csv` names the needed columns, leaves them text, and writes Parquet; rows that it cannot read it drops.
"""

import shutil
from pathlib import Path

import duckdb

from benchmarks import Bar, intake
from sources.contract import agencies
from sources.synthetic import generate

TITLE = "The courts' file of 144 columns to typed Parquet"
AT_ONE = 200_000


def prepare(folder: Path, size: float) -> int:
    """One plain file, as the courts publish it."""
    generate(folder / "world", n_deliveries=1)
    (given,) = (folder / "world" / "landing" / "fjc").glob("*/*.txt")
    header, *lines = given.read_bytes().splitlines()
    made = folder / "landing" / given.parent.name / given.name
    made.parent.mkdir(parents=True)
    with made.open("wb") as out:
        out.write(header + b"\r\n")
        for k in range(round(size * AT_ONE / len(lines))):
            out.writelines(
                b"%b%03d\r\n" % (line, k) for line in lines
            )  # the tape year, last column and part of the key
    shutil.rmtree(folder / "world")
    return made.stat().st_size


def warm(folder: Path) -> None:
    """What a refresh has done before."""
    intake.warm("fjc", folder / "landing")


def _palermo(folder: Path) -> int:
    return intake.take("fjc", intake.delivery("fjc", folder / "landing"), folder / "out").total("read")


def _read_csv(folder: Path) -> int:
    (contract,), (file,) = agencies()["fjc"].contracts, intake.delivery("fjc", folder / "landing").files
    columns = ", ".join(f'"{name}"' for name in contract.needed)
    csv = (
        f"read_csv('{file.path}', delim = '\t', quote = '', escape = '', header = true, all_varchar = true, "
        "encoding = 'latin-1', strict_mode = false, ignore_errors = true)"
    )
    with duckdb.connect(config={"preserve_insertion_order": "false"}) as con:
        made = folder / "read.parquet"
        con.execute(f"copy (select {columns} from {csv}) to '{made}' (format parquet, compression zstd)")
        return int(con.execute(f"select count(*) from '{made}'").fetchall()[0][0])


WAYS = {"read_csv": _read_csv, "palermo": _palermo}
BARS = [Bar("palermo", ("read_csv",), at_most=1.5), Bar("palermo", ("read_csv",), at_most=1.5, of="cpu")]
