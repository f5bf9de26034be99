"""The sensors that tell people: a run failed, a delivery is held, an agency is late.

In: runs and receipts. Out: messages by the channels of palermo.toml. The open-source daemon has no alerts of its own.
"""

import logging

import dagster as dg

from pipelines.alerts import Alert, news, tell_new
from pipelines.workspace import find


def failure_sensor() -> dg.SensorDefinition:
    """Tells of a run that failed."""

    @dg.run_failure_sensor(
        name="failed_run", description="Tells whoever palermo.toml names that a refresh failed.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )  # fmt: skip
    def watch(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        text = f"Run {run.run_id} of {run.job_name} failed. The last edition stands. See the run in Dagster."
        _log(context.log, tell_new(find(), [Alert(f"failed {run.run_id}", "a refresh failed", text)]))

    return watch


def news_sensor() -> dg.SensorDefinition:
    """Tells of held deliveries and late agencies."""

    @dg.sensor(
        name="held_or_late", minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells whoever palermo.toml names which delivery is held and which agency is late, once.",
    )  # fmt: skip
    def watch(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        workspace = find()
        if not workspace.store.is_dir():
            return dg.SkipReason(f"no workspace at {workspace.root}; make one with palermo init")
        _log(context.log, tell_new(workspace, news(workspace)))
        return dg.SkipReason("told whatever was new")

    return watch


def _log(log: logging.Logger, failed: list[str]) -> None:
    for words in failed:
        log.warning("alert not sent: %s", words)
