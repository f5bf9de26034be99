"""What the evaluation says in plain words: in short, design, the estimate, limits, what would change our mind.

In: tables `evaluation_*` and the study of the manifest. Out: sentences, each held to what its interval carries, and
lists of (name, value, what it means).
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reports import words
from reports.cards import view_label
from reports.claims import Claim, check
from reports.edition import Edition, clean
from transforms.evaluation.doubt.pretrend import BOUNDED
from transforms.evaluation.proof import proof

Fact = tuple[str, str, str]
FULL_DRAWS = 1999


def row(edition: Edition) -> dict[str, Any] | None:
    """The verdict: the one row that says what the whole comes to; None where the edition has no evaluation."""
    frame = edition.tables.get("evaluation_verdict")
    if frame is None or frame.empty:
        return None
    return {str(k): clean(v) for k, v in frame.iloc[0].to_dict().items()}


def said(text: str, found: dict[str, Any]) -> str:
    """A sentence, refused if it says more than the interval of the estimate carries."""
    return check(Claim(text, found["lower"], found["upper"])).text


def in_short(found: dict[str, Any]) -> list[str]:
    """Power first, then the verdict, then the number."""
    least = found["detectable_ratio"]
    seen = (
        f"A true ratio of {least:.2f} or more would have been seen at least four times in five."
        if least
        else "Not even the largest ratio tried would have been seen four times in five."
    )
    verdict = f"Verdict: {found['verdict']}."
    return [said(text, found) for text in (seen, verdict, str(found["sentence"]))]


def design(edition: Edition, found: dict[str, Any]) -> list[Fact]:
    """The design as fixed in the study file."""
    study = edition.manifest["study"]
    draws = study["inference"]
    names = edition.manifest["metrics"]
    fewer = " (fewer than the usual 1,999)" if draws["draws"] < FULL_DRAWS else ""
    second = [names.get(o, {}).get("label", o) for o in study["outcomes"] if o != study["primary_outcome"]]
    label = names.get(study["primary_outcome"], {}).get("label", study["primary_outcome"])
    return [
        ("Unit", "A federal district in a fiscal year", _years(found)),
        ("Primary outcome", f"{label}, {view_label(edition, (found['source'], found['scope']))}",
         "One outcome is primary, so that nobody can pick the best of several afterwards."),
        ("Other outcomes", words.listed(second) or "none", "Their p-values allow for looking at all of them."),
        ("Estimand", "Ratio of what was counted in the sites after the start to what would be expected without teams",
         "Expected: each district's own level before, times the growth of districts not (yet) treated."),
        ("Model", "Poisson, district and year effects, treated cohorts and years saturated (extended two-way fixed "
         "effects)", "Counts grow by common factors here, so levels are compared by factors, not by differences."),
        ("Interval", "Score test by district with random signs, inverted; beside it randomisation over sites",
         "Both are made for few treated districts. Where they disagree, the verdict is no clear difference."),
        ("Comparison", study["comparison"], f"Left out: {words.listed(study['spillover']['districts'])}. "
         f"{study['spillover']['why']}"),
        ("Draws and seed", f"{draws['draws']:,} draws, {draws['power_draws']:,} for power, seed {draws['seed']}{fewer}",
         "The same data and study give the same numbers."),
        ("Study file", edition.manifest["study_sha256"][:16], _lock(edition)),
    ]  # fmt: skip


def _years(found: dict[str, Any]) -> str:
    return f"{words.years(int(found['from_fy']), int(found['to_fy']))}. {_upper(found['notes'])}"


def _upper(text: str | None) -> str:
    return f"{_upper_first(text)}." if text else ""


def _lock(edition: Edition) -> str:
    """Whether the study was fixed before results were seen, with both hashes where it changed."""
    lock = edition.manifest.get("study_lock")
    if not lock:
        return "Not locked: the study could still be changed after a look at the results (palermo study lock)."
    seen = f"after {lock['n_editions']} edition(s)" if lock["n_editions"] else "before any edition was made"
    first = f"Locked on {lock['locked_on']}, {seen}, with SHA-256 {lock['sha256']}."
    if not lock["changed"]:
        return f"{first} Unchanged since."
    why = f" Locked again, because: {lock['why']}" if lock["is_locked_again"] else " Not locked again."
    return f"{first} CHANGED SINCE, now {edition.manifest['study_sha256']}: {words.listed(lock['changed'])}.{why}"


def estimate(edition: Edition, found: dict[str, Any]) -> list[Fact]:
    """The primary estimate, each number with plain words."""
    low, high = found["lower"], found["upper"]
    facts = [
        ("Ratio", words.ratio(found["ratio"]), "Counted over expected in the sites after the start. 1 is as expected."),
        (_upper_first(proof().name), words.interval(low, high),
         f"Ratios that the data do not rule out. {proof().words}"),
        ("p, score test", p_value(found["p_value"]), _chance(found["p_value"])),
        ("p, randomisation", p_value(found["p_randomisation"]),
         f"Share of {edition.manifest['study']['inference']['draws']:,} invented choices of sites as far out."),
        ("Sites and comparison districts", f"{found['n_sites']} and {found['n_comparison']}",
         "Districts are the independent units, not cases or defendants."),
    ]  # fmt: skip
    return [*facts[:2], *_robust(edition), *facts[2:]]


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _robust(edition: Edition) -> Iterator[Fact]:
    frame = edition.tables.get("evaluation_estimates")
    if frame is None:
        return
    for r in frame[frame["term"] == "cluster_robust"].itertuples():
        yield ("Cluster-robust interval", words.interval(clean(r.lower), clean(r.upper)),
               "What most software prints; too narrow with few sites, shown for comparison only.")  # fmt: skip


def p_value(value: float | None) -> str:
    """A p-value as text, never as zero."""
    return words.NOT_APPLICABLE if value is None else "under 0.001" if value < 0.001 else f"{value:.3f}"


def _chance(p: float | None) -> str:
    if p is None:
        return ""
    often = "less than once in 100 times" if p < 0.01 else f"about {round(100 * p)} times in 100"
    return f"If nothing had changed, chance alone would bring a ratio this far from 1 {often}."


def limits(edition: Edition, found: dict[str, Any]) -> list[str]:
    """What stands against reading the ratio as an effect of the teams."""
    scope = edition.manifest["scopes"][found["scope"]]
    said_ = [s for s in re.split(r"(?<=\.) (?=[A-Z])", str(found["cautions"] or "")) if s]
    fixed = [
        "Nothing here says what would have happened without teams: it says what growth elsewhere would give.",
        "With few sites, a single large scheme can move the ratio; see what happens when one site is left out.",
        *scope["caveats"],
        "Single sites and single years hold too few cases to judge: their limits are wide.",
    ]
    return [said(text, found) for text in [*said_, *fixed]]


def mind(edition: Edition, found: dict[str, Any]) -> list[str]:
    """What would change the verdict, with where each stands now."""
    lines = [*_by_interval(found), *_by_robustness(edition.tables.get("evaluation_robustness"))]
    if found["breakdown"]:
        lines.append(
            f"Drift: the bounds of {BOUNDED} hold 1 once trends after the start may differ by"
            f" {found['breakdown']:g} times the largest change seen before it."
        )
    elif found["breakdown"] == 0:
        lines.append(f"Drift: the bounds of {BOUNDED} hold 1 even if trends after the start were as those before it.")
    return [said(text, found) for text in lines]


def _by_interval(found: dict[str, Any]) -> Iterator[str]:
    both = f"{p_value(found['p_value'])} and {p_value(found['p_randomisation'])}"
    if str(found["verdict"]).startswith("clear"):
        yield f"Chance: a re-count after which either p-value is over 0.05 (now {both})."
    elif found["ratio"] is not None:
        yield f"Chance: both p-values at 0.05 or less (now {both}), with more years or with more sites."
    if found["detectable_ratio"]:
        yield (
            f"Precision: a true ratio under {found['detectable_ratio']:.2f} is missed more often than once in five with"
            " these sites and years; only more sites, more years or fewer clumps would show it."
        )


def _by_robustness(frame: pd.DataFrame | None) -> Iterator[str]:
    if frame is None:
        return
    known = frame[frame["ratio"].notna()]
    left = known[known["check"].str.startswith("leave one")]
    if len(left):
        yield (
            f"One place or year: leaving out any one site, circuit or year gives ratios from {left['ratio'].min():.2f}"
            f" to {left['ratio'].max():.2f}, and p-values from {p_value(left['p_value'].min())} to"
            f" {p_value(left['p_value'].max())}."
        )
    early = known[known["check"] == "placebo in time"]
    if len(early):
        yield (
            f"Time: a start moved {len(early)} times into the years before should show nothing; its smallest p-value is"
            f" {p_value(early['p_value'].min())}. One under 0.05 would put the whole comparison in doubt."
        )
    for kind, name in (("scope", "Recoding"), ("negative control", "Other work"), ("spill-over", "Spill-over")):
        for r in known[known["check"] == kind].itertuples():
            limits_ = words.interval(clean(r.lower), clean(r.upper))
            yield f"{name}: {r.detail} gives {words.ratio(clean(r.ratio))} ({limits_})."


def text(value: Any, kind: str) -> str:
    """A value of a table as its column's kind reads: a count, a share, a ratio or limit, a p-value, a year."""
    found = clean(value)
    if found is None or found == "":
        return "" if kind == "" else words.NOT_APPLICABLE
    if kind == "p":
        return p_value(float(found))
    if kind in {"i", "%"}:
        return words.number(float(found), "rate" if kind == "%" else "count")
    if kind == "r" or (kind == "e" and np.isinf(found)):
        return words.ratio(float(found))
    if kind == "l":
        return words.limit(float(found))
    return f"FY{int(found)}" if kind == "y" else _number(found)


def _number(value: Any) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    return words.NOT_APPLICABLE if clean(value) is None else "no limit" if np.isinf(value) else f"{value:,.3f}"
