"""The evaluation of a refreshed workspace: every table, every check, the page, and no second computation."""

import pandas as pd

from pipelines import edition
from transforms.evaluation.tables import TABLES

CHECKS = {
    "primary", "window", "control", "phase", "comparison", "placebo in time", "leave one site out",
    "leave one circuit out", "leave one year out", "spill-over", "scope", "negative control", "mix", "dose",
}  # fmt: skip


def table(made, name):
    return pd.read_parquet(made.current() / "tables" / f"evaluation_{name}.parquet")


def test_an_edition_holds_the_whole_evaluation_and_the_page_prints_it(demo):
    made, _ = demo
    listed = set(edition.read(made.current())["tables"])
    assert {f"evaluation_{name}" for name in (*TABLES, "outcomes")} <= listed
    robust = table(made, "robustness")
    assert set(robust["check"]) == CHECKS
    gaps = robust[robust["ratio"].isna()]
    assert (gaps["note"] != "").all()
    assert {"forced labor", "sex trafficking"} <= set(robust[robust["check"] == "mix"]["detail"])
    assert robust[robust["check"] == "dose"]["note"].str.contains("docket").any()
    page = (made.current() / "site" / "comparison.html").read_text(encoding="utf-8")
    assert page.index('id="power"') < page.index('id="estimate"') < page.index('id="mind"')
    for name in (*TABLES, "outcomes"):
        assert any((made.current() / "site" / "downloads").glob(f"evaluation_{name}.csv*"))


def test_the_panel_is_the_published_cells(demo):
    made, _ = demo
    cells = pd.read_parquet(made.current() / "tables" / "cells.parquet")
    panel = table(made, "panel").set_index(["district", "year"])["n"]
    shown = cells[
        (cells["source"] == "eousa") & (cells["metric"] == "defendants_charged") & (cells["scope"] == "acteam")
        & (cells["area_kind"] == "district") & (cells["period_kind"] == "fy")
    ]  # fmt: skip
    numbers = shown.set_index([shown["area"], shown["period"].str[2:].astype(int)])["numerator"]
    assert (panel == numbers.reindex(panel.index)).all()
    assert len(panel) == 92 * panel.index.get_level_values("year").nunique()


def test_one_evaluation_lies_in_the_store(demo):
    made, _ = demo
    (kept,) = (made.store / "evaluations").iterdir()
    assert {p.stem for p in kept.iterdir()} == set(TABLES)
