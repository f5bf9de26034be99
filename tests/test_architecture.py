"""The shape of the code: sizes, registries, contracts with fixtures, documents that are current."""

import ast
import re
from pathlib import Path

import pytest

from pipelines.reference import pages
from transforms.metric import metrics
from transforms.model import models

ROOT = Path(__file__).parents[1]
ROOMS = ("sources", "transforms", "expectations", "reports", "pipelines")
CODE = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
LONG_FUNCTIONS: dict[str, str] = {}  # place: reason; only shrinks


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300, "split the file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            place = f"{path.relative_to(ROOT)}:{node.name}"
            assert node.end_lineno - node.lineno <= 45 or place in LONG_FUNCTIONS, f"{place} is long"


def test_no_vague_names():
    vague = {"utils", "helpers", "common", "base", "manager", "legacy"}
    assert [p for p in CODE if p.stem in vague or p.stem.endswith("_v2")] == []


def test_every_metric_has_a_question_and_a_mart():
    tables = {model.key for model in models()}
    for metric in metrics().values():
        assert metric.question.endswith("?"), metric.name
        assert metric.from_ in tables, metric.name


def test_reference_is_current():
    for name, text in pages().items():
        path = ROOT / "docs" / "reference" / name
        assert path.is_file() and path.read_text(encoding="utf-8") == text, f"docs/reference/{name}: run make docs"


def test_readme_commands_exist():
    from pipelines.cli import COMMANDS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"palermo ([a-z]+)", readme))
    assert used and used <= set(COMMANDS), used - set(COMMANDS)


def test_nothing_names_a_registry_or_a_machine():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"^(-i|--index-url|--extra-index-url|--find-links)", lock, re.MULTILINE)
    assert "://" not in lock


def test_help_is_light():
    """`palermo --help` must not import what takes seconds."""
    import subprocess
    import sys

    heavy = ("dagster", "great_expectations", "plotly", "pandas", "duckdb", "scipy")
    code = f"import sys, pipelines.cli; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout.strip() == "[]"
