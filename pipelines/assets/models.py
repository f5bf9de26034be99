"""Staging views, one asset for every SQL model, one for every metric."""

import dagster as dg

from pipelines import edition
from pipelines.assets.gate import POOL, key_of
from pipelines.resource import Programme
from pipelines.staged import attach
from pipelines.warehouse import connect
from sources.contract import agencies
from transforms import study as studies
from transforms.counting import count_metric
from transforms.metric import Metric
from transforms.model import Model

STAGED = dg.AssetKey(["staging", "tables"])


def staging_asset() -> dg.AssetsDefinition:
    """The staged tables of all agencies as views of the warehouse."""

    @dg.asset(
        key=STAGED, deps=[key_of(a) for a in agencies()], group_name="staging", pool=POOL, kinds={"duckdb"},
        description="Views over the staged rows of the deliveries in use, and the districts in their groups.",
    )  # fmt: skip
    def stage(programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        programme.progress("staging", 0)
        with connect(programme.workspace) as con:
            return dg.MaterializeResult(metadata=attach(con, programme.workspace, programme.receipts()))

    return stage


def model_asset(model: Model) -> dg.AssetsDefinition:
    """One table of core or mart."""
    deps = {STAGED if parent.startswith("staging.") else dg.AssetKey(parent.split(".")) for parent in model.parents}

    @dg.asset(
        key=dg.AssetKey([model.layer, model.name]), deps=sorted(deps), group_name=model.layer, pool=POOL,
        description=model.grain, kinds={"duckdb", "sql"},
    )  # fmt: skip
    def build(programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        programme.progress(model.key, 0)
        with connect(programme.workspace) as con:
            return dg.MaterializeResult(metadata={"rows": model.build(con)})

    return build


def metric_asset(metric: Metric) -> dg.AssetsDefinition:
    """Every cell of one metric."""

    @dg.asset(
        key=dg.AssetKey(["metric", metric.name]), deps=[dg.AssetKey(metric.from_.split("."))], group_name="metric",
        pool=POOL, description=f"{metric.question} {metric.formula}", kinds={"duckdb"},
    )  # fmt: skip
    def count(programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        programme.progress(f"metric {metric.name}", 0)
        workspace = programme.workspace
        with connect(workspace) as con:
            n = count_metric(
                con,
                metric,
                studies.load(workspace.study),
                edition.counted(programme.receipts()),
                workspace.settings.first_fiscal_year,
            )
        return dg.MaterializeResult(metadata={"cells": n})

    return count
