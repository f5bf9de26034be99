"""The command as a shell sees it: exit codes and what is said of a command that is written wrong."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import workspace
from pipelines.workspace import Workspace
from tests.world import collection

PALERMO = [sys.executable, "-m", "pipelines.cli"]


def palermo(*words, **environment):
    call = [*PALERMO, *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, env=os.environ | environment)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["refresh", "{w}", "--bogus"], "No such option"),
        (["refresh", "{w}", "--as-of", "yesterday"], "--as-of"),
        (["check", "{w}/a_file", "--enclave"], "--enclave goes with --return-sheet"),
        (["diff", "--metric", "nothing", "--workspace", "{w}"], "no metric nothing"),
        (["query", "select 1", "--workspace", "{w}/nowhere"], "no workspace here (no palermo.toml)"),
        (["explain", "eousa/cases_filed/acteam/ALL/FY2013", "--workspace", "{w}"], "no workspace here"),
        (["review", "{w}/doubts.csv", "--workspace", "{w}"], "ends with .xlsx"),
        (["init", "{w}/a_file"], "a file lies where a folder is meant to be"),
    ],
)
def test_a_command_that_is_written_wrong_is_not_a_held_delivery(tmp_path, words, says):
    (tmp_path / "a_file").write_text("")
    run = palermo(*(word.format(w=tmp_path) for word in words))
    assert run.returncode == 1, run.stdout
    assert says in run.stderr and "Traceback" not in run.stderr


def test_a_terminal_that_lacks_a_sign_stops_no_command(one, tmp_path):
    made = workspace.init(tmp_path / "wörk")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (made.landing / "…").mkdir()
    run = palermo("status", one.root, **plain)
    assert run.returncode == 0 and "Report:" in run.stdout
    run = palermo("status", made.root, **plain)
    assert run.returncode == 0 and "LEFT  landing/?" in run.stdout, run.stderr


def test_the_next_step_names_the_workspace_that_was_given(demo, tmp_path):
    file = tmp_path / "doubtful links.xlsx"
    run = palermo("review", file, "--workspace", demo[0].root)
    assert f"palermo review --read '{file}' --workspace {demo[0].root}" in run.stdout and file.is_file()
    assert f"palermo refresh {tmp_path}/w" in palermo("init", tmp_path / "w").stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_within_the_job_ends_it_in_words(one, tmp_path, number, code):
    made = Workspace(shutil.copytree(one.root, tmp_path / "w", symlinks=True))
    collection(made.landing / "htd" / "2018-09-30", seed=2)
    with subprocess.Popen([*PALERMO, "refresh", str(made.root)], stderr=subprocess.PIPE, text=True) as run:
        while "core." not in run.stderr.readline():
            assert run.poll() is None
        run.send_signal(number)
        said = [line for line in run.stderr.read().splitlines() if line and not line.startswith("  ")]
    assert (run.returncode, said) == (code, ["Stopped. The last edition stands; run the command again."])
    assert made.current() == made.root / one.current().relative_to(one.root)


def test_whoever_reads_the_output_may_leave(held, tmp_path):
    made = Workspace(shutil.copytree(held[0].root, tmp_path / "w", symlinks=True))
    for closed in ("| true", "2>&1 | true", ">&-", "2>&-"):
        words = [*PALERMO, "status", str(made.root)]
        told = f"({' '.join(words)}; echo $? > {tmp_path}/code) {closed}"
        said = subprocess.run(["bash", "-c", told], capture_output=True, text=True).stderr
        assert (Path(tmp_path / "code").read_text().strip(), said) == ("2", "")


def test_output_that_cannot_be_written_is_not_the_disk_of_the_workspace(one):
    with Path("/dev/full").open("w") as full:
        run = subprocess.run([*PALERMO, "status", one.root], stdout=full, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 1
    assert "Standard output cannot be written" in run.stderr and "workspace" not in run.stderr.removeprefix("Workspace")


def test_names_are_printed_as_they_are_written(one, tmp_path):
    made = Workspace(shutil.copytree(one.root, tmp_path / "w", symlinks=True))
    for name, column in (("2018-09-30 [district] :tada:", "[district]"), ("2018-10-31 [bold]", "Amount [/USD]")):
        cases = collection(made.landing / "htd" / name, drop="n_victims") / "cases.csv"
        cases.write_text(cases.read_text().replace("n_minors", column))
    for words in (["refresh"], ["status"]):
        run = palermo(*words, made.root)
        assert run.returncode == 2, run.stderr
        for name in ("2018-09-30 [district] :tada:", "2018-10-31 [bold]"):
            assert name in run.stdout
        assert "Amount [/USD]" in run.stdout
