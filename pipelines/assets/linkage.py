"""Which records of the agencies are of one matter: one step, after the marts."""

import dagster as dg

from pipelines import linking
from pipelines.assets.gate import POOL
from pipelines.resource import Programme
from pipelines.warehouse import connect
from transforms.model import models

LINKS = dg.AssetKey(["linkage", "link"])


def linkage_asset() -> dg.AssetsDefinition:
    """The links, and what changed since the view before."""

    @dg.asset(
        key=LINKS, deps=[dg.AssetKey([m.layer, m.name]) for m in models() if m.layer == "mart"], group_name="linkage",
        pool=POOL, kinds={"duckdb", "splink"},
        description="Which records of the agencies are of one matter: by keys, by rules, then by a model of agreement.",
    )  # fmt: skip
    def link(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with programme.step(context, "linkage") as cost, connect(programme.workspace) as con:
            n = linking.link(programme.workspace, con, programme.receipts())
        return dg.MaterializeResult(metadata={"links": n, **cost.metadata})

    return link
