"""The deployment that is shipped, run for real: PostgreSQL, daemon, web server, drop folder, mail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipelines import workspace
from tests.integration.servers import ask, free_port, postgres, stop, wait_for
from tests.world import collection, digests

ROOT = Path(__file__).parents[2]
RUNS = "{ runsOrError { ... on Runs { results { status tags { key value } } } } }"
CHECK = """{ assetCheckExecutions(assetKey: {path: ["delivery", "htd"]}, checkName: "delivery_accepted", limit: 5)
    { status evaluation { success } } }"""
BACKFILL = """mutation { launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["landing", "delivery"]}],
    partitionNames: ["htd/2018-09-30", "htd/2018-08-31"]})
    { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILLED = """{ partitionBackfillOrError(backfillId: "ID") { ... on PartitionBackfill { status } } }"""


def start(command, environment, log):
    return subprocess.Popen(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.server
def test_file_dropped_sensor_run_checks_edition_and_alert(tmp_path, inbox):
    made = workspace.init(tmp_path / "w", is_invented=True)
    settings = made.root / "palermo.toml"
    words = f'[alerts]\nsmtp = "127.0.0.1:{inbox.port}"\nmail_to = ["analyst@example.org"]\n'
    settings.write_text(f"settled_seconds = 1\n{settings.read_text()}\n{words}")
    shutil.copy2(ROOT / "deploy" / "dagster.yaml", made.dagster_home / "dagster.yaml")
    port = free_port()
    with postgres() as database, (tmp_path / "log").open("w") as log:
        environment = os.environ | {
            "DAGSTER_HOME": str(made.dagster_home), "PALERMO_WORKSPACE": str(made.root), "PALERMO_DB_USER": "dagster",
            "PALERMO_DB_PASSWORD": "", "PALERMO_DB_HOST": "127.0.0.1", "PALERMO_DB_PORT": str(database),
            "PALERMO_DB_NAME": "dagster",
        }  # fmt: skip
        collection(made.landing / "htd" / "2018-08-31")
        collection(made.landing / "htd" / "2018-09-30", drop="charge_date")
        servers = [
            start(["dagster-daemon", "run", "-m", "pipelines.definitions"], environment, log),
            start(["dagster-webserver", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(port)],
                  environment, log),
        ]  # fmt: skip
        try:

            def said():
                return (tmp_path / "log").read_text()[-3000:]

            def runs():
                assert [s.poll() for s in servers] == [None, None], said()
                return ask(port, RUNS)["runsOrError"]["results"]

            wait_for(lambda: runs() and runs()[0]["status"] in ("SUCCESS", "FAILURE"), 240, said)
            assert [r["status"] for r in runs()] == ["SUCCESS"], said()
            assert {"key": "dagster/sensor_name", "value": "drop_folder"} in runs()[0]["tags"]
            (check,) = ask(port, CHECK)["assetCheckExecutions"]
            assert check["evaluation"] == {"success": False}
            assert (made.report / "index.html").is_file()
            wait_for(lambda: inbox.mail, 120, said)
            assert inbox.mail[0]["Subject"] == "Palermo: HumanTraffickingData.org: delivery 2018-09-30 is held"
            deliveries_can_be_backfilled(port, made, said)
        finally:
            for server in servers:
                stop(server)


def deliveries_can_be_backfilled(port, made, said):
    """Both are read again, the held one is held again, and nothing that is published moves."""
    receipts = list((made.deliveries / "htd").glob("*/receipt.json"))
    edition, read_on = digests(made.current()), max(r.stat().st_mtime_ns for r in receipts)
    launched = ask(port, BACKFILL)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    query = BACKFILLED.replace("ID", launched["backfillId"])

    def status():
        return ask(port, query)["partitionBackfillOrError"]["status"]

    wait_for(lambda: status() not in ("REQUESTED", "CANCELING"), 300, said)
    assert status() == "COMPLETED_SUCCESS", said()
    assert len(receipts) == 2
    assert all(r.stat().st_mtime_ns > read_on for r in receipts)
    assert digests(made.current()) == edition


def test_what_is_shipped_can_be_read():
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text())
    assert set(compose["services"]) == {"database", "webserver", "daemon", "proxy"}
    assert "ports" not in compose["services"]["webserver"]
    for unit in (ROOT / "deploy" / "systemd").glob("*.service"):
        text = unit.read_text()
        assert "UMask=0077" in text
        assert "NoNewPrivileges=yes" in text
    assert "127.0.0.1" in (ROOT / "deploy" / "systemd" / "palermo-webserver.service").read_text()
