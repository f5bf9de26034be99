"""What an edition says of links: how sure they are, what hangs on them, where agencies differ, what was linked anew.

In: `linkage.link`, `linkage.relink`, `linkage.threshold` and the marts of a warehouse, published cells and the owner's
threshold. Out: tables `links`, `linked`, `disagreement` and `relinks` (docs/decisions/0002, 0007): counts for the
nation, all of them restricted, of which `guard` hides what would tell a small one.
"""

from importlib.resources import files
from typing import Any

import duckdb
import pandas as pd

from transforms.linkage import guard
from transforms.linkage.passes import MODEL, REVIEW
from transforms.linkage.plan import Plan, facts, plan, plans, thresholds

# What people decided stands with the model's: a handful would be a hidden pass, which hides all fields of its agency.
PASS = f"case link.pass when '{REVIEW}' then '{MODEL}' else link.pass end as pass"
QUALITY = """
select link.level, link.source, {pass_},
    count(*) filter (where link.probability >= {cut}) as n,
    avg(link.probability) filter (where link.probability >= {cut}) as precision,
    coalesce(sum(link.probability) filter (where link.probability >= {cut}), 0)
        / any_value(expected.n) as recall
from linkage.link as link
inner join (select level, source, sum(has_match) as n from linkage.link group by all) as expected using (level, source)
group by all
"""
RECORDS = "select '{level}' as level, source, count(*) as n_records from {records} where source <> '{hub}' group by all"
DIFFERS = """
select link.level, l.source, '{field}' as field, {pass_}, count(*) as n_linked,
    count(*) filter (where {given}) as n_compared, count(*) filter (where ({given}) and ({differs})) as n_differ
from {pairs}
where link.probability >= {cut}
group by all
"""
PAIRS = """linkage.link as link
inner join {records} as l on link.key_l = l.record_key
inner join {records} as r on link.key_r = r.record_key"""
FROM_YEAR = "3 * cast(floor(year({dated_by} + interval 3 month) / 3) as integer)"
VALUE = {"share": "count(*) filter (where is_counted) / count(*)", "days": "median(days)"}
NUMBERS = """select threshold, {from_year} as from_year, count(*) filter (where is_counted) as numerator,
    count(*) as denominator, {value} as value
from (
{rows})
where {where}
group by all"""
RELINKS = """select level, source, kind, since, until, count(*) as n
from linkage.relink group by all order by level, source, kind"""


def measures() -> dict[str, dict[str, Any]]:
    """What hangs on links: label, question and words of every measure."""
    return facts("measures")


def definitions() -> dict[str, Any]:
    """What the tables mean: measures, fields, thresholds, and what a link of each level leads to."""
    levels = {plan.level: plan.one for plan in plans()}
    return {"measures": measures(), "fields": fields(), "thresholds": thresholds(), "levels": levels}


def pairs(plan: Plan) -> str:
    """The links of a level, each with the record (l) and that of the hub (r), as SQL."""
    return PAIRS.format(records=plan.relation)


def rows_sql(measure: str) -> str:
    """The SELECT of what a measure counts, one row for each threshold and record (see `measures.yml`)."""
    return files("transforms.linkage").joinpath(f"measures/{measure}.sql").read_text(encoding="utf-8")


def from_year(measure: str) -> str:
    """The first of the three fiscal years of a row of a measure, as SQL."""
    return FROM_YEAR.format(dated_by=measures()[measure]["dated_by"])


def numbers_sql(measure: str, where: str = "true") -> str:
    """The SELECT of a measure: numerator, denominator and value by threshold and three fiscal years."""
    value = VALUE[measures()[measure]["kind"]]
    return NUMBERS.format(from_year=from_year(measure), value=value, rows=rows_sql(measure), where=where)


def fields() -> dict[str, dict[str, str]]:
    """Where two agencies can differ: label, words, and SQL over a pair."""
    return facts("fields")


def tables(
    con: duckdb.DuckDBPyConnection, threshold: int, years: tuple[int, int], cells: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The four tables by name; `years` are the first and last fiscal year that are published, `cells` as published."""
    cut = thresholds()["middle"]
    links = _links(con, cut, threshold)
    return {
        "links": links,
        "linked": _linked(con, threshold, years, cells),
        "disagreement": _disagreement(con, cut, threshold, links),
        "relinks": guard.relinks(con.execute(RELINKS).df(), threshold),
    }


def _links(con: duckdb.DuckDBPyConnection, cut: float, threshold: int) -> pd.DataFrame:
    found = con.execute(QUALITY.format(cut=cut, pass_=PASS)).df().merge(_records(con), on=guard.AGENCY)
    says = {step.key: step.says for plan in plans() for step in plan.passes} | {MODEL: "by the model or a person"}
    found = found.assign(says=found["pass"].map(says), rank=found["pass"].map(list(says).index))
    found = found.sort_values(["level", "source", "rank"], ignore_index=True)
    rounded = {name: found[name].round(4) for name in ("precision", "recall")}
    columns = ["level", "source", "pass", "says", "n", "precision", "recall", "status"]
    return guard.links(found.assign(**rounded), threshold)[columns]


def _records(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """How many records each agency has at each level."""
    selects = [RECORDS.format(level=plan.level, records=plan.relation, hub=plan.hub) for plan in plans()]
    return con.execute("\nunion all\n".join(selects)).df()


def _linked(
    con: duckdb.DuckDBPyConnection, threshold: int, years: tuple[int, int], cells: pd.DataFrame
) -> pd.DataFrame:
    """Every measure at every threshold, three fiscal years together: pooled before hidden."""
    frames = []
    for key in measures():
        rows = con.execute(numbers_sql(key, f"from_year between {years[0]} and {years[1]}")).df()
        frames.append(rows.assign(measure=key))
    found = pd.concat(frames, ignore_index=True)
    until = (found["from_year"] + 2).clip(upper=years[1]).astype(int).astype(str)
    found["period"] = "FY" + found["from_year"].astype(int).astype(str) + "-" + until
    found["id"] = "linkage/" + found["measure"] + "/" + found["threshold"] + "/ALL/" + found["period"]
    guarded = guard.linked(found, cells, threshold)
    cuts = {name: i for i, name in enumerate(("strict", "middle", "loose"))}
    guarded = guarded.assign(rank=guarded["threshold"].map(cuts))
    guarded = guarded.sort_values(["measure", "period", "rank"], ignore_index=True)
    return guarded[["id", "measure", "threshold", "period", "numerator", "denominator", "value", "status"]]


def _disagreement(con: duckdb.DuckDBPyConnection, cut: float, threshold: int, links: pd.DataFrame) -> pd.DataFrame:
    selects = [
        DIFFERS.format(
            field=key,
            cut=cut,
            pass_=PASS,
            pairs=pairs(plan(fact["level"])),
            given=fact["given"],
            differs=fact["differs"],
        )
        for key, fact in fields().items()
    ]
    parts = con.execute("\nunion all\n".join(selects)).df()
    rank = {key: i for i, key in enumerate(fields())}
    parts = parts.assign(rank=parts["field"].map(rank)).sort_values(["level", "source", "rank"], ignore_index=True)
    found = guard.disagreement(parts, links, threshold)
    found = found.assign(other=found["level"].map({plan.level: plan.hub for plan in plans()}))
    return found[["level", "source", "other", "field", "n_compared", "n_differ", "share", "status"]]
