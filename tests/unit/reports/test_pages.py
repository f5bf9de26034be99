"""What the pages on changes, quality and published figures say, from tables alone."""

from dataclasses import replace

import pandas as pd
import pytest

from reports.sections import benchmarks, changes, checks, comparison, quality
from reports.sentences import missing


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


def test_every_group_of_the_changes_is_shown_at_first(edition):
    page = next(iter(changes.pages(edition)))
    assert all(on for _, _, on in page.content["switches"]["group"])
    assert [s for s, _, _ in page.content["switches"]["scope"]] == ["acteam", "chapter77"]


def test_a_held_delivery_that_was_read_is_set_beside_the_last_good_one(edition):
    unread = made(edition, quality, "what-if")
    assert texts(unread.views[0].table) == [["HSI hsi_2026-10-31.xlsx: cases", "not read", "40", "not known"]]
    row = edition.tables["files"].iloc[[-1]].assign(delivery="hsi_2026-10-31.xlsx", n_read=30, n_staged=28)
    frame = pd.concat([edition.tables["files"], row, row.assign(contract="subjects", n_staged=5)])
    read = made(with_table(edition, "files", frame), quality, "what-if")
    assert texts(read.views[0].table) == [
        ["HSI hsi_2026-10-31.xlsx: cases", "28", "40", "-12"],
        ["HSI hsi_2026-10-31.xlsx: subjects", "5", "none", "+5"],
    ]


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


def test_unknown_codes_come_first_and_only_from_the_last_delivery(edition):
    one = edition.tables["findings"].iloc[[0]].assign(rule="matter.class.code", n_failed=4, n_checked=90)
    older = one.assign(delivery="2026-08-31", n_failed=70)
    clean = one.assign(rule="matter.status.code", n_failed=0, passed=True)
    figure = checks.figures(with_table(edition, "findings", pd.concat([clean, older, one])))[2]
    assert figure.views[0].sentence == "2 columns with a code list; 1 hold a code that is not in it."
    assert [row[2:] for row in texts(figure.views[0].table)] == [
        ["matter.class", "4", "90"],
        ["matter.status", "0", "90"],
    ]


def test_coverage_tells_no_case_from_no_number(tmp_path):
    from reports.edition import load
    from tests import edition as invented

    edition = load(invented.write(tmp_path / "edition"))
    cells = edition.cells
    widest = (cells["scope"] == "chapter77") & (cells["metric"] == "cases_filed") & (cells["area"] == "AK")
    gone = cells[~(widest & (cells["period"] == "FY2010"))]
    zero = gone.assign(value=gone["value"].where(~(widest & (gone["period"] == "FY2011")), 0.0))
    figure = checks.figures(with_table(edition, "cells", zero))[-1]
    row = texts(figure.views[0].table)[0]
    assert (row[0], row[7], row[8]) == ("AK", "not reported", "0")
    assert len(figure.views[0].table.rows) == 94


def test_a_published_figure_carries_its_reasons_and_its_source_as_notes(edition):
    table = benchmarks.figure(edition).views[0].table
    assert [row[0].refs for row in table.rows] == [(1, 2), (1, 2)]
    assert [note.text for note in table.notes] == ["Windows are not published.", "Published in: A speech"]
    assert table.notes[1].url == "https://www.justice.gov/"
    assert [row[3].text for row in table.rows] == ["15", "not reported"]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("suppressed", "a count of one of the two windows is not shown (under 11)"),
        ("not_applicable", "not applicable: a year of the windows is still incomplete"),
    ],
)
def test_a_comparison_without_numbers_says_why(edition, status, says):
    frame = edition.tables["comparison"].assign(
        status=status, share_refused="a year of the windows is still incomplete"
    )
    assert missing(frame.iloc[0], 11) == says
    view = comparison.ratio_figures(with_table(edition, "comparison", frame))[0].views[0]
    assert {row[1].text for row in view.table.rows} == {says}
    assert says in view.sentence
