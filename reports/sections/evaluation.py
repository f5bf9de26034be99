"""The evaluation, in the order of the TREND statement; nothing where the edition has none.

In: tables `evaluation_*` (docs/decisions/0004-evaluation.md). Out: the parts of `comparison.html`, from the design to
what would change our mind.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reports import words
from reports.cards import source_lines, view_label
from reports.charts import evidence
from reports.charts.drawn import drawn
from reports.charts.ratios import Ratio, ratios
from reports.claims import Claim, check
from reports.edition import Edition
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View
from reports.sections import evaluation_words
from sources.facts import districts
from transforms.evaluation.doubt.pretrend import BOUNDED

PREFIX = "evaluation_"
BINS = 24
SCALE = "ratio of observed to expected (log scale); 1 is as expected"
DEFINITION = (
    "Ratio = observed / expected, expected from a Poisson model with district and year effects fitted to untreated"
    " cells. Intervals are made for 95 %; how often they hold: docs/evaluation/simulation.md."
)
Spec = list[tuple[str, str, str]]  # column, heading, kind


def verdict(edition: Edition) -> dict[str, Any] | None:
    """What the brief says of it: sentence, verdict, and the smallest ratio that is seen four times in five."""
    if (found := evaluation_words.row(edition)) is None:
        return None
    said = evaluation_words.said(found["sentence"], found)
    return {"said": said, "verdict": found["verdict"], "least": found["detectable_ratio"]}


def trend(edition: Edition) -> dict[str, Any] | None:
    """Everything the page prints, in the order of the TREND statement; None where there is no evaluation."""
    found = evaluation_words.row(edition)
    if found is None:
        return None
    if not found["n_sites"]:
        return {"refused": f"{found['sentence']} {found['notes']}"}
    return {
        "refused": "",
        "short": evaluation_words.in_short(found),
        "design": evaluation_words.design(edition, found),
        "baseline": [*_sites(edition), *_balance(edition)],
        "power": [*_power(edition)],
        "estimate": evaluation_words.estimate(edition, found),
        "said": evaluation_words.said(found["sentence"], found),
        "outcomes": [*_outcomes(edition)],
        "evidence": [
            *_event_study(edition),
            *_placebos(edition),
            *_robustness(edition),
            *_sensitivity(edition, found["ratio"]),
            *_by_site(edition),
        ],
        "limits": evaluation_words.limits(edition, found),
        "mind": evaluation_words.mind(edition, found),
    }


def _frame(edition: Edition, name: str) -> pd.DataFrame | None:
    frame = edition.tables.get(f"{PREFIX}{name}")
    return None if frame is None or frame.empty else frame


def _sites(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "panel")) is None:
        return
    own, others = frame[frame["start"].notna()], frame[frame["start"].isna()]
    phases = {d: p for p in edition.manifest["study"]["phases"] for d in p["districts"]}
    rows = []
    for district, part in own.groupby("district", sort=True):
        phase, start = phases[district], part["start"].iloc[0]
        before, beside = (f[f["year"] < start]["n"] for f in (part, others))
        rows.append((phase["label"], f"{district} {_name(str(district))}", districts()[str(district)]["circuit"],
                     phase["announced_on"], phase["operational_on"] or "not published", start,
                     before.sum(), before.mean(), beside.mean()))  # fmt: skip
    named = pd.DataFrame(sorted(rows), columns=["phase", "site", "circuit", "announced", "operational", "start", "n",
                                                "a_year", "others"])  # fmt: skip
    spec = [("phase", "Phase", ""), ("site", "Site", ""), ("circuit", "Circuit", ""), ("announced", "Named on", ""),
            ("operational", "At work from", ""), ("start", "Counts from", "y"), ("n", "Counted before", "i"),
            ("a_year", "A year before", "n"), ("others", "Others in those years", "n")]  # fmt: skip
    said = (
        f"{len(named)} sites and {others['district'].nunique()} districts in comparison; before the start a site had"
        f" {named['a_year'].mean():.1f} a year, a comparison district {named['others'].mean():.1f} in the same years."
    )
    yield _figure(edition, "panel", "Which sites, and what were they like before?", said, named, spec)


def _balance(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "balance")) is not None:
        frame = frame.assign(group=frame["group"].str.replace("_", " "))
        spec = [("group", "Comparison group", ""), ("variable", "Before the first start", ""), ("sites", "Sites", "n"),
                ("comparison", "Others", "n"), ("standardised_difference", "Standardised difference", "n"),
                ("n_sites", "Sites counted", "i"), ("n_comparison", "Others counted", "i")]  # fmt: skip
        far = int((frame["standardised_difference"].abs() > 0.25).sum())
        said = f"{far} of {len(frame)} standardised differences before the start are over a quarter in size."
        yield _figure(edition, "balance", "Were the sites like the others before the start?", said, frame, spec)


def _power(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "power")) is not None:
        spec = [("ratio", "True ratio", "r"), ("power", "Seen", "%"), ("draws", "Draws", "i")]
        seen = frame[frame["power"] >= 0.8]["ratio"]
        least = f"a ratio of {words.ratio(float(seen.min()))}" if len(seen) else "no ratio tried"
        said = (
            f"The smallest true ratio tried that is seen at least 80 % of the time is {least}. A true ratio of 1 is"
            " taken for a difference as often as the first row says: a false alarm."
        )
        chart = drawn(evidence.power(frame["ratio"].astype(float).tolist(), frame["power"].astype(float).tolist()))
        yield _figure(edition, "power", "How large must a difference be to be seen?", said, frame, spec, chart)


RATIO: Spec = [("ratio", "Ratio", "r"), ("lower", "Lower", "l"), ("upper", "Upper", "l")]


def _outcomes(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "outcomes")) is not None:
        named = frame.assign(outcome=[_metric(edition, o) for o in frame["outcome"]])
        spec = [("outcome", "Outcome", ""), *RATIO, ("p_value", "p", "p"), ("p_adjusted", "p, adjusted", "p"),
                ("n_treated", "Sites", "i"), ("note", "Note", "")]  # fmt: skip
        said = f"{_out(frame)}; p is adjusted for looking at all of them."
        yield _figure(edition, "outcomes", "Does the picture hold for every outcome?", said, named, spec,
                      _forest(list(named["outcome"]), named))  # fmt: skip
    if (frame := _frame(edition, "estimates")) is not None:
        kept = frame[frame["term"].isin(["simple", "cluster_robust", "randomisation", "wild_bootstrap", "refused"])]
        kept = kept.assign(
            **{c: kept[c].str.replace("_", " ") for c in ("estimator", "term", "scale")},
            method=kept["method"].where(kept["term"] != "refused", kept["notes"]),
        )
        spec = [("estimator", "Estimator", ""), ("term", "Term", ""), ("scale", "Scale", ""),
                ("estimate", "Estimate", "e"), ("lower", "Lower", "n"), ("upper", "Upper", "n"), ("p_value", "p", "p"),
                ("method", "Method, or why not", "")]  # fmt: skip
        said = (
            f"{kept['estimator'].nunique()} estimators, each on its own scale: a ratio is not a difference. Those in"
            " differences assume that counts move in parallel, which common growth breaks: they lean upwards."
        )
        yield _figure(edition, "estimates", "What do other estimators say?", said, kept, spec)


def _event_study(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "event_study")) is not None:
        columns = [frame[c].astype(float).tolist() for c in ("event_time", "estimate", "lower", "upper")]
        spec = [("event_time", "Years from the start", "i"), ("estimate", "Ratio", "r"), ("lower", "Lower", "l"),
                ("upper", "Upper", "l"), ("n_sites", "Sites", "i")]  # fmt: skip
        before = frame[frame["event_time"] < 0]
        said = (
            f"{_out(before, ' before the start')}. A year before the start is set against"
            " what the site's other years predict."
        )
        yield _figure(edition, "event_study", "How did the ratio move, year by year from the start?", said, frame, spec,
                      drawn(evidence.by_event_time(*columns)))  # fmt: skip


def _placebos(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "placebos")) is None:
        return
    sites = float(frame[frame["is_sites"]]["ratio"].iloc[0])
    drawn_ = frame[~frame["is_sites"].astype(bool)]["ratio"].astype(float).replace([np.inf, -np.inf], np.nan).dropna()
    counts, edges = np.histogram(drawn_, bins=BINS)
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "n": counts})
    above = int((drawn_ >= sites).sum())
    said = f"{above} of {len(drawn_)} invented assignments of the sites give a ratio of {words.ratio(sites)} or more."
    spec = [("from", "Ratio from", "r"), ("to", "to", "r"), ("n", "Assignments", "i")]
    chart = drawn(evidence.placebos([round(float(e), 3) for e in edges], [int(c) for c in counts], round(sites, 3)))
    yield _figure(edition, "placebos", "Where do the sites stand among invented sites?", said, table, spec, chart)


def _robustness(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "robustness")) is not None:
        one_out = frame["check"].str.startswith("leave one")
        spec = [("check", "Check", ""), ("detail", "What was changed", ""), *RATIO, ("p_value", "p", "p"),
                ("n_treated", "Sites", "i"), ("note", "Note", "")]  # fmt: skip
        for suffix, question, kept in (
            ("", "Does the result hang on one choice?", frame[~one_out]),
            ("left-out", "Does the result hang on one site, circuit or year?", frame[one_out]),
        ):
            made = kept[kept["ratio"].notna()]
            gaps = len(kept) - len(made)
            more = f" {gaps} checks could not be made; the note says why." if gaps else ""
            said = (
                f"{len(made)} estimates with one thing changed: ratios from {words.ratio(made['ratio'].min())} to"
                f" {words.ratio(made['ratio'].max())}; {_out(made)}.{more}"
            )
            chart = "" if suffix else _forest([f"{r.check}: {r.detail}" for r in kept.itertuples()], kept)
            yield _figure(edition, "robustness", question, said, kept, spec, chart, suffix)


def _sensitivity(edition: Edition, result: float | None) -> Iterator[Figure]:
    """The bounds, which are of another ratio than the result."""
    if (frame := _frame(edition, "sensitivity")) is not None:
        frame = frame.assign(restriction=frame["restriction"].str.replace("_", " "))
        spec = [("restriction", "Bound on", ""), ("m", "Size", "n"), ("ratio", "To the year before", "r"),
                ("lower", "Lower", "l"), ("upper", "Upper", "l")]  # fmt: skip
        said = (
            f"Bounded is not the ratio of the verdict ({words.ratio(result)}) but {BOUNDED}:"
            f" {words.ratio(float(frame['ratio'].iloc[0]))}. Its limits if trends after the start may differ from those"
            " before. Relative magnitude: by so many times the largest change seen before. Smoothness: by so much"
            " change of slope a year, in logs. They rest on clustered errors, which are too small with few sites."
        )
        question = "How much drift would undo the ratio to the year before the start?"
        definition = (
            f"Ratio = geometric mean, over years and sites, of {BOUNDED}, by a Poisson regression with districts that"
            " never had a team in comparison; limits by Rambachan and Roth (2023)."
        )
        yield _figure(edition, "sensitivity", question, said, frame, spec, definition=definition)


def _by_site(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "by_site")) is not None:
        named = frame.assign(district=[f"{d} {_name(d)}" for d in frame["district"]])
        spec = [("district", "Site", ""), ("start", "Start", "y"), ("before", "Before", "i"),
                ("observed", "Observed", "i"), ("expected", "Expected", "r"), *RATIO,
                ("placebo_p_value", "Rank among placebos (p)", "p")]  # fmt: skip
        said = (
            "Single sites have few cases. The limits are the ratios at which a site would lie no further from what was"
            " expected than 19 in 20 districts without a team do, given the same start."
        )
        yield _figure(edition, "by_site", "What was seen in each site against what was expected?", said, named, spec,
                      _forest(list(frame["district"]), frame))  # fmt: skip


def _name(district: str) -> str:
    return str(districts()[district]["name"]) if district in districts() else ""


def _out(frame: pd.DataFrame, which: str = "") -> str:
    """`1 of 4 intervals leaves out a ratio of 1`."""
    n = int(((frame["lower"] > 1) | (frame["upper"] < 1)).sum())
    return f"{n} of {words.counted(len(frame), 'interval')}{which} {'leaves' if n == 1 else 'leave'} out a ratio of 1"


def _metric(edition: Edition, name: str) -> str:
    return str(edition.manifest["metrics"].get(name, {}).get("label", name))


def _forest(names: list[str], frame: pd.DataFrame) -> str:
    """Every row that has a ratio; one without limits is a dot."""
    limits = frame[["ratio", "lower", "upper"]].astype(float).to_numpy().tolist()
    rows = [
        Ratio(name, "estimate", ratio, *(ratio if np.isnan(v) else v for v in (lower, upper)))
        for name, (ratio, lower, upper) in zip(names, limits, strict=True)
        if not np.isnan(ratio)
    ]
    return drawn(ratios(rows, SCALE)) if rows else ""


def _figure(
    edition: Edition,
    name: str,
    question: str,
    said: str,
    frame: pd.DataFrame,
    spec: Spec,
    chart: str = "",
    suffix: str = "",
    definition: str = DEFINITION,
) -> Figure:
    study = edition.manifest["study"]
    source, scope = edition.tables[f"{PREFIX}{name}"][["source", "scope"]].iloc[0]
    rows = [[Td(evaluation_words.text(value, kind), "" if kind else "word")
             for value, (_, _, kind) in zip(row, spec, strict=True)]
            for row in frame[[c for c, _, _ in spec]].itertuples(index=False)]  # fmt: skip
    label = view_label(edition, (source, scope))
    table = Table(
        f"{question.removesuffix('?')}: the numbers",
        [Td(heading, "" if kind else "word") for _, heading, kind in spec],
        rows,
    )
    card = Card(
        counted=f"The sites, and in comparison: {study['comparison']} {label}.",
        not_counted=f"Years that are not complete; spill-over districts. {study['spillover']['why']}",
        definition=definition,
        reading="An estimate under assumptions: without the teams, counts would have moved by common factors.",
        caveats=["Sites were chosen by competition, not by lot.", "With few sites, single results are often chance."],
        sources=source_lines(edition, [source]),
        ids=f"{PREFIX}{name}@{edition.manifest['edition']}",
    )
    alt = f"{question} The table beside it holds the same numbers."
    download = csv_link(f"{PREFIX}{name}", f"Table {PREFIX}{name}")
    view = View("", "", "", label, [check(Claim(said))], chart, table)
    key = f"e-{suffix or name.replace('_', '-')}"
    return Figure(key, question, [view], card, alt, download)
