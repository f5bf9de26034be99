"""A whole evaluation: every table that comparison.html prints, for one study and one source.

In: table `cells`, a study, a source. Out: data frames by name; columns are in docs/decisions/0004-evaluation.md. Seed
and draws stand in the study file, so the same cells and study give the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from sources.facts import districts
from transforms.evaluation.beside import Beside
from transforms.evaluation.doubt.dose import dose_of, dose_response
from transforms.evaluation.doubt.groups import balance, groups, regression_to_the_mean
from transforms.evaluation.doubt.outcomes import missing, outcomes
from transforms.evaluation.doubt.power import detectable, power
from transforms.evaluation.doubt.pretrend import bounds, breakdown, event_study, pretrend
from transforms.evaluation.doubt.robustness import robustness
from transforms.evaluation.doubt.sites import by_site
from transforms.evaluation.doubt.tested import gap, row, tested
from transforms.evaluation.doubt.verdict import TOO_FEW, cautions, sentence, verdict
from transforms.evaluation.estimate import Design, Estimate
from transforms.evaluation.panel import Panel
from transforms.evaluation.poisson import events, overall
from transforms.evaluation.randomise import Placebos, placebos
from transforms.evaluation.refusal import PanelError
from transforms.evaluation.registry import ESTIMATORS, evaluate
from transforms.evaluation.study_panel import panel_of, starts, study_panel, study_rows
from transforms.metric import metrics
from transforms.start import Start, results
from transforms.study import Study

PRIMARY = "poisson_etwfe"
WHOLE, INSIDE = "listed", "chapter77"  # everything a source holds, and what teams work on
Tables = dict[str, pd.DataFrame]
Rows = list[dict[str, Any]]
Progress = Callable[[str, int, int], None]
VERDICT = (
    "source", "scope", "outcome", "ratio", "lower", "upper", "p_value", "p_randomisation", "detectable_ratio",
    "n_sites", "n_comparison", "from_fy", "to_fy", "p_pretrend", "pretrend_power", "mean_rank", "p_placebo_in_time",
    "breakdown", "verdict", "sentence", "cautions", "notes",
)  # fmt: skip
TABLES = (
    "verdict", "power", "estimates", "event_study", "placebos", "robustness", "balance", "pretrend", "sensitivity",
    "by_site", "outcomes", "panel",
)  # fmt: skip
PARTS = ("placebos", "outcomes", "robustness", "estimates", "power", "before the start")  # as they are asked for
STEPS = (*PARTS, "verdict")


def evaluate_study(
    cells: pd.DataFrame,
    study: Study,
    source: str,
    progress: Progress | None = None,
    beside: Beside | None = None,
) -> Tables:
    """All tables; raises `PanelError` where the source cannot give a panel of the primary outcome."""
    return begin(cells, study, source, beside or Beside())(progress)


def begin(
    cells: pd.DataFrame, study: Study, source: str, beside: Beside, start: Start = partial
) -> Callable[[Progress | None], Tables]:
    """Begin an evaluation, as far as `start(make, *given)` begins at once; returns what gives all tables.

    It begins with the longest part, and the last is asked for first: what has not begun then is done by who asks.
    """
    design = design_of(study)
    panel = study_panel(cells, study, study.primary_outcome, source)
    circuits = {abbreviation: row["circuit"] for abbreviation, row in districts().items()}
    begun: dict[str, Callable[[], Any]] = {
        "before the start": start(_drift, panel, design),
        "power": start(power, panel, study.inference.power_draws, design.seed),
        "estimates": partial(results, [start(_estimates, key, panel, design) for key in _chosen(study)]),
        "robustness": start(_robustness, panel, cells, study, source, beside, circuits),
        "outcomes": start(_outcomes, cells, study, source),
        "placebos": start(placebos, panel.y, panel.start, panel.exposure, design.draws, design.seed),
    }

    def finish(progress: Progress | None) -> Tables:
        tell = _teller(progress)
        found = {}
        for part in PARTS:
            tell(part)
            found[part] = begun[part]()
        tell("verdict")
        before, sensitivity = found["before the start"]
        estimates = list(chain.from_iterable(found["estimates"]))
        tables: dict[str, Rows] = {
            "power": found["power"], "estimates": [_flat(e) for e in estimates],
            "event_study": _event_study(panel, estimates), "placebos": _gallery(found["placebos"]),
            "by_site": by_site(panel), "panel": _panel_rows(panel), "robustness": found["robustness"],
            "outcomes": found["outcomes"], "sensitivity": sensitivity, "pretrend": [before],
            "balance": balance(panel, groups(panel, circuits)),
        }  # fmt: skip
        tables["verdict"] = [_verdict(panel, study, found["placebos"], before, tables)]
        fixed = {"source": source, "scope": study.scope}
        return {name: _steady(pd.DataFrame([fixed | r for r in rows])) for name, rows in tables.items()}

    return finish


def design_of(study: Study) -> Design:
    """Draws and seed of the study file, for every test and interval of the page: one estimate has one interval."""
    return Design(family="poisson", draws=study.inference.draws, seed=study.inference.seed)


def _steady(frame: pd.DataFrame) -> pd.DataFrame:
    """Ten significant digits, because the last ones of a float differ between machines; an empty column is numbers."""
    found = frame.copy()
    for column in found:
        if found[column].isna().all():
            found[column] = found[column].astype(float)
        if found[column].dtype == float:
            values = found[column].to_numpy(copy=True)
            known = np.isfinite(values) & (values != 0)
            size = np.floor(np.log10(np.abs(values[known])))
            values[known] = np.round(values[known] * 10.0 ** (9 - size)) * 10.0 ** (size - 9)
            found[column] = values
    return found


def refused(study: Study, why: str) -> Tables:
    """The one table of an evaluation that cannot be made: a verdict that says why."""
    empty = dict.fromkeys(VERDICT) | {"source": "", "scope": study.scope, "outcome": study.primary_outcome}
    said = {"n_sites": 0, "n_comparison": 0, "verdict": TOO_FEW, "cautions": "", "notes": why}
    return {"verdict": pd.DataFrame([empty | said | {"sentence": "No evaluation can be made of this edition."}])}


def _event_study(panel: Panel, estimates: list[Estimate]) -> list[dict[str, Any]]:
    """The primary's ratio by event time, with the sites that are seen at it."""
    kept = [e for e in estimates if (e.estimator, e.term, e.scale) == (PRIMARY, "event", "ratio")]
    seen = events(panel)
    return [_flat(e) | {"n_sites": int(np.isclose(seen, e.event_time or 0).any(axis=1).sum())} for e in kept]


def _teller(progress: Progress | None) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress:
            progress(step, STEPS.index(step) + 1, len(STEPS))

    return tell


def _chosen(study: Study) -> list[str]:
    return [key for key in ESTIMATORS if not study.estimators or key in {*study.estimators, PRIMARY}]


def _estimates(key: str, panel: Panel, design: Design) -> list[Estimate]:
    """Those of one estimator."""
    try:
        return evaluate(panel, design, [key])
    except PanelError as error:
        return [Estimate(key, "refused", None, notes=(str(error),), **panel.counts)]


def _flat(estimate: Estimate) -> dict[str, Any]:
    fields = ("estimate", "standard_error", "lower", "upper")  # infinite is a number, not a word
    numbers = {k: getattr(estimate, k) for k in fields}
    record = estimate.record() | numbers | {"notes": "; ".join(estimate.notes)}
    place = {k: None if record[k] is None else str(record[k]) for k in ("cohort", "time")}
    return record | place


def _gallery(found: Placebos) -> list[dict[str, Any]]:
    sites = {"draw": 0, "is_sites": True, "ratio": found.ratio, "score": found.score}
    rest = zip(found.ratios, found.scores, strict=True)
    return [sites, *({"draw": i, "is_sites": False, "ratio": r, "score": s} for i, (r, s) in enumerate(rest, start=1))]


def _robustness(
    panel: Panel, cells: pd.DataFrame, study: Study, source: str, beside: Beside, circuits: dict[str, str]
) -> Rows:
    """The same estimate in other ways, on other cells and on parts."""
    return [
        *robustness(panel, circuits, design_of(study)),
        *_other_panels(cells, study, source),
        *_beside(panel, study, source, beside),
    ]


def _other_panels(cells: pd.DataFrame, study: Study, source: str) -> Iterator[dict[str, Any]]:
    """The same estimate on other cells: spill-over districts in, another scope, an outcome that should not move."""
    primary, design = study.primary_outcome, design_of(study)
    makers: list[tuple[str, str, Callable[[], Panel]]] = [
        ("spill-over", "spill-over districts among the comparison",
         lambda: study_panel(cells, study, primary, source, with_spillover=True)),
        *(("scope", f"scope {scope}", partial(study_panel, cells, study, primary, source, scope))
          for scope in study.scopes_beside),
        ("negative control", "cases filed on anything else", lambda: _unrelated(cells, study, source)),
    ]  # fmt: skip
    for check, detail, make in makers:
        try:
            panel = make()
            yield row(check, detail, panel, tested(overall(panel), design))
        except PanelError as error:
            yield gap(check, detail, error)


def _beside(panel: Panel, study: Study, source: str, beside: Beside) -> Iterator[dict[str, Any]]:
    """The same estimate on parts of the outcome, and by how much of the programme was in place."""
    ours = beside.parts[beside.parts["source"] == source]
    if ours.empty:
        yield gap("mix", "labor v sex, and agencies", "the parts of this outcome are not recorded in this source")
    for part, rows in ours.groupby("part", sort=False):
        y = rows.pivot(index="district", columns="year", values="n")
        counts = y.reindex(index=list(panel.units), columns=list(panel.periods)).fillna(0.0).to_numpy()
        yield _part(str(part), replace(panel, y=counts), design_of(study))
    yield from dose_response(panel, *dose_of(panel, study, beside.elements), design_of(study))


def _part(part: str, panel: Panel, design: Design) -> dict[str, Any]:
    value = tested(overall(panel), design)
    if value["ratio"] is None:
        return gap("mix", part, "none in the sites before the start: a ratio has no base")
    return row("mix", part, panel, value)


def _unrelated(cells: pd.DataFrame, study: Study, source: str) -> Panel:
    """Cases outside chapter 77 in the same source: a team on trafficking should not move them."""
    every, ours = (
        study_rows(cells, source, "cases_filed", scope)[0].set_index(["district", "period"])["n"]
        for scope in (WHOLE, INSIDE)
    )
    rest = every.sub(ours, fill_value=0).clip(lower=0).reset_index()
    return panel_of(rest[~rest["district"].isin(study.spillover.districts)], starts(study))


def _outcomes(cells: pd.DataFrame, study: Study, source: str) -> list[dict[str, Any]]:
    """Every outcome of the study; one that has no panel (hidden counts, say) is a labelled gap."""
    panels, gaps = {}, []
    for outcome in study.outcomes:
        try:
            panels[outcome] = study_panel(cells, study, outcome, source)
        except PanelError as error:
            gaps.append(missing(outcome, str(error)))
    return [*outcomes(panels, design_of(study)), *gaps]


def _drift(panel: Panel, design: Design) -> tuple[dict[str, Any], Rows]:
    """How alike the trends before the start were, and what the interval is if they are less so after it."""
    try:
        sensitivity = bounds(*event_study(panel))
    except (PanelError, np.linalg.LinAlgError, ValueError):
        sensitivity = []
    return pretrend(panel, design) | regression_to_the_mean(panel), sensitivity


def _verdict(
    panel: Panel,
    study: Study,
    gallery: Placebos,
    before: dict[str, Any],
    tables: dict[str, Rows],
) -> dict[str, Any]:
    main = tables["robustness"][0]
    moved = [r["p_value"] for r in tables["robustness"] if r["check"] == "placebo in time" and r["p_value"] is not None]
    label = metrics()[study.primary_outcome].label if study.primary_outcome in metrics() else study.primary_outcome
    found: dict[str, Any] = {
        "outcome": study.primary_outcome, "ratio": main["ratio"], "lower": main["lower"], "upper": main["upper"],
        "p_value": main["p_value"], "p_randomisation": gallery.p_value if np.isfinite(gallery.ratio) else None,
        "detectable_ratio": detectable(tables["power"]), "n_sites": int(panel.ever.sum()),
        "n_comparison": int((~panel.ever).sum()), "from_fy": panel.periods[0], "to_fy": panel.periods[-1],
        "p_pretrend": before["p_value"], "pretrend_power": before["power"], "mean_rank": before["mean_rank"],
        "p_placebo_in_time": min(moved, default=None), "breakdown": breakdown(tables["sensitivity"]),
    }  # fmt: skip
    after = panel.n_periods - int(panel.start[panel.ever].min())
    said = verdict(found["ratio"], found["p_value"], found["p_randomisation"], found["detectable_ratio"], after)
    words = {"sentence": sentence(label, found), "cautions": " ".join(cautions(found)), "notes": "; ".join(panel.notes)}
    return found | {"verdict": said} | words


def _panel_rows(panel: Panel) -> list[dict[str, Any]]:
    return [
        {
            "district": unit,
            "year": period,
            "start": panel.periods[s] if s < panel.n_periods else None,
            "n": panel.y[i, t],
        }
        for i, (unit, s) in enumerate(zip(panel.units, panel.start.tolist(), strict=True))
        for t, period in enumerate(panel.periods)
    ]
