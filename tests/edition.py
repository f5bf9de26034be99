"""A small invented edition for tests of the report: every table and column of docs/decisions/0002, every status.

In: a folder and what to put in it. Out: `manifest.json` and `tables/*.parquet`, the same for the same arguments.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from sources.facts import districts
from tests import edition_alongside, edition_evaluation, edition_quality
from transforms import study as studies
from transforms.clump import SIZE, clump, comes_in_schemes
from transforms.disclosure import Rule, protect
from transforms.interval import Ratio, garwood, mean, rate_ratio, ratio_of_ratios, share
from transforms.linkage import published as linkage
from transforms.metric import metrics
from transforms.metric import scopes as scopes_by_name
from transforms.study import Study

THRESHOLD = 11
RATES = {"cases_filed": 0.22, "matters_received": 0.5, "matters_declined": 0.2}
SCOPES = {"acteam": 1.0, "chapter77": 1.6, "listed": 3.0}
Plant = Callable[[str, dict[str, np.ndarray]], None]


def write(
    folder: Path,
    *,
    quarters: bool = False,
    places: bool = True,
    text: str = "",
    rule: Rule = Rule(threshold=THRESHOLD),  # noqa: B008  frozen
    plant: Plant = lambda scope, counts: None,
    scopes: Sequence[str] = ("acteam", "chapter77"),
    evaluation: bool = False,
) -> Path:
    """Write an edition. `text` is put into every free-text field, `places=False` leaves out cells of districts.

    `plant` may change the counts (94 districts x 92 quarters, by metric) of a scope; `rule` is the door they leave by.
    """
    study = Study(**yaml.safe_load(studies.default_text()))
    (folder / "tables").mkdir(parents=True)
    cells = _cells(study, plant, scopes, quarters=quarters, places=places)
    tiers: dict[str, str] = {name: m.tier for name, m in metrics().items()}
    cells = protect(cells, tiers, rule, study.group_of)
    tables = {
        "cells": cells, "comparison": _comparison(cells, study, text), "benchmarks": _benchmarks(text),
        **edition_quality.tables(text), **(edition_evaluation.tables(text) if evaluation else {}),
        **(edition_alongside.tables(cells, study) if evaluation else {}),
    }  # fmt: skip
    for name, frame in tables.items():
        frame.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
    manifest = _manifest(folder.name, study, tables, text)
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True), encoding="utf-8")
    return folder


def _cells(study: Study, plant: Plant, scopes: Sequence[str], *, quarters: bool, places: bool) -> pd.DataFrame:
    dice = np.random.default_rng(77)
    parts, inner = [], {}
    for scope in scopes:
        filed = dice.poisson(np.linspace(0.5, 2.0, 92)[None, :] * RATES["cases_filed"] * SCOPES[scope], (94, 92))
        counts = {
            "cases_filed": filed, "defendants_charged": dice.poisson(2.4 * filed),
            "matters_received": filed + dice.poisson(0.4 * SCOPES[scope], (94, 92)),
            "matters_declined": dice.poisson(0.2 * SCOPES[scope], (94, 92)),
        }  # fmt: skip
        if scope == "listed":  # holds the others
            counts = {name: n + inner[name] for name, n in counts.items()}
        inner = {name: n + inner.get(name, 0) for name, n in counts.items()}
        plant(scope, counts)
        counts["defendants_convicted"] = dice.binomial(counts["defendants_charged"], 0.8)
        counts["cohort_convicted"] = counts["defendants_convicted"]
        for metric in (n for n, m in metrics().items() if m.is_under(scopes_by_name()[scope])):
            top, bottom = _parts(metric, counts, dice)
            parts += _of_metric(study, metric, scope, top, bottom, quarters=quarters, places=places)
    return pd.concat(parts, ignore_index=True)


def _parts(metric, counts, dice):
    """Numerator and denominator of a metric; one that is not known here is made from the cases filed."""
    filed, kind = counts["cases_filed"], metrics()[metric].kind
    if metric == "conviction_rate":
        return counts["defendants_convicted"], counts["defendants_charged"]
    if metric == "defendants_per_case":
        return counts["defendants_charged"], filed
    if kind == "count":
        return counts.get(metric, filed), None
    if kind == "median":
        return filed * 0 + dice.integers(20, 400, filed.shape), filed
    return dice.binomial(filed, 0.5), filed


def _of_metric(study, metric, scope, top, bottom, *, quarters, places):
    codes = list(districts())
    groups = np.array([study.group_of(code) for code in codes])
    areas = [("nation", "ALL"), *(("group", g) for g in study.groups)]
    m = metrics()[metric]
    areas += [("district", code) for code in codes] if places and "district" in m.areas else []
    masks = np.array([np.ones(94, bool) if a == "ALL" else groups == a if k == "group" else np.array(codes) == a
                      for k, a in areas]).astype(float)  # fmt: skip
    parts = []
    for period_kind, size in (("fy", 4), ("quarter", 1)) if quarters and "quarter" in m.periods else (("fy", 4),):
        areas = [a for a in areas if period_kind == "fy" or a[0] != "district" or m.tier == "restricted"]
        spans = [_span(i, size) for i in range(92 // size)]
        inside = masks[: len(areas)]
        sums = [_summed(inside, counts, size) for counts in (top, top if bottom is None else bottom)]
        if metric.startswith("median"):
            sums[0] = sums[0] / inside.sum(axis=1)[:, None] / size
        parts.append(pd.DataFrame({
            "area_kind": np.repeat([k for k, _ in areas], len(spans)),
            "area": np.repeat([a for _, a in areas], len(spans)),
            "period_kind": period_kind, "period": [s[0] for s in spans] * len(areas),
            "starts_on": [s[1] for s in spans] * len(areas), "ends_on": [s[2] for s in spans] * len(areas),
            "numerator": sums[0].ravel(), "denominator": np.nan if bottom is None else sums[1].ravel(),
            "is_provisional": [s[0].startswith("FY2026") for s in spans] * len(areas),
        }))  # fmt: skip
    return [_judged(pd.concat(parts, ignore_index=True), metric, scope)]


def _summed(masks, counts, size):
    return (masks @ counts).reshape(len(masks), -1, size).sum(axis=2)


def _span(i, size):
    year, quarter = 2004 + i * size // 4, i * size % 4
    starts = pd.Timestamp(year - 1, 10, 1) + pd.DateOffset(months=3 * quarter)
    name = f"FY{year}" if size == 4 else f"FY{year} Q{quarter + 1}"
    return name, starts, starts + pd.DateOffset(months=3 * size, days=-1)


def _judged(frame: pd.DataFrame, metric: str, scope: str) -> pd.DataFrame:
    m = metrics()[metric]
    n, d = frame["numerator"].astype(float), frame["denominator"].astype(float)
    frame["numerator"], frame["denominator"] = n, d
    frame["value"] = n if m.kind in {"count", "median"} else n / d.where(d > 0)
    frame["lower"], frame["upper"] = np.nan, np.nan
    if m.kind == "count":
        frame["lower"], frame["upper"] = garwood(n)
    elif m.kind == "rate":
        frame["lower"], frame["upper"] = share(n, d)
    elif metric == SIZE:
        frame["lower"], frame["upper"] = mean(n, d, 3 * n)  # as if defendants came in cases of three
    frame["status"] = np.where((m.kind != "count") & ~(d > 0), "not_applicable", "shown")
    frame.loc[frame["status"] != "shown", ["value", "lower", "upper"]] = np.nan
    frame.insert(0, "source", "eousa")
    frame.insert(1, "metric", metric)
    frame.insert(2, "scope", scope)
    frame.insert(
        0, "id", [f"eousa/{metric}/{scope}/{a}/{p}" for a, p in zip(frame["area"], frame["period"], strict=True)]
    )
    columns = ["id", "source", "metric", "scope", "area_kind", "area", "period_kind", "period", "starts_on", "ends_on",
               "numerator", "denominator", "value", "lower", "upper", "status", "is_provisional"]  # fmt: skip
    return frame[columns]


def _comparison(cells: pd.DataFrame, study: Study, text: str) -> pd.DataFrame:
    years = cells[(cells["period_kind"] == "fy") & (cells["source"] == "eousa")]
    rows = []
    for scope in ("acteam", "chapter77"):
        for phase in study.phases:
            for outcome in study.outcomes:
                here = years[(years["metric"] == outcome) & (years["scope"] == scope)]
                rows.append(_compared(here, years, scope, phase, outcome, text))
    return pd.DataFrame(rows)


def _compared(here, sized, scope, phase, outcome, text):
    def total(area, window):
        names = [f"FY{y}" for y in range(window[0], window[1] + 1)]
        return float(here[(here["area"] == area) & here["period"].isin(names)]["numerator"].sum(skipna=False))

    a, b, c, d = (total(g, w) for g in (phase.key, "other") for w in (phase.after, phase.before))
    is_hidden = bool(np.isnan([a, b, c, d]).any())
    hidden = Ratio(None, None, None)
    size = clump(sized[sized["scope"] == scope]) if comes_in_schemes(outcome) else 1.0
    one, two, both = (
        (hidden,) * 3
        if is_hidden
        else (rate_ratio(a, b, clump=size), rate_ratio(c, d, clump=size), ratio_of_ratios(a, b, c, d, clump=size))
    )
    spread = {
        f"{name}{end}": getattr(r, field)
        for name, r in (("ratio", one), ("ratio_other", two), ("ratio_of_ratios", both))
        for end, field in (("", "estimate"), ("_lower", "lower"), ("_upper", "upper"))
    }
    counts = {"before": b, "after": a, "before_other": d, "after_other": c}
    if is_hidden:
        counts = dict.fromkeys(counts, None)
    return {
        "id": f"eousa/{outcome}/{scope}/{phase.key}", "source": "eousa", "outcome": outcome, "scope": scope,
        "phase": phase.key, "phase_label": phase.label + text, "before_from": phase.before[0],
        "before_to": phase.before[1], "after_from": phase.after[0], "after_to": phase.after[1], "n_districts": 6,
        "n_districts_other": 82, **counts, **spread, "clump": None if is_hidden else size,
        "share_of_change": None if is_hidden else 0.2,
        "share_refused": "", "status": "suppressed" if is_hidden else "shown",
    }  # fmt: skip


def _benchmarks(text: str) -> pd.DataFrame:
    row = {
        "id": "eousa/benchmark/cases_filed/acteam/FY2010-2011", "metric": "cases_filed",
        "area": f"ACTeam districts{text}",
        "from_fy": 2010, "to_fy": 2011, "published": 16.0, "unit": "count", "ours": 15.0, "source": "eousa",
        "scope": "acteam", "difference": f"Windows are not published.{text}", "source_title": f"A speech{text}",
        "source_url": f"https://www.justice.gov/{text}" if not text else f"javascript:alert(1){text}", "note": text,
    }  # fmt: skip
    return pd.DataFrame([row, row | {"id": "eousa/benchmark/none", "ours": None, "from_fy": 2012, "to_fy": 2013}])


def _manifest(name, study, tables, text):
    agency = {"is_assumed": False, "is_late": False, "cadence_days": 31, "held": []}
    held = {"delivery": f"hsi_2026-10-31.xlsx{text}", "as_of": "2026-10-31", "reason": f'column "Ref" is missing{text}'}
    definitions = {k: m.model_dump(mode="json") | {"formula": m.formula} for k, m in metrics().items()}
    for m in definitions.values():
        m["caveats"] = [*m["caveats"], f"A caveat.{text}"]
    return {
        "edition": name, "made_from": name, "released_before": [edition_quality.RELEASED],
        "data_date": "2026-09-30", "code_version": f"0.1.0{text}", "is_invented": True,
        "programme": f"{study.programme}{text}", "study_sha256": "cd" * 32, "study_changed": False,
        "settings": {"disclosure": {"threshold": THRESHOLD}, "first_fiscal_year": 2000, "provisional_months": 12},
        "agencies": {
            "eousa": agency | {"label": "EOUSA", "name": f"Attorneys{text}",
                               "in_use": ["2026-09-30"], "as_of": "2026-09-30"},
            "hsi": agency | {"label": "HSI", "name": "Investigations", "in_use": [f"hsi_2026-09-30.xlsx{text}"],
                             "as_of": "2026-09-30", "held": [held], "is_assumed": True},
        },
        "study": study.model_dump(mode="json") | {"groups": study.groups},
        "metrics": definitions,
        "linkage": linkage.definitions(),
        "scopes": {k: s.model_dump(mode="json") for k, s in scopes_by_name().items()},
        "tables": {k: {"rows": len(f), "sha256": ""} for k, f in tables.items()},
    }  # fmt: skip
