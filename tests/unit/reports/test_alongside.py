"""What the pages on cohorts, completion, the bridge and the districts say, from tables alone."""

import json
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from reports.charts.bridge import bridge as waterfall
from reports.sections import bridges, cohorts, provisional, unusual
from tests import edition_alongside
from transforms import study as studies


@pytest.fixture(scope="module")
def full(edition):
    """The small edition with every table beside the cells."""
    study = studies.Study(**yaml.safe_load(studies.default_text()))
    made = edition_alongside.tables(edition.tables["cells"], study)
    return replace(edition, tables=edition.tables | made)


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_cohorts_add_up_to_the_charged_and_say_who_is_open(full):
    months, maturity, beside = cohorts.figures(full)
    assert [(v.source, v.scope) for v in maturity.views] == [("eousa", "acteam"), ("eousa", "chapter77")]
    for row in texts(maturity.views[0].table):
        charged, *ended = (int(t.replace(",", "")) for t in row[1:8])
        assert charged == sum(ended)
    bars = json.loads(maturity.views[0].chart)["data"]
    assert [sum(t["y"][i] for t in bars) for i in range(len(bars[0]["y"]))] == pytest.approx(
        [1] * len(bars[0]["x"]), abs=1e-3
    )
    assert "were convicted within 36 months" in months.views[0].sentence
    assert "leaves out the open ones" in beside.views[0].sentence or "No cohort" in beside.views[0].sentence


def test_a_yearly_rate_is_placed_by_the_interval(full):
    said = " ".join(
        claim.text
        for claim in cohorts._said(
            ["FY2020", "FY2021"], [cell(0.7, 0.65, 0.75), None], [0.81, 0.8], [0.7, 0.4], "2026-09-30"
        )
    )
    assert "70 % were convicted within 36 months (95 % interval 65 to 75 %)" in said
    assert "The yearly rate of FY2020 says 81 %, outside that interval" in said
    assert "By 2026-09-30, provisional, 40 % of those charged in FY2021" in said


def test_a_count_of_a_young_cohort_names_its_day(full):
    """Outcomes are counted to the day that is final and one rate to the data date: without days they disagree."""
    _, maturity, beside = cohorts.figures(full)
    assert "Ended by 2025-09-30: " in maturity.views[0].sentence
    assert "by 2025-09-30" in maturity.views[0].table.caption
    assert "By 2026-09-30, provisional, " in beside.views[0].sentence
    by_day = "Convicted by 2026-09-30 (provisional), of those charged in the year"
    assert beside.views[0].table.columns[-1].text == by_day
    assert json.loads(beside.views[0].chart)["data"][-1]["name"] == by_day
    for figure in (maturity, beside):
        (dates,) = (line for line in figure.card.caveats if "2025-09-30" in line)
        assert "2026-09-30" in dates and "provisional" in dates


def cell(value, lower, upper):
    return pd.Series({"value": value, "lower": lower, "upper": upper})


def test_the_band_stands_above_the_count_in_table_and_chart(full):
    band = full.expected[full.lead[0], "cases_filed", full.lead[1]]
    assert band and all(lower <= expected <= upper for expected, lower, upper in band.values())
    (figure,) = provisional.figures(full)
    assert "Checked: the forecast of 2026-08-31" in figure.views[0].sentence
    from reports.sections import trends

    view = trends.view(full, "cases_filed", full.lead, "fy")
    noted = [c for row in view.table.rows for c in row if c.note.startswith("of about")]
    assert noted and all("provisional" in c.status for c in noted)
    assert any("expected" in t["hovertemplate"] and "error_y" in t for t in json.loads(view.chart)["data"])


def test_a_sentence_on_what_is_to_come_is_of_one_period(full):
    frame = full.tables["completion"]
    both = pd.concat([frame, frame[frame["period"] == "FY2026"].assign(period="FY2025")])
    (figure,) = provisional.figures(replace(full, tables={**full.tables, "completion": both}))
    said = [c.text.split(":")[0] for c in figure.views[0].claims]
    assert said[:2] == ["FY2025", "FY2026"]
    assert all(c.text.count("cases filed") == 1 for c in figure.views[0].claims[:2])


def test_no_history_no_band(edition):
    assert provisional.figures(edition) == [] and edition.expected == {}
    assert cohorts.figures(edition) == [] and bridges.figures(edition) == [] and unusual.figures(edition) == []


def test_bridge_prints_every_step_and_total(full):
    (figure,) = bridges.figures(full)
    table = texts(figure.views[0].table)
    walk = full.tables["bridge"].query("area == 'ALL'")
    last = walk[walk["period"] == walk["period"].max()].sort_values("step")
    assert len(table) == len(last) + 4, "four totals between the steps"
    assert table[-1][1] == f"{int(last['total'].iloc[-1]):,}"
    assert figure.views[0].sentence.startswith(f"{last['period'].iloc[0]}: from {last['n'].iloc[0]:,} to ")


def test_bars_of_a_bridge_hang_where_the_last_one_ended():
    bar = waterfall(["a", "b", "c", "d"], [10, -4, 7, 13], [True, False, False, True])["data"][0]
    assert bar["base"] == [0, 6, 6, 0] and bar["x"] == [10, 4, 7, 13]
    assert bar["text"] == ["10", "-4", "+7", "13"]


def test_districts_are_told_by_limits_and_never_by_rank(full):
    rows = full.tables["funnels"]
    assert list(rows["area"].unique()) == sorted(rows["area"].unique())
    last = unusual.figures(full)[-1]
    assert last.key == "signals" and "series were watched" in last.views[0].sentence
    told = full.tables["signals"].iloc[[0]].assign(signal="more cases", observed=14.0, expected=2.0, chance=1e-7)
    text = unusual._signals(full, told).views[0]
    assert "14 in FY" in text.sentence and texts(text.table)[0][-1] == "under 1 in 100,000"
