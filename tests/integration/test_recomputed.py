"""Metrics equal an independent recomputation in three invented worlds, in every area, period, scope and part."""

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

from sources.contract import agencies
from sources.landing import candidates, read_delivery
from sources.readers import keyed_hash
from sources.schema import tables
from sources.synthetic import generate
from tests.integration.recomputed import Dump
from transforms import counting, facts, period, published
from transforms import study as studies
from transforms.in_use import Feed, staging_view_sql
from transforms.intake import take_in
from transforms.metric import metrics
from transforms.model import models

SCALE, DAY = 0.06, dt.date(2026, 7, 31)
STUDY = studies.Study(**yaml.safe_load(studies.default_text()))
SCOPES = {
    "acteam": lambda f: f["05e"],
    "chapter77": lambda f: f["any chapter77"],
    "bjs": lambda f: f["any bjs"],
    "flagged": lambda f: f["05e"] & ~f["any chapter77"],
    "listed": lambda f: pd.Series(True, index=f.index),
}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[3, 17, 2024])
def world(request, tmp_path_factory):
    """(the engine's numbers, the dump) of one invented world."""
    root = tmp_path_factory.mktemp("world")
    generate(root, seed=request.param, scale=SCALE, n_deliveries=1)
    feeds = []
    with duckdb.connect() as con:
        con.execute("create schema staging; create schema core; create schema mart; create schema metric")
        for key in ("eousa", "crt_htpu"):
            agency = agencies()[key]
            for name, place, paths in candidates(agency, root / "landing" / key):
                folder = root / "made" / key
                take_in(con, agency, read_delivery(agency, name, place, paths), folder, keyed_hash(b"k"))
                feeds += [
                    Feed(key, agency.mode, c, folder / "staged" / f"{c.name}.parquet", DAY, name)
                    for c in agency.contracts
                ]
        given = [f for f in feeds if f.path.is_file()]
        for table in tables().values():
            con.execute(staging_view_sql(table, given))
        facts.load(con, STUDY)
        for model in models():
            model.build(con)
        for mart in counting.marts():
            counting.count_numbers(con, mart, STUDY, {"eousa": DAY}, 2004)
            counting.keep(con, mart)
        found = published.numbers(con, counting.marts(), {})
    return found, Dump(root / "made")


def test_every_number_is_found_again(world):
    found, dump = world
    rows = dump.rows()
    counted = [name for name, m in metrics().items() if not m.of and m.method != "survival"]
    assert set(rows) == set(counted)
    seen = 0
    for name in counted:
        ours = found[(found["metric"] == name) & found["split"].isna()]
        again = recount(rows[name], ours)
        both = ours.merge(again, on=["scope", "area", "period"], how="left")
        assert len(both) == len(ours) > 0
        top = both.numerator if metrics()[name].kind != "median" else both.value
        off = both[(top - both.top.where(both.top.notna(), top)).abs() > 1e-9]
        assert off.empty, (name, off[["scope", "area", "period", "top"]].head().to_string())
        if metrics()[name].kind != "count":
            assert (both.denominator == both.bottom).all(), name
        assert top.notna().equals(both.top.notna()), name
        seen += len(both)
    assert seen > 50_000


def recount(rows, ours):
    """The same cells as `ours`, counted over the rows of one metric."""
    f = rows.frame.assign(day=pd.to_datetime(rows.frame[rows.day]))
    f = f[f.day.notna()]
    end = pd.to_datetime(rows.frame[rows.until]).loc[f.index] if rows.until else None
    end = end.where(end.isna() | (end >= f.day), f.day) if end is not None else None
    groups = f.district.map(STUDY.group_of)
    spans = ours[["period", "starts_on", "ends_on"]].drop_duplicates()
    day, found = f.day.to_numpy(), []
    inside = {
        p.period: (day >= np.datetime64(p.starts_on)) & (day <= np.datetime64(p.ends_on)) if end is None
        else (day <= np.datetime64(p.ends_on)) & (end.isna() | (end > p.ends_on)).to_numpy()
        for p in spans.itertuples()
    }  # fmt: skip
    top, bottom, value = (None if s is None else s.loc[f.index].to_numpy() for s in (rows.top, rows.bottom, rows.value))
    areas = {a: groups.eq(a).to_numpy() | f.district.eq(a).to_numpy() | (a == "ALL") for a in ours.area.unique()}
    wanted = ours.groupby(["scope", "area"]).period.apply(list)
    for (scope, area), names in wanted.items():
        here = SCOPES[scope](f).to_numpy(bool) & areas[area]
        for name in names:
            found.append((scope, area, name, *_cell(here & inside[name], top, bottom, value, day, end, name)))
    return pd.DataFrame(found, columns=["scope", "area", "period", "top", "bottom"])


def _cell(chosen, top, bottom, value, day, end, name):
    if value is not None:
        kept = value[chosen & ~pd.isna(value)].astype(float)
        if end is not None:
            last = min(np.datetime64(period.parse(name).ends_on), np.datetime64(DAY))
            kept = (last - day[chosen].astype("datetime64[D]")).astype(int)
        return (float(np.median(kept)) if len(kept) else np.nan), len(kept)
    if bottom is None:
        return float(top[chosen].sum()), np.nan
    whole = chosen & bottom.astype(bool)
    return float(top[whole].sum()), float(whole.sum())


def test_estimates_of_cohorts_are_found_again(world):
    """Value and median of a cohort by statsmodels, from the staged rows; here cases are followed to the data date."""
    from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

    found, dump = world
    chosen = found["metric"].map(lambda m: metrics()[m].method in ("incidence", "survival"))
    ours = found[chosen & found["split"].isna() & (found["area"].isin(["ALL", "phase_1", "other"]))]
    seen = 0
    for r in ours[ours["value"].notna()].sample(n=80, random_state=3).itertuples():
        d = dump.defendants
        d = d[SCOPES[r.scope](d) & ~(pd.to_datetime(d.ended) < pd.to_datetime(d.charged))]
        d = d[(r.area == "ALL") | (d.district.map(STUDY.group_of) == r.area)]
        d = d[pd.to_datetime(d.charged).between(pd.Timestamp(r.starts_on), pd.Timestamp(r.ends_on))]
        over = d.how.notna() & (pd.to_datetime(d.ended) <= pd.Timestamp(DAY))
        last = pd.to_datetime(d.ended).where(over, pd.Timestamp(DAY))
        time = (last - pd.to_datetime(d.charged)).dt.days.to_numpy()
        status = np.where(over, np.where(d.convicted, 1, 2), 0)
        if metrics()[r.metric].method == "survival":
            curve = SurvfuncRight(time, (status > 0).astype(int))
            again = curve.surv_times[curve.surv_prob <= 0.5 + 1e-12][0]
        else:
            curve = CumIncidenceRight(time, np.where(status > 0, status, 0))
            within = curve.times <= round(metrics()[r.metric].follow_up_months * 30.4375)
            again = curve.cinc[0][within][-1] if within.any() and (status == 1).any() else 0.0
        assert r.value == pytest.approx(again, abs=1e-9), r.id
        seen += 1
    assert seen == 80


PARTS = {
    "labor_or_sex": lambda f, part: f["kind"] == part,
    "reason": lambda f, part: f["reason"] == part,
    "related": lambda f, part: f[f"filed {part}"],
    "pair": lambda f, part: f["pairs"] == part,
}


def test_every_part_is_found_again(world):
    found, dump = world
    rows = dump.rows()
    parts = found[found["split"].notna() & (found["area"].isin(["ALL", "phase_1", "other"]))]
    parts = parts[parts["metric"].isin(rows)]  # a median of a cohort is found again above
    drawn = parts.groupby(["metric", "split", "part", "scope"]).sample(n=2, random_state=7, replace=True)
    assert set(drawn["split"]) == set(PARTS) and len(drawn) > 500
    for r in drawn.drop_duplicates("id").itertuples():
        m, given = metrics()[r.metric], rows[r.metric]
        frame = given.frame
        inside = PARTS[r.split](frame, r.part)
        if r.split in ("labor_or_sex", "pair"):
            kept = frame.index[inside]
            cut = given.__class__(frame.loc[kept], given.day, *(None if s is None else s.loc[kept] for s in
                                  (given.top, given.bottom, given.value)), given.until)  # fmt: skip
        else:
            cut = given.__class__(frame, given.day, given.top * inside, given.bottom, None, given.until)
        again = recount(cut, pd.DataFrame([r._asdict()])).iloc[0]
        ours = r.value if m.kind == "median" else r.numerator
        assert ours == pytest.approx(again.top, nan_ok=True), r.id
        assert m.kind == "count" or r.denominator == again.bottom, r.id
