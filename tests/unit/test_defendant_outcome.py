"""The outcome of a defendant whose case went through several stages."""

import datetime as dt

import duckdb
import pytest

from transforms.model import models


def outcome(*stages):
    """(outcome, day) of a defendant by stages of (court, disposition, day or None)."""
    with duckdb.connect() as con:
        con.execute("create schema staging; create schema core")
        con.execute("create table staging.proceeding (district text, matter_ref text, proceeding_ref int, court text)")
        con.execute(
            "create table staging.defendant_proceeding (district text, matter_ref text, proceeding_ref int,"
            " participant_ref int, disposed_on date, disposition text, disposition_reason text)"
        )
        for n, (court, disposition, day) in enumerate(stages):
            con.execute("insert into staging.proceeding values ('GAN', 'M', ?, ?)", [n, court])
            con.execute(
                "insert into staging.defendant_proceeding values ('GAN', 'M', ?, 1, ?, ?, null)", [n, day, disposition]
            )
        next(model for model in models() if model.key == "core.defendant_outcome").build(con)
        return con.execute("select outcome, disposed_on from core.defendant_outcome").fetchall()


FIRST, LAST = dt.date(2012, 3, 1), dt.date(2013, 5, 1)


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([("DC", "DM", FIRST), ("DC", "GT", LAST)], [("CONVICTED_PLEA", LAST)]),  # convicted of the later indictment
        ([("DC", "GT", FIRST), ("DC", "DM", LAST)], [("CONVICTED_PLEA", FIRST)]),
        ([("DC", "GT", FIRST), ("DC", "NC", LAST)], [("CONVICTED_PLEA", FIRST)]),
        ([("DC", "DM", FIRST), ("DC", "NG", LAST)], [("DISMISSED", FIRST)]),
        ([("DC", "NW", FIRST), ("DC", "", None)], []),  # given way to another filing, which is open
        ([("MG", "DM", FIRST), ("DC", "GT", LAST)], [("CONVICTED_PLEA", LAST)]),
    ],
)
def test_a_conviction_of_any_charge_counts_and_else_the_earliest_ending(stages, expected):
    assert outcome(*stages) == expected
