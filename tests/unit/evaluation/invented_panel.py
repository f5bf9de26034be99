"""Invented panels with a known ratio."""

import numpy as np
import pandas as pd

from transforms.evaluation import Panel


def invented(ratio=1.0, *, n_units=60, n_periods=16, treated=12, mean=4.0, seed=1):
    """Counts that grow by a common factor, with sites in two cohorts and a known ratio after the start."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0, 0.6, n_units))
    start = np.full(n_units, n_periods)
    start[: treated // 2], start[treated // 2 : treated] = 8, 11
    after = np.arange(n_periods) >= start[:, None]
    level = mean * size[:, None] * np.linspace(0.5, 1.5, n_periods) * np.where(after, ratio, 1.0)
    rows = [
        {"district": f"D{i:02}", "year": 2001 + t, "start": 2001 + start[i] if start[i] < n_periods else None, "n": n}
        for i, line in enumerate(rng.poisson(level))
        for t, n in enumerate(line)
    ]
    return pd.DataFrame(rows)


def as_panel(frame, **more):
    """The panel of an invented frame."""
    return Panel.from_frame(frame, unit="district", time="year", cohort="start", outcome="n", family="poisson", **more)
