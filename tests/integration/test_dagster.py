"""Dagster as people use it: definitions load, the sensor watches the drop folders, a run starts from the web API."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines import workspace
from pipelines.definitions import build, defs
from pipelines.drop_folder import arrivals, drop_folder_sensor
from pipelines.refresh import refresh
from sources.contract import agencies
from tests.integration.servers import ask, free_port, stop, wait_for
from tests.world import collection, quick_workspace

ROOT = Path(__file__).parents[2]


def test_definitions_load_and_every_rule_is_a_check():
    dg.Definitions.validate_loadable(defs)
    keys = {"/".join(key.path) for key in defs.resolve_all_asset_keys()}
    assert {"delivery/eousa", "core/matter", "mart/defendant_facts", "metric/defendants_charged", "report/site"} <= keys
    gate = defs.resolve_assets_def(dg.AssetKey(["delivery", "eousa"]))
    assert len(list(gate.check_specs)) > 50
    assert [s.name for s in defs.schedules] == ["monthly", "daily"]
    assert {s.name for s in defs.sensors} == {"drop_folder", "failed_run", "held_or_late"}


@pytest.mark.slow
def test_validate_command_passes():
    run = subprocess.run(
        [Path(sys.executable).with_name("dagster"), "definitions", "validate"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, env=os.environ | {"DAGSTER_HOME": ""},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]


def test_sensor_waits_for_files_that_still_grow_then_asks_once(tmp_path, monkeypatch):
    made = workspace.init(tmp_path / "w")
    monkeypatch.setenv("PALERMO_WORKSPACE", str(made.root))
    sensor = drop_folder_sensor("refresh")

    def ask(cursor=None):
        return sensor(dg.build_sensor_context(cursor=cursor))

    assert "nothing new" in ask().skip_message
    file = made.landing / "fbi" / "fbi_cases_2026-07-31.csv"
    file.write_text("agency_case_id\n")
    assert "still being written" in ask().skip_message
    os.utime(file, (time.time() - 300, time.time() - 300))
    found = ask()
    assert len(found.run_requests) == 1
    assert "nothing new" in ask(found.cursor).skip_message
    file.write_text("agency_case_id\nx\n")
    os.utime(file, (time.time() - 200, time.time() - 200))
    grown = ask(found.cursor)
    file.write_text("agency_case_id\n")
    os.utime(file, (time.time() - 300, time.time() - 300))
    again = ask(grown.cursor)
    keys = [one.run_requests[0].run_key for one in (found, grown, again)]
    assert len(set(keys)) == 3, "Dagster runs no key twice, and a state that comes back is news"
    shutil.rmtree(made.landing / "fbi")
    assert arrivals(made.landing, {}, 60.0) == ({}, True)


def test_failed_checks_are_recorded_for_a_held_delivery(tmp_path):
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / "2018-08-31")
    collection(made.landing / "htd" / "2018-09-30", drop="charge_date")
    job = build(str(made.root)).resolve_job_def("refresh")
    gates = [dg.AssetKey(["delivery", key]) for key in agencies()]
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), asset_selection=gates)
    checks = {(e.asset_key.path[-1], e.check_name): e for e in result.get_asset_check_evaluations()}
    assert not checks["htd", "delivery_accepted"].passed
    assert checks["htd", "delivery_accepted"].severity == dg.AssetCheckSeverity.ERROR
    assert checks["eousa", "delivery_accepted"].passed


def test_one_model_can_be_made_alone(tmp_path):
    """All models are made in one step; whoever picks one of them in the UI gets that one."""
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / "2018-08-31")
    refresh(made)
    job = build(str(made.root)).resolve_job_def("refresh")
    one = dg.AssetKey(["mart", "defendant_facts"])
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), asset_selection=[one])
    found = result.get_asset_materialization_events()
    assert [e.asset_key for e in found] == [one]
    assert found[0].materialization.metadata["rows"].value > 0


@pytest.mark.slow
@pytest.mark.server
def test_job_runs_from_the_web_servers_api(tmp_path):
    made = workspace.init(tmp_path / "w", is_invented=True)
    collection(made.landing / "htd" / "2018-08-31")
    port = free_port()
    environment = os.environ | {"DAGSTER_HOME": str(made.dagster_home), "PALERMO_WORKSPACE": str(made.root)}
    log = (tmp_path / "server.log").open("w")
    server = subprocess.Popen(
        [Path(sys.executable).with_name("dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)],
        cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: ask(port, "{ version }"), 90)
        launch = """mutation { launchRun(executionParams: {selector: {
            repositoryLocationName: "palermo", repositoryName: "__repository__", jobName: "refresh"}})
            { __typename ... on LaunchRunSuccess { run { runId } } } }"""
        run = ask(port, launch)["launchRun"]
        assert run["__typename"] == "LaunchRunSuccess", run
        query = f'{{ runOrError(runId: "{run["run"]["runId"]}") {{ ... on Run {{ status }} }} }}'
        wait_for(lambda: ask(port, query)["runOrError"]["status"] in ("SUCCESS", "FAILURE"), 150)
        state = ask(port, query)["runOrError"]["status"]
        assert state == "SUCCESS", (tmp_path / "server.log").read_text()[-4000:]
        assert (made.report / "index.html").is_file()
    finally:
        stop(server)
