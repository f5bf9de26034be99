"""Metrics made of other metrics: changes over years, the share of the peak, years above a baseline, sums of counts.

In: numbers of `transforms.published`. Out: more rows of the same shape. All but sums look along the fiscal years of one
source, scope and area; sums are made of published numbers, after disclosure control, so they can tell nothing new.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.interval import Limits, clopper_pearson, share
from transforms.metric import Metric, metrics
from transforms.study import Study

LINE = ["source", "scope", "area_kind", "area"]
YEARS = 3
Floats = npt.NDArray[np.float64]


def momentum(numbers: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The rows of every metric that looks along the years of a public count."""
    whole = numbers[(numbers["period_kind"] == "fy") & (numbers["area_kind"] != "district") & numbers["split"].isna()]
    frames = [
        made
        for metric in metrics().values()
        if metric.method in ("change", "peak", "above")
        for _, line in whole[whole["metric"] == metric.of[0]].groupby(LINE, sort=True)
        if not (made := _along(metric, line.sort_values("period"), study)).empty
    ]
    found = pd.concat(frames, ignore_index=True) if frames else numbers.iloc[:0]
    return _addressed(found)


def _along(metric: Metric, line: pd.DataFrame, study: Study) -> pd.DataFrame:
    counts = line["numerator"].to_numpy(float)
    if metric.method == "change":
        return _change(metric, line, counts)
    if metric.method == "peak":
        return _peak(metric, line, counts)
    return _above(metric, line, counts, study)


def _change(metric: Metric, line: pd.DataFrame, counts: Floats) -> pd.DataFrame:
    """Three years over the three before."""
    if len(counts) < 2 * YEARS:
        return line.iloc[:0]
    summed = np.convolve(counts, np.ones(YEARS), "valid")
    after, before = summed[YEARS:], summed[:-YEARS]
    return _made(metric, line.iloc[2 * YEARS - 1 :], after, before, _ratio_limits(after, before))


def _peak(metric: Metric, line: pd.DataFrame, counts: Floats) -> pd.DataFrame:
    """A year over the highest; limits of a ratio of two counts, none above the whole."""
    top = np.full(len(line), counts.max(initial=0))
    low, high = _ratio_limits(counts, top)
    same = counts == top
    return _made(metric, line, counts, top, (np.where(same, 1.0, low), np.where(same, 1.0, np.minimum(high, 1.0))))


def _ratio_limits(after: Floats, before: Floats) -> Limits:
    """Limits of a ratio of two counts, by conditioning on their sum."""
    low, high = clopper_pearson(after, after + before)
    with np.errstate(divide="ignore", invalid="ignore"):
        return low / (1 - low), high / (1 - high)


def _above(metric: Metric, line: pd.DataFrame, counts: Floats, study: Study) -> pd.DataFrame:
    """Years above the baseline; as limits the years that are above it for certain, and those that may be."""
    phase = next((p for p in study.phases if p.key == line["area"].iloc[0]), study.phases[0])
    years = line["period"].str[2:].astype(int).to_numpy()
    window = (years >= phase.before[0]) & (years <= phase.before[1])
    if window.sum() != phase.before[1] - phase.before[0] + 1:
        return line.iloc[:0]
    since = years > phase.before[1]
    above = counts[since] > counts[window].mean()
    low, high = _ratio_limits(counts[since], np.full(int(since.sum()), counts[window].sum()))
    years_ = int(window.sum())
    surely, maybe = low * years_ > 1, ~(high * years_ < 1)  # a ratio of nothing to nothing may be either
    n_above, n_surely, n_maybe = (np.cumsum(v).astype(float) for v in (above, surely & above, maybe | above))
    return _made(metric, line[since], n_above, np.full(int(since.sum()), np.nan), (n_surely, n_maybe))


def _made(metric: Metric, line: pd.DataFrame, top: Floats, bottom: Floats, limits: Limits) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top if metric.kind == "count" else np.where(bottom > 0, top / bottom, np.nan)
    lower, upper = (np.where(np.isnan(value), np.nan, limit) for limit in limits)
    return line.assign(
        metric=metric.name, numerator=top, denominator=bottom, value=value, lower=lower, upper=upper,
        status=np.where(np.isnan(value), "not_applicable", "shown"),
    )  # fmt: skip


def sums(shown: pd.DataFrame) -> pd.DataFrame:
    """The rows of every rate whose numerator is one published count and whose denominator is the sum of several."""
    frames = [made for metric in metrics().values() if metric.method == "sums" for made in _sums(metric, shown)]
    return _addressed(pd.concat(frames, ignore_index=True)) if frames else shown.iloc[:0]


def _sums(metric: Metric, shown: pd.DataFrame) -> Iterator[pd.DataFrame]:
    key = [*LINE, "period_kind", "period"]
    parts = [shown[(shown["metric"] == name) & shown["source"].isin(metric.sources)] for name in metric.of]
    both = parts[0]
    for i, part in enumerate(parts[1:]):
        given = part[[*key, "numerator", "status"]]
        both = both.merge(given, on=key, suffixes=("", f"_{i}"))
    others = [f"numerator_{i}" for i in range(len(parts) - 1)]
    top = both["numerator"].to_numpy(float)
    bottom = top + both[others].sum(axis=1, skipna=False).to_numpy(float)
    hidden = np.isnan(bottom)
    made = _made(metric, both[shown.columns], top, bottom, share(top, bottom))
    for column in ("numerator", "denominator"):
        made.loc[hidden, column] = np.nan
    made.loc[hidden, "status"] = "suppressed"
    yield made


def _addressed(found: pd.DataFrame) -> pd.DataFrame:
    period = found["period"].str.replace(" ", "")
    address = found["source"] + "/" + found["metric"] + "/" + found["scope"] + "/" + found["area"] + "/" + period
    return found.assign(id=address)
