"""What an answer about known faults of packages means: clean, faults, or nobody asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

VERDICT = Path(__file__).parents[2] / ".ci" / "audited.py"
CLEAN = {"name": "a", "version": "1", "vulns": []}
FAULTY = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (1)"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([CLEAN], 0, "1 packages, no known fault"),
        ([CLEAN, FAULTY, UNKNOWN], 1, "b 2: PYSEC-1; fixed in 3"),
        ([CLEAN, UNKNOWN], 2, "1 of 2 packages could not be asked about"),
        ([], 2, "0 of 0"),
    ],
    ids=["clean", "fault", "a mirror that knows nothing", "nothing"],
)
def test_only_an_answer_about_every_package_is_a_clean_audit(tmp_path, packages, code, words):
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"dependencies": packages, "fixes": []}))
    run = subprocess.run([sys.executable, VERDICT, "x.lock", answer], capture_output=True, text=True)
    assert (run.returncode, words in run.stdout) == (code, True), run.stdout + run.stderr
