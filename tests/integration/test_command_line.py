"""The command as a shell sees it: exit codes and what is said of a command that is written wrong."""

import subprocess
import sys

import pytest


def palermo(*words):
    return subprocess.run([sys.executable, "-m", "pipelines.cli", *map(str, words)], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["refresh", "{w}", "--bogus"], "No such option"),
        (["refresh", "{w}", "--as-of", "yesterday"], "--as-of"),
        (["check", "{w}/a_file", "--enclave"], "--enclave goes with --return-sheet"),
        (["diff", "--metric", "nothing", "--workspace", "{w}"], "no metric nothing"),
        (["init", "{w}/a_file"], "a file lies where a folder is meant to be"),
    ],
)
def test_a_command_that_is_written_wrong_is_not_a_held_delivery(tmp_path, words, says):
    (tmp_path / "a_file").write_text("")
    run = palermo(*(word.format(w=tmp_path) for word in words))
    assert run.returncode == 1, run.stdout
    assert says in run.stderr and "Traceback" not in run.stderr
