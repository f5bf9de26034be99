"""The comparison page made of a whole evaluation: its order, its words, its recipe."""

import re
from dataclasses import replace

import duckdb
import pandas as pd
import pytest

from reports import render
from reports.edition import load
from reports.sections import comparison, evaluation
from tests import edition as invented
from transforms.evaluation.doubt.pretrend import BOUNDED
from transforms.evaluation.tables import refused

ORDER = ["short", "design", "baseline", "power", "published", "estimate", "evidence", "limits", "mind", "recipe"]
INNER = ["e-panel", "e-balance", "e-power", "comparison", "e-outcomes", "e-estimates", "e-event-study", "e-placebos",
         "e-robustness", "e-left-out", "e-sensitivity", "e-by-site"]  # fmt: skip


@pytest.fixture(scope="module")
def edition(tmp_path_factory, run, study):
    made = load(invented.write(tmp_path_factory.mktemp("page") / "edition", places=False))
    manifest = made.manifest | {"study": study.model_dump(mode="json") | {"groups": study.groups}}
    tables = {f"evaluation_{name}": frame for name, frame in run[0].items()}
    return replace(made, manifest=manifest, tables=made.tables | tables)


def html(edition, folder):
    (page,) = comparison.pages(edition)
    return render.write(page, render.shared(edition, []), folder).read_text(encoding="utf-8")


def test_the_page_keeps_the_order_of_trend_with_power_before_any_estimate(edition, tmp_path):
    text = html(edition, tmp_path)
    assert re.findall(r'<h2 id="([a-z]+)"', text)[: len(ORDER)] == ORDER
    assert [key for key in re.findall(r'<section class="figure[^"]*" id="([^"]+)"', text) if key in INNER] == INNER
    short = text[text.index('id="short"') : text.index('id="design"')]
    assert short.index("four times in five") < short.index("Verdict: clear rise.") < short.index("times what growth")


def test_draws_seed_and_lock_are_printed(edition, tmp_path):
    text = html(edition, tmp_path)
    assert "199 draws, 40 for power, seed 20111 (fewer than the usual 1,999)" in text
    assert "Not locked" in text
    lock = {"sha256": "ef" * 32, "locked_on": "2026-10-01", "n_editions": 3, "changed": ["phases.phase_1.after"],
            "is_locked_again": True, "why": "a typing error"}  # fmt: skip
    changed = html(replace(edition, manifest=edition.manifest | {"study_lock": lock}), tmp_path / "changed")
    assert "ef" * 32 in changed and "cd" * 32 in changed and "CHANGED SINCE" in changed
    assert "phases.phase_1.after" in changed and "after 3 edition(s)" in changed and "a typing error" in changed


def test_bounds_name_the_ratio_that_they_are_of_beside_that_of_the_verdict(edition, run):
    (figure,) = evaluation._sensitivity(edition, run[0]["verdict"]["ratio"].iloc[0])
    centre, result = (f"{run[0][t]['ratio'].iloc[0]:.2f}" for t in ("sensitivity", "verdict"))
    said = figure.views[0].sentence
    assert centre != result and f"not the ratio of the verdict ({result})" in said
    assert f"against the year before it: {centre}." in said and "year before" in figure.question
    assert {row[2].text for row in figure.views[0].table.rows} == {centre} and BOUNDED in figure.card.definition
    (drift,) = (line for line in evaluation.trend(edition)["mind"] if line.startswith("Drift"))
    assert BOUNDED in drift


def test_every_number_of_the_estimate_has_plain_words(edition):
    found = evaluation.trend(edition)
    assert all(name and value and says for name, value, says in found["estimate"])
    assert any("too narrow" in says for _, _, says in found["estimate"])
    assert any("leaving out any one site" in line for line in found["mind"])


def test_sites_and_comparison_districts_are_set_side_by_side_in_the_same_years(edition, run):
    """By SQL: each site's mean before its start, and the comparison districts' mean in those years."""
    panel = run[0]["panel"]  # noqa: F841 (DuckDB reads it by its name)
    ((here, there),) = duckdb.sql(
        "select avg(n), avg(beside) from (select s.district, avg(s.n) as n, (select avg(o.n) from panel o where o.start"
        " is null and o.year < any_value(s.start)) as beside from panel s where s.year < s.start group by all)"
    ).fetchall()
    said = next(evaluation._sites(edition)).views[0].sentence
    assert f"a site had {here:.1f} a year, a comparison district {there:.1f} in the same years" in said


def test_a_figure_prints_no_ratio_where_there_is_none(edition):
    gap = edition.tables["evaluation_by_site"].assign(ratio=float("nan"), lower=float("nan"), upper=float("nan"))
    (figure,) = evaluation._by_site(replace(edition, tables=edition.tables | {"evaluation_by_site": gap}))
    assert {row[5].text for row in figure.views[0].table.rows} == {"not applicable"}
    assert figure.views[0].chart == ""


def test_an_estimate_over_none_is_called_infinite_and_a_limit_no_limit(edition):
    made = edition.tables["evaluation_estimates"].assign(estimate=float("inf"), lower=0.5, upper=float("inf"))
    found = replace(edition, tables=edition.tables | {"evaluation_estimates": made})
    (figure,) = (f for f in evaluation._outcomes(found) if f.key == "e-estimates")
    assert {tuple(cell.text for cell in row[3:6]) for row in figure.views[0].table.rows} == {
        ("infinite", "0.500", "no limit")
    }


def test_an_evaluation_that_cannot_be_made_says_why(edition, study, tmp_path):
    kept = {name: f for name, f in edition.tables.items() if not name.startswith("evaluation_")}
    said = refused(study, "Panel refused (outcome_hidden): 9 counts are hidden.")
    only = replace(edition, tables=kept | {f"evaluation_{n}": f for n, f in said.items()})
    text = html(only, tmp_path)
    assert "No evaluation can be made of this edition." in text and "9 counts are hidden" in text
    assert "In short" not in text
    assert evaluation.verdict(only)["verdict"] == "too early or too few to say"
    none = html(replace(edition, tables=kept), tmp_path / "none")
    assert "No evaluation" not in none and "redone" in none


def test_the_recipe_gives_the_ratio(run):
    """The three steps of the page by statsmodels, as `glm(n ~ factor(district) + factor(year), poisson)` in R."""
    import statsmodels.formula.api as smf
    from statsmodels.genmod.families import Poisson

    panel = run[0]["panel"]
    on = panel["start"].notna() & (panel["year"] >= panel["start"])
    fit = smf.glm("n ~ C(district) + C(year)", pd.DataFrame(panel[~on]), family=Poisson()).fit()
    ratio = panel[on]["n"].sum() / fit.predict(panel[on]).sum()
    assert ratio == pytest.approx(run[0]["verdict"]["ratio"].iloc[0], rel=1e-6)
