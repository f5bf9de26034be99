"""What is unusual among districts: funnel limits of a rate, and signals of rare events.

In: the published cells, and for the time between cases the days on which cases were filed. Out: tables `funnels` and
`signals`. Limits say what chance leaves; nothing is ranked. The method is in docs/decisions/0008-cohorts-completion.md.
"""

import datetime as dt
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtrik, betainc

from transforms.metric import metrics, scopes
from transforms.study import Study, fiscal_year

Floats = npt.NDArray[np.float64]
YEARS = 5  # fiscal years that are pooled, and that a year is set against
LEVELS = {"95": 0.95, "998": 0.998}
ALARM = 0.001  # how often chance alone gives a signal, on each side
COUNTED = "cases_filed"
FUNNELS = [
    *("id", "source", "metric", "scope", "area", "from_fy", "to_fy", "numerator", "denominator", "value", "rate"),
    *("spread", "lower_95", "upper_95", "lower_998", "upper_998", "reading"),
]
SIGNALS = [
    *("id", "source", "metric", "scope", "chart", "area_kind", "area", "from_fy", "to_fy"),
    *("observed", "expected", "unit", "chance", "signal"),
]


def spread(k: Floats, n: Floats, rate: float) -> float:
    """How much further than chance the shares k of n lie from the rate: the mean squared z, its tenths at either end
    drawn in (Spiegelhalter 2005); at least 1.
    """
    some = n > 0
    if not some.any() or not 0 < rate < 1:
        return 1.0
    z = (k[some] / n[some] - rate) / np.sqrt(rate * (1 - rate) / n[some])
    low, high = np.quantile(z, [0.1, 0.9])
    return max(1.0, float((np.clip(z, low, high) ** 2).mean()))


def funnel(n: Floats, rate: float, wide: float, level: float) -> tuple[Floats, Floats]:
    """Limits around a rate for samples of n: what lies beyond has less than (1 - level) / 2 by chance.

    Binomial, at n over the spread, read between whole counts; where no count is so unlikely the limit is 0 or 1.
    """
    size, tail = np.maximum(n / wide, 1e-9), (1 - level) / 2
    if not 0 < rate < 1:
        return np.full_like(n, rate), np.full_like(n, rate)
    low, high = bdtrik(tail, size, rate) / size, (1 + bdtrik(1 - tail, size, rate)) / size
    return np.clip(np.nan_to_num(low, nan=0.0), 0, rate), np.clip(np.nan_to_num(high, nan=1.0), rate, 1)


def funnels(cells: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Table `funnels`: every public rate of districts, the last final years pooled, under the study's scopes."""
    chosen = [
        m.name for m in metrics().values()
        if m.kind == "rate" and m.tier == "public_docket" and m.method == "rows" and "district" in m.areas
    ]  # fmt: skip
    wanted = [study.scope, *study.scopes_beside]
    ours = cells[
        cells["metric"].isin(chosen) & (cells["area_kind"] == "district") & (cells["period_kind"] == "fy")
        & ~cells["is_provisional"].astype(bool)
    ]  # fmt: skip
    ours = ours[ours["scope"].isin(wanted) | ours["metric"].map(lambda name: metrics()[name].scopes is not None)]
    ours = ours.assign(year=ours["period"].str[2:].astype(int))
    frames = [
        _funnel(rows, dict(zip(["source", "metric", "scope"], key, strict=True)))
        for key, rows in ours.groupby(["source", "metric", "scope"], sort=True)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=FUNNELS)


def _funnel(rows: pd.DataFrame, at: dict[str, Any]) -> pd.DataFrame:
    last = int(rows["year"].max())
    pooled = rows[rows["year"] > last - YEARS].groupby("area", sort=True)[["numerator", "denominator"]].sum()
    k, n = (pooled[c].to_numpy(float) for c in ("numerator", "denominator"))
    rate = float(k.sum() / n.sum()) if n.sum() else float("nan")
    wide = spread(k, n, rate)
    found = pooled.reset_index().assign(**at, from_fy=last - YEARS + 1, to_fy=last, rate=rate, spread=wide)
    for name, level in LEVELS.items():
        found[f"lower_{name}"], found[f"upper_{name}"] = funnel(n, rate, wide, level)
    value = found["value"] = np.divide(k, n, out=np.full_like(k, np.nan), where=n > 0)
    reading = np.select(
        [n == 0, value > found["upper_998"], value < found["lower_998"], value > found["upper_95"],
         value < found["lower_95"]],
        ["none", "above 99.8", "below 99.8", "above 95", "below 95"], "within",
    )  # fmt: skip
    found["id"] = found["source"] + "/funnel/" + found["metric"] + "/" + found["scope"] + "/" + found["area"]
    return found.assign(reading=reading)[FUNNELS]


def signals(
    con: duckdb.DuckDBPyConnection, cells: pd.DataFrame, study: Study, until: dict[str, dt.date]
) -> pd.DataFrame:
    """Table `signals`: the last final year against the years before it (u), and the time since the last case (t).

    `until` gives the day to which the figures of each source are final: waits are measured to it.
    """
    wanted = [study.scope, *study.scopes_beside]
    counts = cells[
        (cells["metric"] == COUNTED) & (cells["period_kind"] == "fy") & cells["scope"].isin(wanted)
        & ~cells["is_provisional"].astype(bool) & (cells["area"] != "unresolved")
    ]  # fmt: skip
    frames = [
        _last_year(rows, dict(zip(["source", "scope"], key, strict=True)))
        for key, rows in counts.groupby(["source", "scope"], sort=True)
    ]
    known = set(cells.loc[cells["area_kind"] == "district", "source"])
    frames += [
        _since_last(con, source, scope, day) for source, day in until.items() if source in known for scope in wanted
    ]
    found = pd.concat([f for f in frames if not f.empty] or [pd.DataFrame(columns=SIGNALS)], ignore_index=True)
    place = found["source"] + "/signal/" + found["chart"] + "/" + found["scope"] + "/" + found["area"]
    return found.assign(id=place, metric=COUNTED)[SIGNALS]


def _last_year(rows: pd.DataFrame, at: dict[str, Any]) -> pd.DataFrame:
    """A year against the five before it, given their sum: binomial, at the counts over the spread between years."""
    table = rows.pivot(index=["area_kind", "area"], columns="period", values="numerator").sort_index(axis=1)
    if table.shape[1] <= YEARS:
        return pd.DataFrame(columns=SIGNALS)
    years = table.iloc[:, -YEARS - 1 :].to_numpy(float)
    before, now = years[:, :-1].sum(axis=1), years[:, -1]
    wide = _between_years(years[:, :-1])
    x, total = now / wide, (now + before) / wide
    share = 1 / (YEARS + 1)
    more = np.where(now > 0, betainc(np.maximum(x, 1e-9), total - x + 1, share), 1.0)
    fewer = np.where(before > 0, 1 - betainc(x + 1, np.maximum(total - x, 1e-9), share), 1.0)
    chance = np.minimum(more, fewer)
    signal = np.select([more < ALARM, fewer < ALARM], ["more cases", "fewer cases"], "none")
    last = int(str(table.columns[-1])[2:])
    return table.reset_index()[["area_kind", "area"]].assign(
        **at, chart="u", from_fy=last - YEARS, to_fy=last, observed=now, expected=before / YEARS,
        unit="cases in the last final year", chance=chance, signal=signal,
    )  # fmt: skip


def _between_years(counts: Floats) -> float:
    """How much more than Poisson the years of one area differ, over all areas with any case; at least 1."""
    means = counts.mean(axis=1, keepdims=True)
    some = means[:, 0] > 0
    if not some.any():
        return 1.0
    ratio = ((counts - means) ** 2 / np.where(means > 0, means, 1)).sum(axis=1)[some] / (counts.shape[1] - 1)
    return max(1.0, float(ratio.mean()))


def _since_last(con: duckdb.DuckDBPyConnection, source: str, scope: str, day: dt.date) -> pd.DataFrame:
    """Whole months from the last case of a district to a day, and the chance of so long a wait given the years before.

    With n waits over T months behind it, a wait of g more has the chance (1 + g / T) ** -n under one steady rate.
    Cases of the twelve years that end with the day count; a case after the day has ended the wait.
    """
    since = day.replace(year=day.year - 2 * (YEARS + 1)) + dt.timedelta(days=1)
    found = con.execute(
        "select district as area, count(*) - 1 as n, date_sub('month', min(filed_on), max(filed_on)) as span,"
        f" greatest(0, date_sub('month', max(filed_on), date '{day}')) as gap from mart.case_facts"
        f" where source = '{source}' and district is not null and ({scopes()[scope].sql})"
        f" and filed_on >= date '{since}'"
        " group by district having count(*) >= 4 order by district"
    ).df()
    if found.empty:
        return pd.DataFrame(columns=SIGNALS)
    n, span, gap = (found[c].to_numpy(float) for c in ("n", "span", "gap"))
    chance = (1 + gap / np.maximum(span, 1)) ** -n
    return found[["area"]].assign(
        source=source, scope=scope, chart="t", area_kind="district", from_fy=fiscal_year(since), to_fy=fiscal_year(day),
        observed=gap, expected=np.maximum(span, 1) / n, unit="months since the last case", chance=chance,
        signal=np.where(chance < ALARM, "longer without a case", "none"),
    )  # fmt: skip
