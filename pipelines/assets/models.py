"""Staging views, one asset for every SQL model, one for every metric; models are made in one step, metrics by mart."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

import dagster as dg

from pipelines import edition, engine, kept
from pipelines.assets.gate import POOL, key_of
from pipelines.resource import Programme
from pipelines.staged import attach
from pipelines.warehouse import connect
from sources.contract import agencies
from transforms.counting import count_numbers, keep, of_mart
from transforms.model import models

STAGED = dg.AssetKey(["staging", "tables"])
VIEWS = dg.AssetKey(["past", "views"])
FIRST = {"dagster/priority": "1"}  # of the steps that can run now


def staging_asset() -> dg.AssetsDefinition:
    """The staged tables of all agencies as views of the warehouse."""

    @dg.asset(
        key=STAGED, deps=[key_of(a) for a in agencies()], group_name="staging", pool=POOL, kinds={"duckdb"},
        description="Views over the staged rows of the deliveries in use, and the districts in their groups.",
    )  # fmt: skip
    def stage(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with programme.step(context, "staging") as cost, connect(programme.workspace) as con:
            programme.begin_earlier()
            fed = attach(con, programme.workspace, programme.receipts())
        return dg.MaterializeResult(metadata=fed | cost.metadata)

    return stage


def models_asset() -> dg.AssetsDefinition:
    """Every table of core and mart, an asset each; made in one step (docs/decisions/0010-two-cores.md)."""
    keys = {model.key: dg.AssetKey([model.layer, model.name]) for model in models()}
    specs = [
        dg.AssetSpec(
            key=keys[model.key], deps=sorted({keys.get(parent, STAGED) for parent in model.parents}),
            group_name=model.layer, description=model.grain, kinds={"duckdb", "sql"},
        )
        for model in models()
    ]  # fmt: skip

    @dg.multi_asset(name="models", specs=specs, can_subset=True, pool=POOL, op_tags=FIRST)
    def build(context: dg.AssetExecutionContext, programme: Programme) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        workspace = programme.workspace
        addresses = kept.addresses(workspace, programme.receipts())
        chosen = [model for model in models() if keys[model.key] in context.selected_asset_keys]
        for model in chosen:
            with programme.step(context, model.key) as cost, connect(workspace) as con:
                make = partial(engine.build, con, workspace, model)
                cost.rows = kept.once(con, model.key, addresses[model.key], make)
            yield dg.MaterializeResult(asset_key=keys[model.key], metadata={"rows": cost.rows} | cost.metadata)

    return build


def views_asset() -> dg.AssetsDefinition:
    """The marts of this day and of earlier ones; what is made of them alone begins beside the metrics."""

    @dg.asset(
        key=VIEWS, deps=[dg.AssetKey([m.layer, m.name]) for m in models() if m.layer == "mart"], group_name="mart",
        description="The marts as they stand and as they stood on the days of earlier deliveries.", pool=POOL,
        kinds={"parquet"}, op_tags=FIRST,
    )  # fmt: skip
    def view(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with programme.step(context, "mart.views") as cost:
            days = [day.isoformat() for day, _ in programme.begun().views]
        return dg.MaterializeResult(metadata={"days": ", ".join(days) or "none"} | cost.metadata)

    return view


def metrics_asset(mart: str) -> dg.AssetsDefinition:
    """Every number of the metrics of one mart, counted together; an asset for each metric."""
    specs = [
        dg.AssetSpec(
            key=dg.AssetKey(["metric", metric.name]), deps=[dg.AssetKey(mart.split("."))], group_name="metric",
            description=f"{metric.question} {metric.formula}", kinds={"duckdb"},
        )
        for metric in of_mart(mart)
    ]  # fmt: skip

    @dg.multi_asset(name=f"metrics_of_{mart.split('.')[1]}", specs=specs, pool=POOL)
    def count(context: dg.AssetExecutionContext, programme: Programme) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        workspace, receipts = programme.workspace, programme.receipts()
        table, study = f"metric.{mart.split('.')[1]}", workspace.read_study()
        counted, first = edition.counted(receipts), workspace.settings.first_fiscal_year
        settles = edition.settles(receipts, workspace.settings.provisional_months)
        days = [*_days(mart, counted), *_days(mart, settles)]
        address = kept.digest(kept.addresses(workspace, receipts)[mart], days, first)
        with programme.step(context, table) as cost, connect(workspace) as con:
            cost.rows = kept.once(
                con, table, address, lambda: keep(con, mart),
                before=lambda: count_numbers(con, mart, study, counted, first, settles),
            )  # fmt: skip
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key, metadata=cost.metadata)

    return count


def _days(mart: str, counted: dict[str, dt.date]) -> list[tuple[str, dt.date]]:
    """The data dates that the metrics of a mart look at: those of their sources."""
    sources = {source for metric in of_mart(mart) for source in metric.sources}
    return sorted((source, day) for source, day in counted.items() if source in sources)
