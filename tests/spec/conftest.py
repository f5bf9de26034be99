"""The worked example of a metric, read from its definition, and counted by the same code as an edition."""

import datetime as dt
from dataclasses import dataclass

import duckdb
import pandas as pd
import pytest

from sources.schema import tables
from transforms import counting, facts, published, study
from transforms.in_use import staging_view_sql
from transforms.model import models

AS_OF = dt.date(2026, 9, 30)
#: What a row is where an example does not say: one of a site, in every scope.
USUAL = {
    "source": "eousa", "district": "GAN", "group_key": "phase_1", "delivery": "d", "file": "f", "line": 1,
    "is_program_05e": True, "has_program_category": True, "is_chapter77": True, "is_bjs": True,
    "is_domestic_minor": False, "has_victim_counts": False, "labor_or_sex": "sex",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """Rows as text, what each adds by hand, and the answer: period -> text."""

    rows: list[dict[str, str]]
    counts: list[str]
    answers: dict[str, str]


def read(text: str) -> Example:
    """Read an example: a table with bars whose last column is the count by hand, then lines `= period: answer`."""
    lines = [line.strip() for line in text.strip().splitlines()]
    answers = dict(line[1:].strip().split(": ") for line in lines if line.startswith("="))
    head, *body = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("=")]
    assert head[-1] == "counts" and all(len(row) == len(head) for row in body), "the table is not even"
    rows = [dict(zip(head[:-1], row[:-1], strict=True)) for row in body]
    return Example(rows, [row[-1] for row in body], answers)


@pytest.fixture(scope="session")
def empty_marts():
    """A connection with every mart, typed and empty."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("create schema staging; create schema core; create schema mart; create schema metric")
        for table in tables().values():
            con.execute(staging_view_sql(table, [], None))
        facts.load(con, study.Study(**study.yaml.safe_load(study.default_text())))
        for model in models():
            model.build(con)
        yield con


@pytest.fixture
def counted(empty_marts, monkeypatch):
    """Count a metric over example rows, and no other of its mart: (metric, rows) -> its numbers."""
    con, ours = empty_marts, study.Study(**study.yaml.safe_load(study.default_text()))

    def count(metric, rows):
        mart = metric.from_
        con.execute(f"delete from {mart}")
        columns = dict(con.execute(f"select column_name, column_type from (describe {mart})").fetchall())
        for row in rows:
            named = {f"{k}_key" if k in ("matter", "case", "defendant") else k: v for k, v in row.items()}
            assert set(named) <= set(columns), set(named) - set(columns)
            flags = {c: False for c, kind in columns.items() if kind == "BOOLEAN" and c.startswith(("has_", "is_"))}
            given = {**{c: v for c, v in {**flags, **USUAL}.items() if c in columns}, **named}
            values = ", ".join(f"cast({literal(v)} as {columns[c]})" for c, v in given.items())
            con.execute(f"insert into {mart} by name select {values_named(values, given)}")
        monkeypatch.setattr(counting, "of_mart", lambda _: [metric])
        counting.count_numbers(con, mart, ours, {"eousa": AS_OF}, 2000)
        counting.keep(con, mart)
        found = published.numbers(con, [mart], {})
        return found[found["metric"] == metric.name]

    yield count
    for mart in counting.marts():
        con.execute(f"delete from {mart}")


def literal(value):
    return "null" if value == "" else str(value) if isinstance(value, bool) else f"'{value}'"


def values_named(values, given):
    return ", ".join(f"{v} as {c}" for v, c in zip(values.split(", "), given, strict=True))


def series(metric, example):
    """The rows of an example of yearly counts as numbers of the nation."""
    frames = []
    for name in metric.of:
        for row in example.rows:
            year = int(row["period"][2:])
            frames.append({
                "source": "eousa", "metric": name, "scope": "acteam", "split": None, "part": None,
                "area_kind": "nation", "area": "ALL",
                "period_kind": "fy", "period": row["period"], "starts_on": dt.date(year - 1, 10, 1),
                "ends_on": dt.date(year, 9, 30), "numerator": float(row[name]), "denominator": float("nan"),
                "value": float(row[name]), "lower": 0.0, "upper": 0.0, "status": "shown", "is_provisional": False,
            })  # fmt: skip
    return pd.DataFrame(frames)
