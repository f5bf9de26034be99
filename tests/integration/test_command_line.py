"""The command as a shell sees it: exit codes and what is said of a command that is written wrong."""

import os
import subprocess
import sys

import pytest

from pipelines import workspace


def palermo(*words, **environment):
    call = [sys.executable, "-m", "pipelines.cli", *map(str, words)]
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
