"""The one place that speaks to diff-diff, whose argument names still move between releases.

In: a `Panel` and a `Design`. Out: plain numbers, and what the library warned about as notes. Each call is tested
against a published number, so a release that changes one is noticed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chndtrix

from transforms.evaluation.estimate import Design
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import PanelError, refuse_if

T = TypeVar("T")
Floats = NDArray[np.float64]
TINY = 1e-300  # below the smallest normal number scipy's inverse is wrong
HARMLESS = ("pweight weights normalized",)
CONTROL = {"never": "never_treated", "not-yet": "not_yet_treated"}


@dataclass(frozen=True)
class Cells:
    """Effects by cohort and period with the influence of every unit: the variance of any sum of them."""

    cohort: Floats
    time: Floats
    effect: Floats
    influence: Floats  # units x cells; squares add up to the variance
    weight: Floats  # of the units, mean one
    unit_cohort: Floats


def quietly(call: Callable[[], T]) -> tuple[T, tuple[str, ...]]:
    """Run a library call; its warnings become notes, its errors a refusal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except PanelError:
            raise
        except Exception as error:
            words = " ".join(str(error).split())[:300]
            raise PanelError("library_failed", f"the library refused this panel: {words}") from None
    said = (" ".join(str(w.message).split()) for w in caught if w.category is UserWarning)
    return result, tuple(dict.fromkeys(s for s in said if not s.startswith(HARMLESS)))


def refuse_extras(panel: Panel, key: str, *, covariates: bool = False, weights: bool = True) -> tuple[str, ...]:
    """Refuse what an estimator cannot use; weights that are ignored are said so."""
    refuse_if(panel.covariates and not covariates, "takes_no_covariates", key)
    refuse_if(panel.exposure is not None, "takes_no_exposure", key)
    return () if weights or panel.weights is None else ("weights are not used by this estimator",)


def control_of(panel: Panel, design: Design, usual: str) -> str:
    """The comparison group: as asked for, else as the method's authors do where the panel allows it."""
    refuse_if(design.control not in (None, "never", "not-yet"), "control_unknown", design.control)
    refuse_if(design.control == "never" and panel.ever.all(), "no_never_treated")
    return design.control or ("not-yet" if panel.ever.all() else usual)


def unit_weights(panel: Panel) -> tuple[Floats | None, tuple[str, ...]]:
    """One weight per unit: libraries take no weight that moves. A moving one is averaged, and that is noted."""
    if panel.weights is None:
        return None, ()
    moved = bool((np.ptp(panel.weights, axis=1) > 0).any())
    return panel.weights.mean(axis=1), ("weights vary within units; their mean is used",) if moved else ()


def callaway_cells(panel: Panel, design: Design) -> tuple[Cells, tuple[str, ...]]:
    """ATT(g, t) of Callaway and Sant'Anna (2021), doubly robust, base period varying before treatment."""
    import diff_diff  # type: ignore[import-untyped]

    frame = panel.frame()
    weights, notes = unit_weights(panel)
    kept: dict[str, Any] = {}
    if weights is not None:
        frame["weights"] = np.repeat(weights, panel.n_periods)
        kept["survey_design"] = diff_diff.SurveyDesign(weights="weights")
    control = CONTROL[control_of(panel, design, "never")]
    model = diff_diff.CallawaySantAnna(control_group=control, base_period="varying")
    covariates = list(panel.covariates) or None
    result, said = quietly(lambda: model.fit(frame, "y", "unit", "time", "cohort", covariates=covariates, **kept))
    known = {k: v for k, v in result.group_time_effects.items() if np.isfinite(v["effect"])}
    refuse_if(not known, "library_failed", "no effect by cohort and period could be estimated")
    kit = result._aggregation_kit
    influence = np.zeros((len(panel.units), len(known)))
    for column, key in enumerate(known):
        part = kit.influence[key]
        np.add.at(influence[:, column], part["treated_idx"], part["treated_inf"])
        np.add.at(influence[:, column], part["control_idx"], part["control_inf"])
    order = np.asarray(kit.bookkeeping["all_units"], dtype=int)
    by_unit = np.empty_like(influence)
    by_unit[order] = influence
    ones = np.ones(len(panel.units)) if weights is None else weights / weights.mean()
    cells = Cells(
        cohort=np.array([panel.at(g) for g, _ in known]),
        time=np.array([panel.at(t) for _, t in known]),
        effect=np.array([float(v["effect"]) for v in known.values()]),
        influence=by_unit,
        weight=ones,
        unit_cohort=np.append(panel.times, np.inf)[panel.start],
    )
    return cells, notes + said


def sun_abraham(panel: Panel) -> tuple[Any, tuple[str, ...]]:
    """Interaction-weighted event study of Sun and Abraham (2021)."""
    import diff_diff

    return _fit(diff_diff.SunAbraham(control_group="never_treated", cluster="cluster"), panel)


def imputation(panel: Panel) -> tuple[Any, tuple[str, ...]]:
    """Imputation estimator of Borusyak, Jaravel and Spiess (2024)."""
    import diff_diff

    return _fit(diff_diff.ImputationDiD(cluster="cluster", pretrends=False), panel)


def two_stage(panel: Panel) -> tuple[Any, tuple[str, ...]]:
    """Two-stage estimator of Gardner (2022)."""
    import diff_diff

    return _fit(diff_diff.TwoStageDiD(cluster="cluster"), panel)


def stacked(panel: Panel, before: int, after: int) -> tuple[Any, tuple[str, ...]]:
    """Stacked regression with the weights of Wing, Freedman and Hollingsworth (2024)."""
    import diff_diff

    model = diff_diff.StackedDiD(kappa_pre=before, kappa_post=after, cluster="unit")
    return _fit(model, panel)


def bacon(panel: Panel) -> tuple[Any, tuple[str, ...]]:
    """Decomposition of two-way fixed effects (Goodman-Bacon 2021)."""
    import diff_diff

    frame = panel.frame()
    return quietly(lambda: diff_diff.BaconDecomposition(weights="exact").fit(frame, "y", "unit", "time", "cohort"))


def synthetic_did(panel: Panel, post: list[float], draws: int, seed: int) -> tuple[Any, tuple[str, ...]]:
    """Synthetic difference-in-differences (Arkhangelsky and others 2021) of one cohort."""
    import diff_diff

    frame = panel.frame().assign(ever=np.repeat(panel.ever.astype(int), panel.n_periods))
    n_treated, n_control = int(panel.ever.sum()), int((~panel.ever).sum())
    variance = "placebo" if n_control > n_treated else "jackknife"
    model = diff_diff.SyntheticDiD(variance_method=variance, n_bootstrap=draws, seed=seed)
    covariates = list(panel.covariates) or None
    return quietly(lambda: model.fit(frame, "y", "ever", "unit", "time", post_periods=post, covariates=covariates))


def honest_interval(
    betahat: Floats, sigma: Floats, times: list[int], reference: int, kind: str, size: float, weights: Floats
) -> tuple[float, float]:
    """95 % interval of a weighted effect if trends may break by so much (Rambachan and Roth 2023)."""
    study = _event_study(betahat, sigma, times, reference)
    model = _honest_did().HonestDiD(method=kind, M=size, l_vec=weights)
    result, _ = quietly(lambda: model.fit(study))
    return float(result.ci_lb), float(result.ci_ub)


@cache
def _honest_did() -> Any:
    """The library's bounds, taking their critical values from us: it has no argument for that."""
    from diff_diff import honest_did

    honest_did._cv_alpha = critical_value
    return honest_did


def critical_value(bias: float, alpha: float, df: float | None = None) -> float:
    """How many standard errors either side hold the truth with 1 - alpha, if the estimate is off by `bias` of them.

    Equation 18 of Rambachan and Roth (2023): the square of a normal number off by so much is a noncentral chi-square
    one, which scipy inverts in a step. The library's own takes twelve, at three milliseconds for each of hundreds.
    """
    if df is not None:
        raise PanelError("library_failed", "the intervals are made for normal errors, and t ones were asked for")
    return float(np.sqrt(chndtrix(1 - alpha, 1.0, max(bias**2, TINY))))


def _event_study(betahat: Floats, sigma: Floats, times: list[int], reference: int) -> Any:
    from diff_diff.results import MultiPeriodDiDResults, PeriodEffect  # type: ignore[import-untyped]

    effects = {
        t: PeriodEffect(period=t, effect=float(b), se=float(s), t_stat=float(b / s), p_value=0.0, conf_int=(0.0, 0.0))
        for t, b, s in zip(times, betahat, np.sqrt(np.diag(sigma)), strict=True)
    }
    return MultiPeriodDiDResults(
        period_effects=effects,
        avg_att=0.0, avg_se=1.0, avg_t_stat=0.0, avg_p_value=1.0, avg_conf_int=(0.0, 0.0),
        n_obs=0, n_treated=0, n_control=0,
        pre_periods=[t for t in times if t < reference], post_periods=[t for t in times if t > reference],
        reference_period=reference, vcov=sigma, interaction_indices={t: i for i, t in enumerate(times)},
    )  # fmt: skip


def _fit(model: Any, panel: Panel) -> tuple[Any, tuple[str, ...]]:
    import diff_diff

    frame: pd.DataFrame = panel.frame()
    weights, notes = unit_weights(panel)
    more: dict[str, Any] = {}
    if weights is not None:
        frame["weights"] = np.repeat(weights, panel.n_periods)
        more["survey_design"] = diff_diff.SurveyDesign(weights="weights")
    if panel.covariates:
        more["covariates"] = list(panel.covariates)
    result, said = quietly(lambda: model.fit(frame, "y", "unit", "time", "cohort", **more))
    return result, notes + said
