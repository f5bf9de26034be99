"""What keeps a workspace alive for years: the doctor, alerts by a real mail server and webhook, backup and restore."""

import datetime as dt
import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from pipelines import alerts, receipt, workspace
from pipelines.commands.alert import alert
from pipelines.commands.doctor import doctor
from pipelines.commands.status import status
from pipelines.doctor import examine
from pipelines.receipt import Receipt
from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from tests.world import digests

TODAY = dt.date(2026, 11, 24)


def with_alerts(made, text):
    path = made.root / "palermo.toml"
    path.write_text(path.read_text() + f"\n[alerts]\n{text}\n")
    return Workspace(made.root)


def test_held_delivery_is_mailed_once(made, inbox):
    named = with_alerts(made, f'smtp = "127.0.0.1:{inbox.port}"\nmail_to = ["analyst@example.org"]')
    news = alerts.news(named, TODAY)
    assert [a.subject for a in news] == ["HumanTraffickingData.org: delivery 2018-09-30 is held"]
    assert alerts.tell_new(named, news) == []
    assert alerts.tell_new(named, news) == []
    (mail,) = inbox.mail
    assert mail["Subject"] == "Palermo: HumanTraffickingData.org: delivery 2018-09-30 is held"
    assert mail["To"] == "analyst@example.org"
    assert "charge_date" in mail.get_payload()
    assert alerts.tell_new(named, news, again=True) == []
    assert len(inbox.mail) == 2


def test_what_a_channel_refused_is_sent_the_next_time_by_that_channel_alone(made, inbox):
    named = with_alerts(made, 'smtp = "127.0.0.1:1"\nmail_to = ["analyst@example.org"]\nfile = "alerts.log"')
    news = alerts.news(named, TODAY)
    (failed,) = alerts.tell_new(named, news)
    assert failed.startswith("smtp: ConnectionRefusedError")
    path = made.root / "palermo.toml"
    path.write_text(path.read_text().replace('127.0.0.1:1"', f'127.0.0.1:{inbox.port}"'))
    assert alerts.tell_new(Workspace(made.root), news) == []
    assert len(inbox.mail) == 1
    assert len((made.root / "alerts.log").read_text().splitlines()) == 1


def test_webhook_gets_subject_and_text(made):
    got = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.handle_request).start()
        named = with_alerts(made, f'webhook = "http://127.0.0.1:{server.server_port}/hook"')
        assert alerts.tell_new(named, alerts.news(named, TODAY)) == []
    assert got[0]["subject"].endswith("is held")


def test_late_agency_is_news_and_a_collection_that_ended_never_is(made):
    name = "fbi_cases_2026-01-31.csv"
    receipt.write_list(made.deliveries / "fbi", [Receipt("fbi", "k", name, "2026-01-31", "d", "c", "r", "good")])
    (late,) = [a for a in alerts.news(made, TODAY) if a.key.startswith("late")]
    assert late.subject == "FBI: no delivery since 2026-01-31"
    assert not [a for a in alerts.news(made, dt.date(2026, 3, 1)) if a.key.startswith("late")]


def stated(made, *words):
    return CliRunner().invoke(status, [str(made.root), *words], standalone_mode=False, catch_exceptions=False)


def _late(made, *, is_invented):
    """Two cumulative deliveries, and one of an agency that adds up, all years old."""
    text = (made.root / "palermo.toml").read_text()
    (made.root / "palermo.toml").write_text(text.replace("is_invented = true", f"is_invented = {is_invented}".lower()))
    for key, names in {"eousa": ("2020-01-31", "2020-02-29"), "fbi": ("fbi_cases_2020-02-29.csv",)}.items():
        found = [Receipt(key, name, name, name.removesuffix(".csv")[-10:], "d", "c", "r", "good") for name in names]
        receipt.write_list(made.deliveries / key, found)
    return Workspace(made.root)


def test_status_says_today_which_agency_is_late_and_of_an_invented_world_on_its_data_date(made):
    assert "LATE" not in stated(_late(made, is_invented=True)).output
    told = stated(_late(made, is_invented=False)).output
    assert "LATE  FBI: figures as of 2020-02-29; the next delivery was due by 2020-04-15" in told
    late = json.loads(stated(made, "--json").output)["late"]
    assert late["eousa"] == {"since": "2020-02-29", "due_on": "2020-04-15"} and "htd" not in late


def test_status_says_which_delivery_is_in_use_as_the_page_on_quality_does(made, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    told = stated(_late(made, is_invented=True))
    lines = {" ".join(line.split()[:4]) for line in told.output.splitlines()}
    assert {"EOUSA 2020-01-31 superseded 0", "EOUSA 2020-02-29 in use"} <= lines
    assert any("fbi_cases_2020-02-29.csv" in line for line in lines)  # not cut, however narrow the terminal
    machine = json.loads(stated(made, "--json").output)["agencies"]
    assert [d["status"] for d in machine["eousa"]] == ["superseded", "in use"]
    assert [d["status"] for d in machine["htd"]] == ["in use", "held"]


def test_a_delivery_without_a_date_has_none_in_json(made):
    (made.landing / "fbi" / "fbi_cases.csv").write_text("x\n")
    assert refresh(made).exit_code == 2
    (told,) = json.loads(stated(made, "--json").output)["agencies"]["fbi"]
    assert (told["as_of"], told["status"]) == (None, "held") and "no date in its name" in told["reason"]


def test_what_lies_in_no_agencys_folder_is_told(made):
    (made.landing / "nope").mkdir()
    (made.landing / "nope" / "x_2026-01-01.csv").write_text("x\n")
    (made.landing / "loose.csv").write_text("x\n")
    told = stated(made).output
    assert "LEFT  landing/nope: no agency has this name" in told and "LEFT  landing/loose.csv: a file of no" in told
    assert "cook_county, crt_htpu" in told
    sign = signs(made)["drop folders"]
    assert (sign.state, "loose.csv, nope" in sign.seen, "fbi" in sign.step) == ("warning", True, True)


def test_alert_command_says_when_nobody_is_named_and_tests_its_channels(made):
    run = CliRunner().invoke(alert, [str(made.root)], standalone_mode=False)
    assert run.return_value == 1
    assert "Nobody is named" in run.output
    with_alerts(made, 'file = "alerts.log"')
    assert CliRunner().invoke(alert, [str(made.root), "--test"], standalone_mode=False).return_value == 0
    assert "a test" in (made.root / "alerts.log").read_text()


def test_addresses_are_part_of_no_edition(made):
    before = made.current().name
    named = with_alerts(made, 'mail_to = ["analyst@example.org"]\nfile = "alerts.log"')
    assert refresh(named).edition == before
    assert not [p for p in made.editions.rglob("*") if p.is_file() and b"analyst@example" in p.read_bytes()]


def signs(made, **options):
    return {s.name: s for s in examine(made, **options)}


def test_doctor_finds_a_sound_workspace_well(made):
    found = signs(made, deep=True)
    assert {s.name for s in found.values() if s.state != "well"} == {"pools"}  # these tests keep no run history
    run = CliRunner().invoke(doctor, [str(made.root), "--json"], standalone_mode=False)
    assert run.return_value == 0
    assert json.loads(run.output)[0]["name"] == "python"


def _bad_key(made):
    (made.store / "hash.key").chmod(0o644)


def _short_key(made):
    (made.store / "hash.key").write_text("short")


def _cut(made):
    path = next((made.deliveries / "htd").rglob("staged/*.parquet"))
    path.write_bytes(path.read_bytes()[:10])


def _warehouse(made):
    made.warehouse.write_bytes(b"x" * 5000)


def _edition(made):
    (made.current() / "manifest.json").write_text("{")


def _table(made):
    path = made.current() / "tables" / "cells.parquet"
    path.write_bytes(path.read_bytes() + b" ")


def _landing(made):
    with (made.landing / "htd" / "2018-08-31" / "cases.csv").open("a") as file:
        file.write("\n")


def _study(made):
    made.study.write_text("programme: 1\n")


def _open(made):
    for place in (made.root, made.store):
        place.chmod(0o755)


def _setting(made):
    (made.root / "palermo.toml").write_text("treshold = 1\n")


@pytest.mark.parametrize(
    ("harm", "name"),
    [(_bad_key, "key"), (_short_key, "key"), (_cut, "staged rows"), (_warehouse, "warehouse"), (_edition, "edition"),
     (_table, "editions"), (_landing, "landing"), (_study, "study"), (_open, "rights"), (_setting, "settings")],
)  # fmt: skip
def test_doctor_names_what_is_not_well_and_the_next_step(made, harm, name):
    harm(made)
    sign = signs(made, deep=True)[name]
    assert sign.state in ("ill", "warning")
    assert sign.step or "." in sign.seen


@pytest.mark.slow
def test_backup_without_the_store_restores_to_the_same_edition(made, tmp_path):
    """The lines of docs/operations.md."""
    subprocess.run(
        ["tar", "-cf", tmp_path / "backup.tar", "--exclude=./store/*", "--exclude=./store", "-C", made.root, "."],
        check=True,
    )
    shutil.copy2(made.store / "hash.key", tmp_path / "hash.key")
    restored = tmp_path / "restored"
    restored.mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "backup.tar", "-C", restored], check=True)
    (restored / "store").mkdir(mode=0o700)
    shutil.copy2(tmp_path / "hash.key", restored / "store" / "hash.key")
    found = refresh(workspace.Workspace(restored))
    assert found.edition == made.current().name
    assert digests(workspace.Workspace(restored).current()) == digests(made.current())
