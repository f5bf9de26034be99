"""Key and rule passes, and the pairs of the remainder that the model looks at: joins in SQL, nothing learnt.

In: tables `record` (columns as `mart.matter_record`) and `decision` (key_l, key_r, is_same: what a person decided) of a
connection, and a plan. Out: `spoke` and `hub` (records of other agencies and of the hub, numbered) and table `pair`:
nth_l, nth_r (their numbers), source, pass.
"""

import duckdb

from transforms.linkage.plan import Join, Pass, Plan

MODEL, REVIEW = "model", "review"


def run(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Replace `spoke`, `hub` and `pair`; pass `model` is what may be linked and was not by an earlier pass.

    Records are numbered (`nth`), those of the hub by their keys and others by what they say, because their keys may be
    hashes: a new key for hashes changes no draw and no tie. Pairs hold numbers alone: a record has tens of them.
    """
    said = ", ".join(["source", *plan.compared, "record_key"])
    for side, which, order in (("hub", "=", "record_key"), ("spoke", "<>", said)):
        con.execute(
            f"create or replace temp table {side}_row as"
            f" select * from record where source {which} '{plan.hub}' order by {order}"
        )
        con.execute(f"create or replace temp view {side} as select rowid as nth, * from {side}_row")
    con.execute("create or replace temp table pair (nth_l bigint, nth_r bigint, source varchar, pass varchar)")
    con.execute(
        f"insert into pair select spoke.nth, hub.nth, spoke.source, '{REVIEW}' from decision"
        " inner join spoke on spoke.record_key = key_l inner join hub on hub.record_key = key_r where is_same"
    )
    for step in plan.passes:
        lone = " and ".join(f"count(*) over (partition by {side}) = 1" for side in _sides(step))
        con.execute(f"insert into pair {_candidates(step, step.key)} qualify {lone}")
    rest = "\nunion\n".join(_candidates(join, MODEL) for join in plan.blocking)
    con.execute(f"insert into pair select * from ({rest})")


def _sides(step: Pass) -> list[str]:
    """A key may lead two records of an agency to one of the hub; a rule takes only pairs without a rival."""
    return ["l.nth"] if step.kind == "key" else ["l.nth", "r.nth, l.source"]


def _candidates(join: Join, name: str) -> str:
    """Pairs of records that no pass has linked, of the hub none that a record of the same source is linked to."""
    return (
        f"select l.nth as nth_l, r.nth as nth_r, l.source, '{name}' as pass"
        f" from spoke as l inner join hub as r on {join.on}"
        " anti join pair as done on done.nth_l = l.nth"
        " anti join decision on decision.key_l = l.record_key and decision.key_r = r.record_key"
        " anti join pair as taken on taken.nth_r = r.nth and taken.source = l.source"
    )
