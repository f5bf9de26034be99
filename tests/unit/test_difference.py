"""Two editions side by side: each cause under its own heading, and what is left is the definition."""

import pandas as pd

from transforms.changes import CAUSES
from transforms.difference import DEFINITION, because, counts_of_both, definitions, difference

ROW = {
    "source": "eousa", "metric": "cases_filed", "scope": "acteam", "area_kind": "nation", "area": "ALL",
    "period_kind": "fy", "status": "shown",
}  # fmt: skip


def cells(**values):
    rows = [ROW | {"id": f"eousa/cases_filed/acteam/ALL/{p}", "period": p, "value": v} for p, v in values.items()]
    return pd.DataFrame(rows)


def moved(period, **causes):
    return pd.DataFrame([{"id": f"eousa/cases_filed/acteam/ALL/{period}"} | dict.fromkeys(CAUSES, 0) | causes])


def test_what_records_leave_over_is_the_definition_to_the_unit():
    found = difference(
        cells(FY2012=40.0, FY2013=30.0, FY2014=9.0), cells(FY2012=46.0, FY2013=28.0, FY2014=9.0),
        moved("FY2012", new=5, late=4, corrected=-1), {"cases_filed"},
    ).set_index("period")  # fmt: skip
    assert list(found.index) == ["FY2012", "FY2013"]
    assert found.loc["FY2012", ["new", "late", "corrected", "withdrawn", DEFINITION]].tolist() == [5, 4, -1, 0, -2]
    assert found.loc["FY2013", DEFINITION] == -2 and (found.loc["FY2013", list(CAUSES)] == 0).all()
    assert ((found["before"] + found[[*CAUSES, DEFINITION]].sum(axis=1)) == found["after"]).all()


def test_figures_that_are_no_public_counts_or_are_hidden_in_one_have_no_cause():
    before, after = cells(FY2012=40.0, FY2013=20.0), cells(FY2012=46.0, FY2014=12.0)
    after.loc[0, ["value", "status"]] = [None, "suppressed"]
    found = difference(before, after, moved("FY2012", new=6), {"cases_filed"}).set_index("period")
    assert found[[*CAUSES, DEFINITION]].isna().all(axis=None)
    assert list(zip(found["status_before"], found["status_after"], strict=True)) == [
        ("shown", "suppressed"), ("shown", "absent"), ("absent", "shown"),
    ]  # fmt: skip
    rate = difference(cells(FY2012=0.4), cells(FY2012=0.5), moved("FY2012", new=6), {"defendants_charged"})
    assert rate[DEFINITION].isna().all()
    unknown = difference(cells(FY2012=4.0), cells(FY2012=5.0), None, {"cases_filed"})
    assert unknown[[*CAUSES, DEFINITION]].isna().all(axis=None) and len(unknown) == 1


def test_definitions_say_which_fields_differ_and_the_reason_on_record():
    change = {"date": "2026-10", "what": "guilty pleas only", "why": "as published"}
    was = {"metrics": {"a": {"sql": "x", "changed": []}}, "scopes": {"s": {}}, "settings": {"threshold": 11}}
    now = {"metrics": {"a": {"sql": "y", "changed": [change]}}, "scopes": {}, "settings": {"threshold": 5}}
    same = {"study_sha256": "ab" * 32, "code_version": "1"}
    assert definitions(was | same, now | same) == [
        {"kind": "metric", "name": "a", "how": "changed, sql differ; 2026-10: guilty pleas only (as published)"},
        {"kind": "scope", "name": "s", "how": "taken out"},
        {"kind": "setting", "name": "threshold", "how": "11 -> 5"},
    ]
    assert definitions(was | same, was | same) == []
    other = {"study_sha256": "cd" * 32, "study": {"phases": []}, "code_version": "2", "code_parts": {"the models": "b"}}
    assert definitions(was | same | {"code_parts": {"the models": "a"}}, was | other) == [
        {"kind": "study", "name": "", "how": f"phases differ; {'ab' * 6} -> {'cd' * 6}"},
        {"kind": "code", "name": "the models", "how": "a -> b"},
        {"kind": "version", "name": "", "how": "1 -> 2"},
    ]


def test_a_count_names_the_definitions_that_differ_and_bear_on_it():
    kinds = [("metric", "cases_filed"), ("metric", "defendants_charged"), ("scope", "acteam"), ("study", ""),
             ("setting", "threshold"), ("code", "the models"), ("version", "")]  # fmt: skip
    differ = [{"kind": kind, "name": name, "how": ""} for kind, name in kinds]
    figures = pd.DataFrame(
        [ROW | {DEFINITION: -2.0}, ROW | {DEFINITION: 1.0, "area_kind": "group", "scope": "chapter77"},
         ROW | {DEFINITION: 0.0}, ROW | {DEFINITION: float("nan")}]
    )  # fmt: skip
    assert because(figures, differ) == [
        "the measure; the scope; the models", "the measure; the study; the models", "", "",
    ]  # fmt: skip


def test_causes_that_cancel_out_are_told():
    found = difference(cells(FY2012=9.0), cells(FY2012=9.0), moved("FY2012", late=2), {"cases_filed"})
    assert found.loc[0, ["before", "after", "late", DEFINITION]].tolist() == [9, 9, 2, -2]
    assert len(counts_of_both(found)) == 1
