"""What a run leaves to look at: the journal, costs by step, and steps that are tried again."""

import errno
import json

import dagster as dg
import pytest

from pipelines import gate, journal
from pipelines.resource import TRIES, Programme
from pipelines.warehouse import connect
from sources.contract import agencies
from sources.errors import DeliveryError, TransientError
from tests.world import collection, quick_workspace
from transforms import intake
from transforms.model import models


def lines(workspace):
    return [json.loads(line) for path in (workspace.root / "logs").iterdir() for line in path.read_text().splitlines()]


def test_every_line_tells_run_step_and_where_it_is_of_one_agency_and_delivery(template):
    told = lines(template)
    assert all(set(line) <= {"time", "level", "event", *journal.PLACE, *journal.FIELDS} for line in told)
    assert len({line["run"] for line in told}) == 1
    judged = {line["delivery"]: line for line in told if line["event"] == "delivery judged"}
    assert {name: (line["agency"], line["status"]) for name, line in judged.items()} == {
        "2018-08-31": ("htd", "good"), "2018-09-30": ("htd", "held"),
    }  # fmt: skip
    (read,) = [line for line in told if line["event"] == "delivery read"]
    assert read["read"] == read["staged"] + read["quarantined"] + read["skipped"] > 0
    assert read["bytes"] == sum(p.stat().st_size for p in (template.landing / "htd" / "2018-08-31").iterdir())


def test_the_cost_of_every_step_is_in_the_warehouse_and_by_stage_beside_the_edition(template):
    with connect(template, read_only=True) as con:
        found = con.execute("select step, n_rows, seconds, memory_bytes from operations.step").fetchall()
        counted = {m.key: con.execute(f"select count(*) from {m.key}").fetchone()[0] for m in models()}
    by_step = {step: (rows, seconds, memory) for step, rows, seconds, memory in found}
    assert {"delivery.htd", "staging", "published", "report", *counted} <= set(by_step)
    assert {step: by_step[step][0] for step in counted} == counted
    assert all(seconds > 0 and memory > 10_000_000 for _, seconds, memory in by_step.values())
    stages = {s["stage"]: s for s in json.loads((template.current() / "refresh.json").read_text())["stages"]}
    assert stages["core"]["n_rows"] == sum(n for key, n in counted.items() if key.startswith("core."))
    assert "What did this refresh take?" in (template.report / "quality.html").read_text()


def test_a_step_that_fails_is_told_by_type_and_place_alone(tmp_path):
    made = quick_workspace(tmp_path / "w")
    with journal.opened(made, "r1"), pytest.raises(ValueError), journal.step("core.matter"):
        raise ValueError("Jane Roe")
    (line,) = lines(made)
    assert (line["event"], line["level"], line["run"], line["step"]) == ("step failed", "error", "r1", "core.matter")
    assert line["error"] == "ValueError"
    assert line["at"].startswith("test_journal.py:")
    assert "Roe" not in json.dumps(line)
    assert not [h for h in journal.LOG.handlers if str(made.root) in str(getattr(h, "baseFilename", ""))]


def test_a_field_that_could_hold_a_value_is_refused():
    with pytest.raises(ValueError, match="no field name"):
        journal.tell("delivery judged", name="Jane Roe")
    with pytest.raises(ValueError, match="no place person"), journal.at(person="Jane Roe"):
        pass


def run(made, faults):
    """Run one step that meets these faults, one a try; (success, tries, waits)."""
    tries = []

    @dg.asset
    def work(context: dg.AssetExecutionContext, programme: Programme):
        tries.append(context.retry_number)
        with programme.step(context, "staging"):
            if fault := faults[len(tries) - 1 : len(tries)]:
                raise fault[0]

    result = dg.materialize(
        [work], resources={"programme": Programme(root=str(made.root), backoff=0.01)}, raise_on_error=False
    )
    return result.success, len(tries), [x["seconds"] for x in lines(made) if x["event"] == "step is tried again"]


@pytest.mark.parametrize(
    ("faults", "success", "tries"),
    [
        ([OSError(errno.EIO, "x"), TransientError("x")], True, 3),
        ([OSError(errno.ESTALE, "x")] * 9, False, 1 + TRIES),
        ([OSError(errno.ENOSPC, "x")], False, 1),
        ([DeliveryError("x")], False, 1),
    ],
    ids=["passes", "stays", "full disk", "refusal"],
)
def test_a_fault_that_may_pass_is_tried_again_later_each_time(tmp_path, faults, success, tries):
    done, n, waits = run(quick_workspace(tmp_path / "w"), faults)
    assert (done, n) == (success, tries)
    assert waits == [0.01 * 2**i for i in range(tries - 1)]


def test_a_drive_that_was_away_holds_no_delivery(tmp_path, monkeypatch):
    made, htd = quick_workspace(tmp_path / "w"), agencies()["htd"]
    collection(made.landing / "htd" / "2018-08-31")

    def away(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched, pytest.raises(TransientError, match="did not answer"):
        patched.setattr(intake, "stage", away)
        gate.receive(made, htd)
    assert [r.status for r in gate.receive(made, htd)] == ["good"]
