"""Links: of all scored pairs those that stand, at most one for a record, with pass, probability and evidence.

In: tables `record` and `decision` of a connection, and a plan. Out: table `link`: key_l (the record), key_r (that of
the hub), source, pass, probability, has_match (that any candidate is the one) and evidence; of all levels of a view
table `found`, with the level. A threshold is a cut of `probability`, so that what stands at a stricter one stands at a
looser one. A record of the hub with its links is a cluster; its key is that record's. Keys of levels differ.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import duckdb
import pandas as pd

from transforms.linkage import model, passes
from transforms.linkage.plan import Plan, plans, together

COLUMNS = {"level": "varchar", "key_l": "varchar", "key_r": "varchar", "source": "varchar", "pass": "varchar",
           "probability": "double", "has_match": "double", "evidence": "varchar"}  # fmt: skip
EMPTY = """
create or replace temp table found ({found});
create or replace temp table known (level varchar, source varchar, record_key varchar);
"""
Frames = dict[str, pd.DataFrame]
Keep = Callable[[Plan, str, pd.DataFrame, Callable[[], Frames]], Frames]
RECORD = "create or replace temp view record as select given.*{matter} from {given} as given{linked}"
# The matter of a record: of the hub its own, of an agency that to which its case is linked at the middle threshold.
MATTER = ", case when given.source = '{hub}' then given.case_key else linked.key_r end as matter"
LINKED = """
left join found as linked
    on linked.level = '{within}' and linked.key_l = given.case_key and linked.probability >= {cut}"""
# What a level takes from the one that it is within: the matters of the records that are not the hub's.
STANDS = """
select distinct linked.key_l, linked.key_r from {given} as given{linked}
where given.source <> '{hub}' and linked.key_r is not null order by all"""
# A record is of one matter at most, and a matter of one record of each source where no key says more: so the candidates
# share one certainty. With odds o for each, it is o / (1 + the sum of the odds of its rivals and its own).
RIVALS = """
with odds as (
    select *, least(probability, 1 - 1e-9) / (1 - least(probability, 1 - 1e-9)) as o from scored
),
shared as (
    select *,
        case when pass = 'review' then 1
        else o / (1 + greatest(
            sum(o) over (partition by nth_l order by nth_r rows between unbounded preceding and unbounded following),
            case when pass in ({alone}) then o
            else sum(o) over (
                partition by nth_r, source order by nth_l rows between unbounded preceding and unbounded following
            ) end
        )) end as sure,
        case when pass = 'review' then 1
        else 1 - 1 / (1 + sum(o) over (
            partition by nth_l order by nth_r rows between unbounded preceding and unbounded following
        )) end as any_of_them
    from odds
),
first as (
    select * from shared
    qualify row_number() over (partition by nth_l order by sure desc, nth_r) = 1
)
select l.record_key as key_l, r.record_key as key_r, first.source, pass, round(sure, 6) as probability,
    round(any_of_them, 6) as has_match, {evidence} as evidence
from first
inner join spoke as l on first.nth_l = l.nth
inner join hub as r on first.nth_r = r.nth
qualify pass in ({alone}) or row_number() over (partition by nth_r, first.source order by sure desc, nth_l) = 1
order by key_l
"""


def view(
    con: duckdb.DuckDBPyConnection,
    tables: dict[str, str],
    learnt: dict[str, dict[str, Any]] | None = None,
    keep: Keep = lambda _plan, _mart, _stands, make: make(),
) -> dict[str, dict[str, Any]]:
    """Replace `found` (links) and `known` (records of agencies) by those of every mart, or of every mart of `learnt`.

    `tables` says for a mart what holds its rows; returns what was learnt on the records of each mart where there was
    enough to learn. `keep` is given a plan, a mart, the matters in which its records stand, and what makes their links.
    """
    con.execute(EMPTY.format(found=", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())))
    steps = [(plan, mart) for plan in plans() for mart in plan.records]
    made = {}
    for plan, mart in steps if learnt is None else [step for step in steps if step[1] in learnt]:
        given = together(dict.fromkeys(tables[name] for name in (plan.hub_records, mart)))
        links = keep(plan, mart, _stands(con, plan, given), partial(_made, con, plan, given, (learnt or {}).get(mart)))
        con.register("made", links["link"])
        con.execute(f"insert into found select '{plan.level}', * from made")
        con.unregister("made")
        con.execute(
            f"insert into known select '{plan.level}', source, record_key from {given} where source <> '{plan.hub}'"
        )
        made[mart] = json.loads(links["learnt"]["model"][0])
    return {mart: model for mart, model in made.items() if model}


def _made(con: duckdb.DuckDBPyConnection, plan: Plan, given: str, learnt: dict[str, Any] | None) -> Frames:
    """The links of a mart's records, and what the model learnt as JSON."""
    take(con, plan, given)
    model = find(con, plan, learnt)
    return {"link": con.execute("from link").df(), "learnt": pd.DataFrame({"model": [json.dumps(model)]})}


def _stands(con: duckdb.DuckDBPyConnection, plan: Plan, given: str) -> pd.DataFrame:
    """The matters in which records stand; none of a level that is within none."""
    if not plan.within:
        return pd.DataFrame({"key_l": [], "key_r": []}, dtype=str)
    return con.execute(STANDS.format(given=given, hub=plan.hub, linked=_linked(plan))).df()


def _linked(plan: Plan) -> str:
    return LINKED.format(within=plan.within, cut=plan.thresholds["middle"])


def take(con: duckdb.DuckDBPyConnection, plan: Plan, given: str) -> None:
    """Replace `record` by the records of a table, with the matter of each where the plan is within a level."""
    matter, linked = (MATTER.format(hub=plan.hub), _linked(plan)) if plan.within else ("", "")
    con.execute(RECORD.format(given=given, matter=matter, linked=linked))


def find(con: duckdb.DuckDBPyConnection, plan: Plan, learnt: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Replace `link`; returns what the model learnt, to link an earlier view in the same way."""
    passes.run(con, plan)
    linker = model.known(con, plan, learnt) if learnt else model.trained(con, plan)
    model.score(con, plan, linker)
    keys = ", ".join(f"'{name}'" for name in (passes.REVIEW, *(p.key for p in plan.passes if p.kind == "key")))
    con.execute(f"create or replace temp table link as {RIVALS.format(alone=keys, evidence=_evidence(plan))}")
    return model.learnt(linker) if linker else None


def _evidence(plan: Plan) -> str:
    """What agrees and what does not, in the plan's words."""
    said = []
    for compared in plan.compare:
        column, n = f"gamma_{compared.name.replace(' ', '_')}", len(compared.levels)
        arms = " ".join(f"when {n - i} then '{level.says}'" for i, level in enumerate(compared.levels))
        said.append(f"case {column} {arms} when 0 then 'another {compared.name}' end")
    return f"concat_ws('; ', {', '.join(said)})"
