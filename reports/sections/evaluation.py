"""The evaluation, in the order of the TREND statement; nothing where the edition has none.

In: tables `evaluation_*` (docs/decisions/0004-evaluation.md). Out: the verdict and figures for `comparison.html`:
sites and baseline, power, outcomes and estimation, ancillary analyses.
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
from reports.edition import Edition, clean
from reports.section import Card, Figure, Table, Td, View
from sources.facts import districts

PREFIX = "evaluation_"
BINS = 24
SCALE = "ratio of observed to expected (log scale); 1 is as expected"
Spec = list[tuple[str, str, str]]  # column, heading, kind


def verdict(edition: Edition) -> dict[str, Any] | None:
    """The one row that says what the whole comes to, with its cautions."""
    frame = edition.tables.get(f"{PREFIX}verdict")
    if frame is None or frame.empty:
        return None
    row: dict[str, Any] = {str(k): v for k, v in frame.iloc[0].to_dict().items()}
    low, high = clean(row["lower"]), clean(row["upper"])
    notes = str(clean(row["notes"]) or "")
    claims = [check(Claim(str(row["sentence"]), low, high))]
    facts = [
        ("Verdict", str(row["verdict"])), ("Ratio", f"{words.ratio(row['ratio'])} ({words.interval(low, high)})"),
        ("p, score test", _number(row["p_value"])), ("p, randomisation", _number(row["p_randomisation"])),
        ("Smallest ratio seen 80 % of the time", words.ratio(clean(row["detectable_ratio"]))),
        ("Sites and comparison districts", f"{row['n_sites']} and {row['n_comparison']}"),
        ("Years", words.years(int(row["from_fy"]), int(row["to_fy"]))),
    ]  # fmt: skip
    return {
        "said": claims[0].text,
        "facts": facts,
        "cautions": str(row["cautions"]),
        "notes": notes[:1].upper() + notes[1:],
        "least": clean(row["detectable_ratio"]),
        "verdict": str(row["verdict"]),
    }


def figures(edition: Edition) -> list[Figure]:
    """Every figure whose table is in the edition."""
    return [f for make in (_baseline, _power, _outcomes, _ancillary) for f in make(edition)]


def _frame(edition: Edition, name: str) -> pd.DataFrame | None:
    frame = edition.tables.get(f"{PREFIX}{name}")
    return None if frame is None or frame.empty else frame


def _baseline(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "balance")) is not None:
        frame = frame.assign(group=frame["group"].str.replace("_", " "))
        spec = [("group", "Comparison group", ""), ("variable", "Before the start", ""), ("sites", "Sites", "n"),
                ("comparison", "Others", "n"), ("standardised_difference", "Standardised difference", "n"),
                ("n_sites", "Sites counted", "i"), ("n_comparison", "Others counted", "i")]  # fmt: skip
        far = int((frame["standardised_difference"].abs() > 0.25).sum())
        said = f"{far} of {len(frame)} standardised differences before the start are over a quarter in size."
        yield _figure(edition, "balance", "Were the sites like the others before the start?", said, frame, spec)
    if (frame := _frame(edition, "event_study")) is not None:
        columns = [frame[c].astype(float).tolist() for c in ("event_time", "estimate", "lower", "upper")]
        spec = [("event_time", "Years from the start", "i"), ("estimate", "Ratio", "r"), ("lower", "Lower", "r"),
                ("upper", "Upper", "r"), ("n_treated", "Sites", "i")]  # fmt: skip
        before = frame[frame["event_time"] < 0]
        out = int(((before["lower"] > 1) | (before["upper"] < 1)).sum())
        said = f"{out} of {len(before)} intervals before the start leave out 1; years before are told from the others."
        yield _figure(edition, "event_study", "How did the ratio move, year by year from the start?", said, frame, spec,
                      drawn(evidence.by_event_time(*columns)))  # fmt: skip


def _power(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "power")) is not None:
        spec = [("ratio", "True ratio", "r"), ("power", "Seen", "%"), ("draws", "Draws", "i")]
        seen = frame[frame["power"] >= 0.8]["ratio"]
        least = f"a ratio of {words.ratio(float(seen.min()))}" if len(seen) else "no ratio tried"
        said = f"The smallest true ratio seen at least 80 % of the time is {least}."
        chart = drawn(evidence.power(frame["ratio"].astype(float).tolist(), frame["power"].astype(float).tolist()))
        yield _figure(edition, "power", "How large must a difference be to be seen?", said, frame, spec, chart)


def _outcomes(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "outcomes")) is not None:
        named = frame.assign(outcome=[_metric(edition, o) for o in frame["outcome"]])
        spec = [("outcome", "Outcome", ""), *RATIO, ("p_value", "p", "n"), ("p_adjusted", "p, adjusted", "n"),
                ("n_treated", "Sites", "i")]  # fmt: skip
        said = f"{_clear(frame)} of {len(frame)} intervals leave out 1; p is adjusted for looking at all of them."
        yield _figure(edition, "outcomes", "Does the picture hold for every outcome?", said, named, spec,
                      _forest(list(named["outcome"]), named))  # fmt: skip
    if (frame := _frame(edition, "by_site")) is not None:
        named = frame.assign(
            district=[f"{d} {districts()[d]['name']}" if d in districts() else d for d in frame["district"]]
        )
        spec = [("district", "Site", ""), ("start", "Start", "y"), ("before", "Before", "i"),
                ("observed", "Observed", "i"), ("expected", "Expected", "n"), *RATIO,
                ("placebo_p_value", "Rank among placebos (p)", "n")]  # fmt: skip
        said = "Single sites have few cases; the limits take events as independent and are too narrow."
        yield _figure(edition, "by_site", "What was seen in each site against what was expected?", said, named, spec,
                      _forest(list(frame["district"]), frame))  # fmt: skip


RATIO: Spec = [("ratio", "Ratio", "r"), ("lower", "Lower", "r"), ("upper", "Upper", "r")]


def _ancillary(edition: Edition) -> Iterator[Figure]:
    if (frame := _frame(edition, "robustness")) is not None:
        spec = [("check", "Check", ""), ("detail", "What was changed", ""), *RATIO, ("p_value", "p", "n"),
                ("n_treated", "Sites", "i"), ("note", "Note", "")]  # fmt: skip
        kept = frame[frame["ratio"].notna() & ~frame["check"].str.startswith("leave one")]
        said = f"{len(frame)} choices were changed one at a time; {_clear(frame)} of the intervals leave out 1."
        names = [f"{r.check}: {r.detail}" for r in kept.itertuples()]
        yield _figure(
            edition, "robustness", "Does the result hang on one choice?", said, frame, spec, _forest(names, kept)
        )
    if (frame := _frame(edition, "placebos")) is not None:
        yield _placebos(edition, frame)
    if (frame := _frame(edition, "sensitivity")) is not None:
        frame = frame.assign(restriction=frame["restriction"].str.replace("_", " "))
        spec = [("restriction", "Bound on", ""), ("m", "Size", "n"), ("lower", "Lower", "r"), ("upper", "Upper", "r")]
        said = "The wider the break from the trend before the start that one allows, the wider the limits."
        yield _figure(
            edition, "sensitivity", "How much drift before the start would undo the result?", said, frame, spec
        )
    if (frame := _frame(edition, "estimates")) is not None:
        kept = frame[frame["term"].isin(["simple", "cluster_robust", "randomisation"])]
        kept = kept.assign(**{c: kept[c].str.replace("_", " ") for c in ("estimator", "term", "scale")})
        spec = [("estimator", "Estimator", ""), ("term", "Term", ""), ("scale", "Scale", ""),
                ("estimate", "Estimate", "n"), ("lower", "Lower", "n"), ("upper", "Upper", "n"), ("p_value", "p", "n"),
                ("method", "Method", "")]  # fmt: skip
        said = f"{kept['estimator'].nunique()} estimators, each on its own scale: a ratio is not a difference."
        yield _figure(edition, "estimates", "What do other estimators say?", said, kept, spec)


def _placebos(edition: Edition, frame: pd.DataFrame) -> Figure:
    sites = float(frame[frame["is_sites"]]["ratio"].iloc[0])
    drawn_ = frame[~frame["is_sites"].astype(bool)]["ratio"].astype(float).replace([np.inf, -np.inf], np.nan).dropna()
    counts, edges = np.histogram(drawn_, bins=BINS)
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "n": counts})
    above = int((drawn_ >= sites).sum())
    said = f"{above} of {len(drawn_)} invented assignments of the sites give a ratio of {words.ratio(sites)} or more."
    spec = [("from", "Ratio from", "r"), ("to", "to", "r"), ("n", "Assignments", "i")]
    chart = drawn(evidence.placebos([round(float(e), 3) for e in edges], [int(c) for c in counts], round(sites, 3)))
    return _figure(edition, "placebos", "Where do the sites stand among invented sites?", said, table, spec, chart)


def _clear(frame: pd.DataFrame) -> int:
    return int(((frame["lower"] > 1) | (frame["upper"] < 1)).sum())


def _metric(edition: Edition, name: str) -> str:
    return str(edition.manifest["metrics"].get(name, {}).get("label", name))


def _forest(names: list[str], frame: pd.DataFrame) -> str:
    limits = frame[["ratio", "lower", "upper"]].astype(float).fillna(1).to_numpy()
    return drawn(ratios([Ratio(n, "estimate", *map(float, row)) for n, row in zip(names, limits, strict=True)], SCALE))


def _figure(
    edition: Edition, name: str, question: str, said: str, frame: pd.DataFrame, spec: Spec, chart: str = ""
) -> Figure:
    study = edition.manifest["study"]
    source, scope = edition.tables[f"{PREFIX}{name}"][["source", "scope"]].iloc[0]
    rows = [[Td(_text(value, kind), "" if kind else "word") for value, (_, _, kind) in zip(row, spec, strict=True)]
            for row in frame[[c for c, _, _ in spec]].itertuples(index=False)]  # fmt: skip
    label = view_label(edition, (source, scope))
    table = Table(question, [Td(heading, "" if kind else "word") for _, heading, kind in spec], rows)
    card = Card(
        counted=f"The sites, and in comparison: {study['comparison']} {label}.",
        not_counted=f"Years that are not complete; spill-over districts. {study['spillover']['why']}",
        definition="Ratio = observed / expected, expected from a Poisson model with district and year effects fitted "
        "to untreated cells. Intervals are 95 % unless the method says otherwise.",
        reading="An estimate under assumptions: without the teams, counts would have moved by common factors.",
        caveats=["Sites were chosen by competition, not by lot.", "With few sites, single results are often chance."],
        sources=source_lines(edition, [source]),
        ids=f"{PREFIX}{name}@{edition.manifest['edition']}",
    )
    alt = f"{question} The table beside it holds the same numbers."
    download = (f"downloads/{PREFIX}{name}.csv", f"Table {PREFIX}{name} (CSV)")
    view = View("", "", "", label, [check(Claim(said))], chart, table)
    return Figure(f"e-{name.replace('_', '-')}", question, [view], card, alt, download)


def _text(value: Any, kind: str) -> str:
    found = clean(value)
    if found is None or found == "":
        return "" if kind == "" else words.NOT_APPLICABLE
    if kind in {"i", "%"}:
        return words.number(float(found), "rate" if kind == "%" else "count")
    return words.ratio(float(found)) if kind == "r" else f"FY{int(found)}" if kind == "y" else _number(found)


def _number(value: Any) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    return words.NOT_APPLICABLE if clean(value) is None else "no limit" if np.isinf(value) else f"{value:,.3f}"
