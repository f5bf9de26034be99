"""What a held delivery would have brought, dropped and changed, by the key of its rows."""

import duckdb
import pytest

from sources.contract import agencies
from transforms.held import Rows, would_change

CASES = next(c for c in agencies()["htd"].contracts if c.name == "cases")
IN_USE = {"a": "ME", "b": "ME", "c": None}


def staged(con, path, rows):
    columns = dict.fromkeys(CASES.table.staged, "cast(null as varchar)")
    selects = " union all ".join(
        "select " + ", ".join(
            f"{value} as {name}" for name, value in (columns | {
                "case_ref": f"'{ref}'", "district": f"'{district}'" if district else "cast(null as varchar)",
            }).items()
        )
        for ref, district in rows.items()
    )  # fmt: skip
    con.execute(f"copy ({selects}) to '{path}' (format parquet)")
    return path


@pytest.mark.parametrize(
    ("held", "new", "changed", "gone"),
    [
        (IN_USE, 0, 0, 0),
        (IN_USE | {"d": "ME"}, 1, 0, 0),
        ({"a": "ME"}, 0, 0, 2),
        (IN_USE | {"b": "AK", "c": "AK"}, 0, 2, 0),
        ({"x": "ME"}, 1, 0, 3),
    ],
)
def test_rows_are_compared_by_their_key(tmp_path, held, new, changed, gone):
    with duckdb.connect() as con:
        used = staged(con, tmp_path / "used.parquet", IN_USE)
        other = staged(con, tmp_path / "held.parquet", held)
        assert would_change(con, CASES, [used], other, replaces=True) == Rows("cases", 3, len(held), new, changed, gone)


def test_of_files_that_add_up_the_latest_version_of_a_row_counts_and_none_can_go(tmp_path):
    with duckdb.connect() as con:
        first = staged(con, tmp_path / "1.parquet", {"a": "ME", "b": "ME"})
        second = staged(con, tmp_path / "2.parquet", {"a": "AK"})
        held = staged(con, tmp_path / "3.parquet", {"a": "AK", "d": "ME"})
        found = would_change(con, CASES, [first, second], held, replaces=False)
        assert found == Rows("cases", 2, 2, 1, 0, None)
