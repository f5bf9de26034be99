"""Locking a study: what is fixed, what a change leaves behind, and what reaches the edition."""

import datetime as dt
import re

import pytest
from click.testing import CliRunner

from pipelines import edition, workspace
from pipelines.commands.study import study
from sources.errors import DefinitionError, WorkspaceError
from transforms import study_lock
from transforms.study import digest

DAY = dt.date(2026, 10, 1)


@pytest.fixture
def made(tmp_path):
    return workspace.init(tmp_path / "w")


def edit(made, before, after):
    text = made.study.read_text()
    assert before in text
    made.study.write_text(text.replace(before, after))


def test_a_lock_holds_the_study_and_says_when(made):
    assert study_lock.state(made.study, made.study_lock) is None
    entry = study_lock.lock(made.study, made.study_lock, DAY, 0)
    assert (entry.sha256, entry.locked_on) == (digest(made.study), DAY)
    said = study_lock.state(made.study, made.study_lock)
    assert said["changed"] == [] and said["sha256"] == digest(made.study) and said["n_editions"] == 0


def test_a_change_after_the_lock_is_named_and_the_first_hash_stays(made):
    first = study_lock.lock(made.study, made.study_lock, DAY, 0)
    edit(made, "after: [2012, 2013]", "after: [2012, 2014]")
    edit(made, "draws: 1999", "draws: 999")
    said = study_lock.state(made.study, made.study_lock)
    assert said["changed"] == ["inference.draws", "phases.phase_1.after"]
    assert said["sha256"] == first.sha256 != digest(made.study)
    with pytest.raises(DefinitionError, match=r"changed since \(inference\.draws, phases\.phase_1\.after\)"):
        study_lock.lock(made.study, made.study_lock, DAY, 2)
    study_lock.lock(made.study, made.study_lock, DAY, 2, "a longer window")
    said = study_lock.state(made.study, made.study_lock)
    assert said["sha256"] == first.sha256 and said["is_locked_again"] and said["why"] == "a longer window"
    assert len(study_lock.entries(made.study_lock)) == 2


def test_a_comment_is_a_change_of_the_hash_and_of_nothing_else(made):
    study_lock.lock(made.study, made.study_lock, DAY, 0)
    edit(made, "spillover:", "# a comment\nspillover:")
    assert study_lock.state(made.study, made.study_lock)["changed"] == [study_lock.LAYOUT]


def test_locking_twice_or_an_edited_lock_is_refused(made):
    study_lock.lock(made.study, made.study_lock, DAY, 0)
    with pytest.raises(DefinitionError, match="nothing to do"):
        study_lock.lock(made.study, made.study_lock, DAY, 0)
    text = made.study_lock.read_text()
    made.study_lock.write_text(text.replace("2012, 2013", "2012, 2019"))
    with pytest.raises(DefinitionError, match="was edited"):
        study_lock.entries(made.study_lock)
    made.study_lock.write_text("- 1\n")
    with pytest.raises(DefinitionError, match="not a lock"):
        study_lock.entries(made.study_lock)


def test_a_study_that_contradicts_itself_cannot_be_locked(made):
    edit(made, "primary_outcome: defendants_charged", "primary_outcome: wonders")
    with pytest.raises(DefinitionError, match="Mend the study file"):
        study_lock.lock(made.study, made.study_lock, DAY, 0)
    assert not made.study_lock.exists()


def test_the_commands_lock_and_show(made):
    run = CliRunner().invoke
    assert "Not locked" in run(study, ["show", str(made.root)]).output
    locked = run(study, ["lock", str(made.root)])
    assert locked.exit_code == 0 and "Editions made before: 0." in locked.output
    assert re.search(r"SHA-256 [0-9a-f]{64}", locked.output)
    edit(made, "power_draws: 500", "power_draws: 400")
    shown = run(study, ["show", str(made.root)]).output
    assert "Changed since: inference.power_draws" in shown
    again = run(study, ["lock", str(made.root), "--because", "less time"])
    assert again.exit_code == 0


def test_a_lock_makes_another_edition_and_stands_in_its_manifest(demo):
    made, outcome = demo
    receipts = edition.listed(made)
    assert edition.identity(made, receipts) == outcome.edition
    assert edition.read(made.current())["study_lock"] is None
    study_lock.lock(made.study, made.study_lock, DAY, 1)
    try:
        assert edition.identity(made, receipts) != outcome.edition
        said = edition.manifest(made, "2026-09-30-00000000", receipts, {})["study_lock"]
        assert said["sha256"] == digest(made.study) and said["n_editions"] == 1
    finally:
        made.study_lock.unlink()


def test_a_label_that_claims_something_is_refused_by_file_and_name(made):
    edit(made, "label: Phase II", "label: Sites that worked")
    with pytest.raises(WorkspaceError, match=r'study\.yml: the label "Sites that worked" of phase_2 says "worked"'):
        made.read_study()
    for command in ("show", "lock"):
        assert isinstance(CliRunner().invoke(study, [command, str(made.root)]).exception, WorkspaceError)
    assert not made.study_lock.exists()
