"""An evaluation is computed once: unchanged counts, study and code take it from the store."""

import pandas as pd

from pipelines import evaluation
from pipelines.workspace import Workspace
from transforms.evaluation.beside import Beside


def test_nothing_is_computed_twice_and_the_same_cells_give_the_same_tables(tmp_path, cells, study, run):
    told = []

    def make(workspace):
        told.clear()
        return evaluation.begin(workspace, cells, study, Beside())(lambda *step: told.append(step))

    first = make(Workspace(tmp_path / "one"))
    assert told[0] == ("evaluation: placebos", 1, 7) and len(told) == 7
    again = make(Workspace(tmp_path / "one"))
    assert told == [("evaluation: unchanged", 0, 0)]
    assert set(first) == set(again) and "evaluation_verdict" in first
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
        pd.testing.assert_frame_equal(table, run[0][name.removeprefix("evaluation_")], check_dtype=False)


def test_another_count_study_or_version_is_another_evaluation(cells, study, monkeypatch):
    names = [evaluation._digest(cells, study, Beside())]
    names.append(
        evaluation._digest(cells.assign(numerator=cells["numerator"].where(cells.index != 3, 99)), study, Beside())
    )
    names.append(evaluation._digest(cells, study.model_copy(update={"scopes_beside": []}), Beside()))
    monkeypatch.setattr(evaluation, "evaluating", lambda: "another version")
    names.append(evaluation._digest(cells, study, Beside()))
    assert len(set(names)) == 4
    monkeypatch.undo()
    beside = cells.assign(denominator=1.0)  # not part of the panel
    assert evaluation._digest(beside, study, Beside()) == names[0]


def test_no_panel_is_a_verdict_that_says_why(tmp_path, cells, study):
    hidden = cells.assign(status="suppressed")
    got = evaluation.begin(Workspace(tmp_path), hidden, study, Beside())(lambda *_: None)
    assert list(got) == ["evaluation_verdict"]
    said = got["evaluation_verdict"].iloc[0]
    assert said["verdict"] == "too early or too few to say"
    assert "hidden by disclosure control" in said["notes"]


def test_a_damaged_or_missing_file_is_made_again(tmp_path, cells, study):
    hidden = cells.assign(status="suppressed")
    workspace = Workspace(tmp_path)
    first = evaluation.begin(workspace, hidden, study, Beside())(lambda *_: None)
    (path,) = (tmp_path / "store" / "evaluations").glob("*/verdict.parquet")
    for damage in (lambda: path.write_bytes(path.read_bytes()[:50]), path.unlink):
        damage()
        again = evaluation.begin(workspace, hidden, study, Beside())(lambda *_: None)
        pd.testing.assert_frame_equal(again["evaluation_verdict"], first["evaluation_verdict"])


def test_the_store_keeps_the_last_evaluations(tmp_path, cells, study):
    workspace = Workspace(tmp_path)
    hidden = cells[cells["metric"] == "cases_filed"].assign(status="suppressed")
    for n in range(evaluation.KEPT + 3):
        evaluation.begin(workspace, hidden.assign(numerator=float(n)), study, Beside())(lambda *_: None)
    assert len(list((tmp_path / "store" / "evaluations").iterdir())) == evaluation.KEPT
