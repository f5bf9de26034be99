"""What the pages on changes, quality and published figures say, from tables alone."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from reports import render, words
from reports.book import sheets
from reports.section import Table, Td
from reports.sections import benchmarks, changes, checks, comparison, districts, pairs, quality, trends
from reports.sentences import missing
from transforms.changes import CAUSES


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def with_table(edition, name, frame):
    return replace(edition, tables=edition.tables | {name: frame})


def made(edition, section, key):
    return next(f for page in section.pages(edition) for f in page.content["figures"] if f.key == key)


def test_changes_add_up_and_are_told_by_scope_and_period(edition):
    figure = made(edition, changes, "moved")
    assert [(v.scope, v.period) for v in figure.views] == [("acteam", "fy"), ("chapter77", "fy"), ("acteam", "quarter")]
    for row in texts(figure.views[0].table):
        before, after, *moves = (int(t.replace("+", "")) for t in row[2:])
        assert before + sum(moves) == after
    assert figure.views[0].sentence == (
        "3 counts moved between 2026-08-31 and 2026-09-30. 1 of them belongs to a year that was final. "
        "In 1 count a record was corrected or withdrawn."
    )


def test_what_moved_since_the_release_is_cut_into_records_and_definition(edition):
    figure = made(edition, changes, "restated")
    assert [(v.scope, v.period) for v in figure.views] == [("acteam", "fy"), ("chapter77", "fy")]
    assert texts(figure.views[0].table) == [
        ["Cases filed, FY2012", "Phase I", "8", "8", "0", "+1", "0", "0", "-1", "the measure"],
        ["Cases filed, FY2026", "All districts", "40", "43", "+5", "+1", "0", "-1", "-2", "the measure; the models"],
    ]
    assert figure.views[0].sentence == (
        "2 counts of the release 2026-08-31-0a1b2c3d moved; 1 of them reads as before, the parts cancel out. "
        "Moved by new records: 1; by late ones: 2; by withdrawn ones: 1; by a definition: 2."
    )
    named = {trace["name"].split(":")[0]: trace["x"] for trace in json.loads(figure.views[0].chart)["data"]}
    assert named == {"New": [5], "Late": [1], "Withdrawn": [-1], "Definition": [-2]}
    differ = made(edition, changes, "redefined")
    assert differ.views[0].sentence == "2 definitions differ from those of the release 2026-08-31-0a1b2c3d."
    assert [row[:2] for row in texts(differ.views[0].table)] == [
        ["Measure", "Cases filed"], ["Code", "the models"], ["Version of the code", ""],
    ]  # fmt: skip


def test_a_release_whose_deliveries_are_gone_is_set_beside_without_parts(edition):
    frame = edition.tables["restated"].assign(**dict.fromkeys([*CAUSES, "definition"], float("nan")), because="")
    figure = made(with_table(edition, "restated", frame), changes, "restated")
    assert texts(figure.views[0].table)[1][2:] == ["40", "43", *["not known"] * 5, ""]
    assert "not in the store any more" in figure.views[0].sentence and not figure.views[0].chart


def test_nothing_moved_since_the_release_and_nothing_was_released(edition):
    same = with_table(edition, "restated", edition.tables["restated"].head(0))
    assert made(same, changes, "restated").views[0].sentence == (
        "No count of a fiscal year in the release 2026-08-31-0a1b2c3d moved."
    )
    first = replace(same, manifest=edition.manifest | {"released_before": []})
    page = next(iter(changes.pages(first)))
    assert [f.key for f in page.content["figures"]][1:3] == ["restated", "relinks"]
    assert made(first, changes, "restated").views[0].sentence == "No edition was released before this one."


def test_revisions_tell_what_each_report_knew(edition):
    figure = made(edition, changes, "revisions")
    years, quarters = figure.views
    assert years.sentence == "Of 2 periods known on 2026-07-31, 2 read otherwise on 2026-09-30."
    assert texts(years.table) == [
        ["FY2026", "All districts", "32", "40", "46"],
        ["FY2025", "All districts", "60", "61", "61"],
        ["FY2025", "Phase I", "9", "9", "9"],
    ]
    assert texts(quarters.table)[0] == ["FY2026 Q4", "All districts", "–", "8", "14"]
    drawn = {trace["name"]: trace["y"] for trace in json.loads(quarters.chart)["data"]}
    assert drawn == {"FY2026 Q3": [20, 20, 20], "FY2026 Q4": [None, 8, 14]}


def test_links_beside_a_hidden_pass_tell_no_recall_and_no_total(edition):
    assert "600" in texts(made(edition, quality, "links").views[0].table)[0]
    frame = edition.tables["links"].assign(recall=float("nan"))
    figure = made(with_table(edition, "links", frame), quality, "links")
    assert [row[-1] for row in texts(figure.views[0].table)] == [words.NOT_SHOWN] * len(frame)
    assert (
        "740 records are linked to a matter with a probability of 90 % or more in the passes that are shown; the model"
        " expects 98.6 % of these links to be right. 900 records are linked to a defendant with a probability of 90 %"
        " or more; the model"
    ) in figure.views[0].sentence
    gone = frame.assign(n=float("nan"), precision=float("nan"), status="suppressed")
    assert made(with_table(edition, "links", gone), quality, "links").views[0].sentence == "Every number is hidden."


def test_every_group_of_the_changes_is_shown_at_first(edition):
    page = next(iter(changes.pages(edition)))
    assert all(on for _, _, on in page.content["switches"]["group"])
    assert [s for s, _, _ in page.content["switches"]["scope"]] == ["acteam", "chapter77"]


def test_a_held_delivery_that_was_not_read_says_that_nobody_knows(edition):
    figure = made(edition, quality, "what-if")
    assert texts(figure.views[0].table) == [["HSI hsi_2026-10-31.xlsx", "not read, so what it holds is not known"]]
    assert "1 delivery was not read" in figure.views[0].sentence
    assert figure.download is None


def test_a_held_delivery_that_was_read_is_set_beside_what_is_in_use(edition):
    at = {"agency": "hsi", "delivery": "hsi_2026-10-31.xlsx"}
    cases = {"contract": "cases", "n_in_use": 40, "n_held": 28, "n_new": 3, "n_changed": 2, "n_gone": 15}
    subjects = {"contract": "subjects", "n_in_use": 0, "n_held": 5, "n_new": 5, "n_changed": 0}
    moved = edition.tables["changes"].assign(**at)
    rows = pd.DataFrame([at | cases, at | subjects])
    read = with_table(with_table(edition, "held", rows), "held_changes", moved)
    assert texts(made(read, quality, "what-if").views[0].table) == [
        ["HSI hsi_2026-10-31.xlsx: cases", "40", "28", "3", "2", "15"],
        ["HSI hsi_2026-10-31.xlsx: subjects", "0", "5", "5", "0", "not applicable"],
    ]
    counts = made(read, quality, "what-if-counts")
    assert texts(counts.views[0].table) == texts(made(edition, changes, "moved").views[0].table)


def test_no_held_delivery_no_what_if(edition):
    manifest = edition.manifest | {
        "agencies": {k: a | {"held": []} for k, a in edition.manifest["agencies"].items()}
    }  # fmt: skip
    page = next(iter(quality.pages(replace(edition, manifest=manifest))))
    assert page.content["figures"][0].key == "deliveries"


def test_late_agency_has_a_mark_on_the_day_it_was_expected(edition):
    late = {k: a | {"is_late": k == "eousa"} for k, a in edition.manifest["agencies"].items()}
    figure = made(replace(edition, manifest=edition.manifest | {"agencies": late}), quality, "deliveries")
    assert "Late: EOUSA." in figure.views[0].sentence
    assert "Expected, not come" in figure.views[0].chart and "2026-10-31" in figure.views[0].chart
    assert "No agency is late." in made(edition, quality, "deliveries").views[0].sentence


def test_rules_are_counted_by_day_and_a_quiet_day_says_so(edition):
    one = edition.tables["findings"].iloc[[0]]
    frame = pd.concat([one, one.assign(delivery="2026-08-31", n_failed=3), one.assign(rule="MAT-002", n_failed=9)])
    figure = checks.figures(with_table(edition, "findings", frame))[0]
    assert [c.text for c in figure.views[0].table.columns] == ["Rule", "2026-08-31", "2026-09-30"]
    assert texts(figure.views[0].table) == [["MAT-002 (EOUSA)", "did not fire", "9"], ["MAT-001 (EOUSA)", "3", "2"]]


def test_unknown_codes_are_counted_by_delivery_and_column_and_never_printed(edition):
    figure = made(edition, quality, "codes")
    assert figure.views[0].sentence == "8 records in use, in 2 columns."
    assert [row[2:] for row in texts(figure.views[0].table)] == [
        ["CLASS (class)", "in no code list", "5"],
        ["CLASS (class)", "in no code list", "6"],
        ["CHARGE (statute)", "no title and section", "2"],
    ]


def test_coverage_is_told_by_agency_as_a_map_and_in_years(edition):
    figure = made(edition, quality, "coverage")
    first, second = figure.views
    assert (first.source, second.source) == ("eousa", "hsi")
    assert first.sentence == "EOUSA: FY2009–12. Without any record: AZ.".replace("–", words.JOINED)
    assert texts(first.table) == [
        ["AK", "FY2009", "no year", "FY2010", "FY2012"],
        ["AZ", f"FY2009{words.JOINED}12", "no year", "no year", "no year"],
        ["WY", "FY2011", "FY2010", "no year", "no year"],
    ]
    assert json.loads(first.chart)["data"][0]["z"] == [[0, 2, 3, 4], [0, 0, 0, 0], [3, 1, 0, 3]]


def test_checks_of_the_whole_that_do_not_hold_come_first(edition):
    figure = made(edition, quality, "whole")
    assert figure.views[0].sentence == "2 checks ran; 1 did not pass."
    assert [(row[0], row[3]) for row in texts(figure.views[0].table)] == [("X-101", "no"), ("ED-001", "yes")]


def test_other_coding_is_told_beside_the_trends_without_hidden_numbers(edition):
    page = next(iter(trends.pages(edition)))
    figure = next(f for f in page.content["more"] if f.key.startswith("recode"))
    assert figure.views[0].sentence == (
        f"All districts, {words.years(2010, 2011)} to {words.years(2012, 2013)}: sex trafficking: coded differently; "
        "transport: a different count, and coded differently."
    )
    rows = texts(figure.views[0].table)
    assert rows[0][1:] == ["Sex trafficking", "20.0", "30.0", "50 %", "75 %", "coded differently"]
    assert rows[2][1:] == ["Sex trafficking", "not shown", "not shown"]


def test_a_delivery_that_came_late_is_marked(edition):
    frame = edition.tables["deliveries"]
    late = with_table(edition, "deliveries", frame.assign(is_late=frame["as_of"] == "2026-08-31"))
    figure = made(late, quality, "deliveries")
    assert "1 delivery came later than the agency promises." in figure.views[0].sentence
    assert "Came late" in figure.views[0].chart
    assert [row[2] for row in texts(figure.views[0].table)][1] == "superseded, late"


def test_a_published_figure_carries_its_reasons_and_its_source_as_notes(edition):
    table = benchmarks.figure(edition).views[0].table
    assert [row[0].refs for row in table.rows] == [(1, 2), (1, 2)]
    assert [note.text for note in table.notes] == ["Windows are not published.", "Published in: A speech"]
    assert table.notes[1].url == "https://www.justice.gov/"
    assert [row[3].text for row in table.rows] == ["15", "not reported"]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("suppressed", "a count of one of the two windows is not shown"),
        ("not_applicable", "not applicable: a year of the windows is still incomplete"),
    ],
)
def test_a_comparison_without_numbers_says_why(edition, status, says):
    frame = edition.tables["comparison"].assign(
        status=status, share_refused="a year of the windows is still incomplete"
    )
    assert missing(frame.iloc[0]) == says
    view = comparison.ratio_figures(with_table(edition, "comparison", frame))[0].views[0]
    assert {row[1].text for row in view.table.rows} == {says}
    assert says in view.sentence


def test_which_agencies_work_together_is_answered_with_their_names(edition):
    assert pairs.figures(edition) == []
    total = edition.cells.query("metric == 'agency_pairs' and area == 'ALL' and scope == 'acteam'")
    last, years = total[total["period"].isin(["FY2025", "FY2026"])], total[total["period"] == "FY2025"]
    parts = [last.assign(part="HSCE+JUFB", value=3.0), years.assign(part="JUFB+LABO", value=5.0)]
    frame = pd.concat(parts)
    (figure,) = pairs.figures(with_table(edition, "splits", frame.assign(split="pair")))
    (view,) = figure.views
    n = words.number(float(years["value"].iloc[0]), "count")
    assert view.sentence == f"FY2025: of {n} pairs named on cases, JUFB+LABO 5 and HSCE+JUFB 3."
    assert [t.text for t in view.table.columns[:3]] == ["Pair", "FY2026", "FY2025"]
    assert [row[:3] for row in texts(view.table)][:2] == [["HSCE+JUFB", "3", "3"], ["JUFB+LABO", "0", "5"]]
    assert texts(view.table)[-1][0] == "All pairs"
    assert edition.metrics["agency_pairs"]["question"] != figure.question


def test_a_table_of_districts_has_no_measure_that_no_district_has(edition):
    absent = {m["label"] for name, m in edition.metrics.items() if name not in edition.local}
    shown = [c.text for c in districts.table(edition).columns]
    assert "Defendants pending" in absent and absent.isdisjoint(shown)
    assert "Cases filed" in shown
    assert set(dict(sheets(edition))["Districts"].columns) >= {"cases_filed"}
    assert "defendants_pending" not in dict(sheets(edition))["Districts"].columns


def test_a_sentence_in_a_table_wraps_and_an_empty_table_says_so():
    printed = render.environment().get_template("parts.html").module.table
    why = "refused: the group fell while the nation rose, so a share of the rise has no meaning"
    table = str(printed(Table("A", [Td("Row"), Td("Share")], [[Td("a"), Td(why)], [Td("b"), Td("30 %")]])))
    assert f'<td class="prose">{why}' in table and "<td>30 %" in table
    empty = str(printed(Table("What moved", [Td("Measure")], [])))
    assert "What moved: there is nothing to list." in empty and "<table" not in empty
