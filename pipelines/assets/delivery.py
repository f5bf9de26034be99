"""Deliveries as partitions: which there are, what became of each, and how one is read and judged again.

A partition is `<agency>/<delivery>`. A refresh reports the deliveries that it has read, so that a partition's state is
that of its receipt. To read some again, launch or backfill their partitions, in any order: a delivery is judged against
the good one before it by date, and where that changes what later ones are judged against, they are judged again in the
same run. The next refresh publishes what came of it (docs/decisions/0003-gate-and-store.md).
"""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from pipelines import gate
from pipelines.receipt import FATES, Receipt
from pipelines.resource import Programme
from sources.contract import agencies

DELIVERIES = dg.DynamicPartitionsDefinition(name="deliveries")
LANDED = dg.AssetKey(["landing", "delivery"])


def partition_of(r: Receipt) -> str:
    """agency/delivery"""
    return f"{r.agency}/{r.name}"


def report(context: dg.AssetExecutionContext, before: Iterable[Receipt], now: list[Receipt]) -> None:
    """Make a partition of every delivery, and report those whose receipt is another one than before."""
    if now:
        context.instance.add_dynamic_partitions(str(DELIVERIES.name), [partition_of(r) for r in now])
    known = list(before)
    for r in now:
        if r not in known:
            context.log_event(dg.AssetMaterialization(LANDED, partition=partition_of(r), metadata=_told(r)))


def _told(r: Receipt) -> dict[str, Any]:
    counts = {fate: r.total(fate) for fate in FATES}
    return counts | {"status": r.status, "reason": r.reason or "none", "n_rules_broken": r.n_broken}


def delivery_asset(pool: str) -> dg.AssetsDefinition:
    """One delivery, read and judged again."""

    @dg.asset(
        key=LANDED, partitions_def=DELIVERIES, group_name="gate", pool=pool, kinds={"parquet"},
        description="A delivery of an agency, read from landing/ and judged. Launch a partition to do it again.",
    )  # fmt: skip
    def read_again(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        key, _, name = context.partition_key.partition("/")
        agency = agencies().get(key)
        if agency is None or name not in gate.landed(programme.workspace, agency):
            raise dg.Failure(f"{context.partition_key}: not in landing/. Put it back, or wipe the partition.",
                             allow_retries=False)  # fmt: skip
        before = [r for r in programme.receipts()[key] if r.name != name]
        with programme.step(context, f"delivery.{key}", key) as cost:
            receipts = gate.receive(programme.workspace, agency, again=name)
        report(context, before, [r for r in receipts if r.name != name])
        found = next(r for r in receipts if r.name == name)
        return dg.MaterializeResult(metadata=_told(found) | cost.metadata)

    return read_again
