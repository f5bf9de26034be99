"""Invented tables of an evaluation: every table and column of docs/decisions/0004, a few rows each.

In: nothing. Out: frames by name. An evaluation of the invented counts would take longer than all pages of a site.
"""

import numpy as np
import pandas as pd

RATIO = {"ratio": 1.2, "lower": 0.7, "upper": 2.1, "p_value": 0.46}
N = {"n_units": 92, "n_treated": 12}


def tables(text: str = "") -> dict[str, pd.DataFrame]:
    """All tables, with their source and scope; `text` is put into every free-text field."""
    found = {
        "verdict": [_verdict(text)], "power": [{"ratio": r, "power": p, "draws": 100, "n_treated": 12}
                                           for r, p in ((1.0, 0.05), (1.5, 0.3), (2.0, 0.82), (3.0, 0.99))],
        "estimates": _estimates(), "event_study": _event_study(), "placebos": _placebos(),
        "robustness": _robustness(text),
        "balance": [{"group": g, "variable": "events a year before", "sites": 1.8, "comparison": 0.8,
                     "standardised_difference": d, "n_sites": 12, "n_comparison": 80}
                    for g, d in (("all", 0.7), ("same_circuit", 0.2))],
        "pretrend": [{"statistic": 0.3, "p_value": 0.76, "power": 0.08, "slope": 0.1, "n_years": 4, "mean_rank": 0.49,
                      "n_in_top_quarter": 3, "n_sites": 12}],
        "sensitivity": [{"restriction": "relative_magnitude", "m": m, "ratio": 0.9, "lower": 0.6 - m / 4,
                         "upper": 2.2 + m} for m in (0.0, 0.5, 1.0)],
        "by_site": [{"district": d, "start": 2012, "before": 9.0, "observed": 14.0, "expected": e, "ratio": 14 / e,
                     "lower": 8 / e, "upper": 23 / e, "placebo_p_value": 0.4, "n_placebos": 80, "note": ""}
                    for d, e in (("GAN", 11.0), ("TXW", 16.0))],
        "outcomes": [{"outcome": "defendants_charged", **RATIO, "p_adjusted": 0.5, **N, "note": ""},
                     {"outcome": "matters_received", "p_adjusted": np.nan, "n_units": 0, "n_treated": 0,
                      "note": f"counts are hidden{text}"}],
        "panel": [{"district": d, "year": y, "start": s, "n": 2.0}
                  for d, s in (("GAN", 2012.0), ("AK", np.nan)) for y in (2011, 2012)],
    }  # fmt: skip
    return {
        f"evaluation_{name}": pd.DataFrame([{"source": "eousa", "scope": "acteam"} | row for row in rows])
        for name, rows in found.items()
    }


def _verdict(text):
    return {
        "outcome": "defendants_charged", **RATIO, "p_randomisation": 0.48, "detectable_ratio": 2.0, "n_sites": 12,
        "n_comparison": 80, "from_fy": 2004, "to_fy": 2025, "p_pretrend": 0.76, "pretrend_power": 0.08,
        "mean_rank": 0.49, "p_placebo_in_time": 0.7, "breakdown": 0.5,
        "verdict": "no clear difference; an effect of x2.0 or more would have been seen four times in five",
        "sentence": "After the start, defendants charged in the 12 sites came to 1.20 times what growth would give.",
        "cautions": f"Sites were chosen, not drawn by lot.{text}", "notes": f"FY2026 is left out{text}",
    }  # fmt: skip


def _estimates():
    whole = {"standard_error": 0.2, "event_time": np.nan, "cohort": np.nan, "time": np.nan, "label": "", "notes": ""}
    rows = [
        ("poisson_etwfe", "simple", "ratio", "score test"),
        ("poisson_etwfe", "cluster_robust", "ratio", "sandwich"),
        ("etwfe", "simple", "difference", "least squares"),
    ]
    return [
        {"estimator": e, "term": t, "estimate": 1.2, "lower": 0.7, "upper": 2.1, "p_value": 0.46, "scale": s,
         "method": m, **whole, **N} for e, t, s, m in rows
    ]  # fmt: skip


def _event_study():
    return [
        {"estimator": "poisson_etwfe", "term": "event", "estimate": 1.1 + t / 20, "lower": 0.5, "upper": high,
         "p_value": 0.5, "event_time": float(t), "scale": "ratio", "n_sites": 12, **N}
        for t, high in ((-2, np.inf), (-1, 1.9), (0, 2.0), (1, 2.2))
    ]  # fmt: skip


def _placebos():
    return [{"draw": i, "is_sites": i == 0, "ratio": 0.6 + 0.06 * i, "score": 0.1 * i} for i in range(20)]


def _robustness(text):
    changed = [("primary", "all years"), ("window", "5 years"), ("placebo in time", "2 years early"),
               ("leave one site out", "GAN"), ("leave one year out", "FY2013"), ("spill-over", "in")]  # fmt: skip
    rows = [{"check": c, "detail": d, **RATIO, **N, "note": ""} for c, d in changed]
    return [*rows, {"check": "dose", "detail": "by site", "n_units": 0, "n_treated": 0, "note": f"not recorded{text}"}]
