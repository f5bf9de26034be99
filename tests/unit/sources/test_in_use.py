"""Which deliveries are in use: by mode, whatever the order of arrival, as it stood on any day."""

import datetime as dt
import itertools
from pathlib import Path

import duckdb
import pytest

from sources.contract import Contract, Mapped, Mode
from sources.schema import Column, Table, tables
from transforms.in_use import Feed, in_use, staging_view_sql

INVESTIGATION = tables()["investigation"]
SNAPSHOT = Table(
    name="investigation",
    grain="one defendant in one yearly snapshot",
    key=["ref", "year"],
    snapshot="year",
    columns={
        "ref": Column(says="the defendant", required=True),
        "year": Column(says="the snapshot", type="integer", required=True),
    },
)


def contract(name: str = "cases") -> Contract:
    mapped = {
        "investigation_ref": Mapped(**{"from": "ref"}, hash=True),
        "opened_on": Mapped(**{"from": "opened"}),
        "district": Mapped(**{"from": "district"}, codes="districts.abbreviation"),
        "status": Mapped(**{"from": "status"}),
    }
    file = {"format": "csv", "glob": "*.csv"}
    return Contract(agency="fbi", name=name, feeds="investigation", file=file, columns=mapped)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("create schema staging")
        yield connection


def feed(
    con, folder: Path, table: Table, day: str, rows: list[tuple], mode: Mode, agency="fbi", suffix="", name=""
) -> Feed:
    """Staged Parquet as `stage` writes it: place, redactions and every staged column of the table."""
    given = list(table.columns)[: len(rows[0])] if rows else []
    path = folder / f"{agency}-{day}{suffix}.parquet"
    kinds = ", ".join(f'"{n}" {k}' for n, k in table.staged.items())
    con.execute(f"create or replace temp table staged (file varchar, line bigint, redacted varchar, {kinds})")
    for line, row in enumerate(rows, start=2):
        names = "".join(f', "{n}"' for n in given)
        marks = ", ?" * len(row)
        con.execute(f"insert into staged (file, line{names}) values (?, ?{marks})", [f"{day}.csv", line, *row])
    con.execute(f"copy staged to '{path}' (format parquet)")
    return Feed(agency, mode, contract(), path, dt.date.fromisoformat(day), f"{day}-0{suffix}", name)


def rows(con, table: Table, feeds: list[Feed], columns: str, as_of: dt.date | None = None) -> list[tuple]:
    con.execute(staging_view_sql(table, feeds, as_of))
    return con.execute(f"select {columns} from staging.investigation order by all").fetchall()


def three(con, folder: Path, mode: Mode) -> list[Feed]:
    """Three deliveries; b changes in the second, c comes in the third, a is never sent again."""
    return [
        feed(con, folder, INVESTIGATION, "2026-07-31", [("a", "2020-01-01"), ("b", "2020-01-02")], mode),
        feed(con, folder, INVESTIGATION, "2026-08-31", [("b", "2020-02-02")], mode),
        feed(con, folder, INVESTIGATION, "2026-09-30", [("c", "2020-03-03")], mode),
    ]


@pytest.mark.parametrize("mode", ["cumulative", "replace"])
def test_only_the_last_delivery_of_a_complete_export_is_in_use(con, tmp_path, mode):
    assert rows(con, INVESTIGATION, three(con, tmp_path, mode), "investigation_ref") == [("c",)]


def test_an_append_export_keeps_all_keys_and_the_latest_version_of_each(con, tmp_path):
    found = rows(con, INVESTIGATION, three(con, tmp_path, "append"), "investigation_ref, opened_on, learned_on, line")
    assert found == [
        ("a", dt.date(2020, 1, 1), dt.date(2026, 7, 31), 2),
        ("b", dt.date(2020, 2, 2), dt.date(2026, 8, 31), 2),
        ("c", dt.date(2020, 3, 3), dt.date(2026, 9, 30), 2),
    ]


@pytest.mark.parametrize("mode", ["cumulative", "replace", "append", "snapshot"])
def test_the_order_of_arrival_plays_no_part(con, tmp_path, mode):
    feeds = three(con, tmp_path, mode)
    results = {str(rows(con, INVESTIGATION, list(order), "*")) for order in itertools.permutations(feeds)}
    assert len(results) == 1


def test_a_view_of_a_past_day_knows_nothing_that_came_later(con, tmp_path):
    feeds = three(con, tmp_path, "append")
    then = rows(con, INVESTIGATION, feeds, "investigation_ref, opened_on", dt.date(2026, 8, 30))
    assert then == [("a", dt.date(2020, 1, 1)), ("b", dt.date(2020, 1, 2))]
    assert rows(con, INVESTIGATION, feeds, "*", dt.date(2026, 7, 30)) == []


def test_a_snapshot_is_replaced_in_whole_and_older_snapshots_stay(con, tmp_path):
    feeds = [
        feed(con, tmp_path, SNAPSHOT, "2024-12-31", [("a", 2023), ("b", 2023), ("a", 2024), ("b", 2024)], "snapshot"),
        feed(con, tmp_path, SNAPSHOT, "2025-12-31", [("a", 2024), ("c", 2024), ("a", 2025)], "snapshot"),
    ]
    found = rows(con, SNAPSHOT, feeds, "year, ref")
    assert found == [(2023, "a"), (2023, "b"), (2024, "a"), (2024, "c"), (2025, "a")]


def test_the_name_decides_between_two_deliveries_of_one_date(con, tmp_path):
    first = feed(con, tmp_path, INVESTIGATION, "2026-09-30", [("a", "2020-01-01")], "replace", name="cases_2026-09-30")
    again = feed(con, tmp_path, INVESTIGATION, "2026-09-30", [("b", "2020-01-01")], "replace", suffix="x", name="v2")
    assert in_use([again, first]) == in_use([first, again]) == [again]


def test_several_agencies_line_up_in_one_table(con, tmp_path):
    feeds = [
        feed(con, tmp_path, INVESTIGATION, "2026-08-31", [("a", "2020-01-01")], "append"),
        feed(con, tmp_path, INVESTIGATION, "2026-09-30", [("a", "2021-01-01")], "append"),
        feed(con, tmp_path, INVESTIGATION, "2026-09-30", [("a", "2022-01-01")], "replace", agency="hsi"),
    ]
    assert rows(con, INVESTIGATION, feeds, "agency, delivery, opened_on") == [
        ("fbi", "2026-09-30-0", dt.date(2021, 1, 1)),
        ("hsi", "2026-09-30-0", dt.date(2022, 1, 1)),
    ]


def test_a_table_that_nobody_feeds_is_an_empty_view_of_the_right_types(con):
    assert rows(con, INVESTIGATION, [], "*") == []
    kinds = dict(con.execute("select column_name, column_type from (describe staging.investigation)").fetchall())
    assert kinds["learned_on"] == "DATE"
    assert kinds["lead_statute_section"] == "INTEGER"
    assert set(INVESTIGATION.staged) | {"agency", "delivery", "file", "line", "redacted", "learned_on"} == set(kinds)
