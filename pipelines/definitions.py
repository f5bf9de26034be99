"""Everything that Dagster runs: gates, staging, models, metrics, published tables and the site; jobs, schedule, sensor.

In: the registries of the other rooms. Out: `defs`, which `dagster dev` at the root of the repository opens.
"""

import os

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

import dagster as dg

from pipelines.alert_sensors import failure_sensor, news_sensor
from pipelines.assets.delivery import LANDED, delivery_asset
from pipelines.assets.gate import POOL, freshness_checks, gate_asset
from pipelines.assets.models import metrics_asset, models_asset, staging_asset, views_asset
from pipelines.assets.report import site_asset, tables_asset
from pipelines.drop_folder import drop_folder_sensor
from pipelines.resource import JOB, Programme
from sources.contract import agencies
from transforms.counting import marts


def build(root: str | None = None, *, strict: bool = False, as_of: str | None = None) -> dg.Definitions:
    """The definitions for one workspace."""
    every = dg.AssetSelection.all() - dg.AssetSelection.assets(LANDED)
    job = dg.define_asset_job(JOB, selection=every, executor_def=dg.in_process_executor)
    again = dg.define_asset_job(
        "read_again", selection=dg.AssetSelection.assets(LANDED), executor_def=dg.in_process_executor
    )
    fresh = freshness_checks(agencies().values())
    look = dg.define_asset_job(
        "freshness", selection=dg.AssetSelection.checks(fresh), executor_def=dg.in_process_executor
    )
    return dg.Definitions(
        assets=[
            delivery_asset(POOL),
            *(gate_asset(agency) for agency in agencies().values()),
            staging_asset(),
            models_asset(),
            views_asset(),
            *(metrics_asset(mart) for mart in marts()),
            tables_asset(),
            site_asset(),
        ],
        asset_checks=[fresh],
        jobs=[job, again, look],
        schedules=[
            dg.ScheduleDefinition(name="monthly", job=job, cron_schedule="0 6 3 * *", execution_timezone="UTC"),
            dg.ScheduleDefinition(name="daily", job=look, cron_schedule="0 7 * * *", execution_timezone="UTC"),
        ],
        sensors=[drop_folder_sensor(JOB), failure_sensor(), news_sensor()],
        resources={"programme": Programme(root=root, strict=strict, as_of=as_of)},
        executor=dg.in_process_executor,
    )


defs = build()
