"""Sentences by rule: what a series says, in words that its interval carries.

In: an edition, a metric, a view (source, scope). Out: claims (reports/claims.py). A direction is stated only where the
interval of the ratio leaves out 1. Defendants come in schemes, so that an interval counts several for one
(transforms/clump.py): whole cases, not persons, are drawn by chance.
"""

from typing import Any

from reports import words
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.words import Cell

CHANCE = "no clear change"
NO_SIZE = "no interval: how many defendants a case has is not known"


def which_way(edition: Edition, metric: str, view: tuple[str, str], area: str, now: str, before: str) -> Claim:
    """One area's value in a period against an earlier one, with a direction only where it is carried."""
    source, scope = view
    kind = edition.manifest["metrics"][metric]["kind"]
    pair = [edition.cell(source, metric, scope, area, period) for period in (now, before)]
    label = edition.groups.get(area, area)
    texts = [words.read(cell, kind) for cell in pair]
    after, earlier = pair
    said = f"{label}: {texts[0]} in {now} and {texts[1]} in {before}"
    if after is None or earlier is None or not (after.is_shown and earlier.is_shown):
        return check(Claim(said))
    if kind in {"ratio", "median"}:
        return check(Claim(said))
    low, high, extra = _bounds(edition, metric, view, after, earlier, kind)
    unfit = _unfit(edition, metric, view, after, earlier)
    if not unfit and low is not None and high is not None and (low > 1 or high < 1):
        than = "more than the" if low > 1 else "fewer than the"
        if kind == "rate":
            than = "higher than the" if low > 1 else "lower than the"
        text = f"{label}: {texts[0]} in {now}, {than} {texts[1]} of {before}{extra}"
        return check(Claim(text, lower=low, upper=high))
    return check(Claim(f"{said}, {unfit or CHANCE}"))


def _unfit(edition: Edition, metric: str, view: tuple[str, str], after: Cell, earlier: Cell) -> str:
    """Why two periods are not compared, if they are not: provisional, or too young for an outcome that matures."""
    if after.is_provisional or earlier.is_provisional:
        return "not compared: a period is provisional"
    source, scope = view
    follow_up = edition.manifest["study"]["follow_up_years"].get(metric, 0)
    final = edition.last_final(source, metric, scope) or after.period
    if int(after.period[2:6]) > int(final[2:6]) - follow_up:
        return f"not compared: fewer than {follow_up} final years follow, so outcomes may be missing"
    if _clump(edition, metric, view) is None:
        return f"not compared, {NO_SIZE}"
    return ""


def _bounds(
    edition: Edition, metric: str, view: tuple[str, str], after: Cell, earlier: Cell, kind: str
) -> tuple[float | None, float | None, str]:
    """Limits of the ratio of two cells. Shares: apart only when their own intervals do not touch."""
    if kind == "rate":
        apart = [after.lower, after.upper, earlier.lower, earlier.upper]
        if any(v is None for v in apart) or not earlier.lower or not earlier.upper:
            return None, None, ""
        return float(after.lower or 0) / earlier.upper, float(after.upper or 0) / earlier.lower, ""
    from transforms.interval import rate_ratio

    if not (clump := _clump(edition, metric, view)):
        return None, None, ""
    found = rate_ratio(float(after.value or 0), float(earlier.value or 0), clump=clump)
    if found.lower is None:
        return None, None, ""
    ratio = words.ratio(found.estimate) if earlier.value else ""
    extra = f" (ratio {ratio}, 95 % interval {words.interval(found.lower, found.upper)})" if ratio else ""
    return found.lower, found.upper, extra


def _clump(edition: Edition, metric: str, view: tuple[str, str]) -> float | None:
    """How many of a count are one in an interval; None where it counts defendants and nobody knows."""
    return edition.clumps.get(view) if edition.manifest["metrics"][metric]["unit"] == "defendants" else 1.0


def trend(edition: Edition, metric: str, view: tuple[str, str], areas: list[str], period_kind: str) -> list[Claim]:
    """The sentence of a trend: every area in the last final period against one year earlier."""
    source, scope = view
    kind = edition.manifest["metrics"][metric]["kind"]
    final = sorted(
        {c.period for a in areas for c in edition.series(source, metric, scope, a, period_kind) if not c.is_provisional}
    )
    if not final:
        return [check(Claim("Every period of this view is provisional, so no period is compared."))]
    now, before = final[-1], earlier_year(final[-1])
    opening = f"{final[-1]} is the last period that is not provisional."
    if before not in final:
        read = [
            f"{edition.groups.get(a, a)}: " + words.read(edition.cell(source, metric, scope, a, now), kind)
            for a in areas
        ]
        return [check(Claim(opening)), check(Claim("; ".join(read) + "."))]
    claims = [which_way(edition, metric, view, area, now, before) for area in areas]
    return [check(Claim(opening)), *ended(claims)]


def earlier_year(period: str, years: int = 1) -> str:
    """The same period some years earlier."""
    return f"FY{int(period[2:6]) - years}{period[6:]}"


def ended(claims: list[Claim]) -> list[Claim]:
    """The same claims with a full stop at the end of each."""
    return [Claim(c.text + ".", c.lower, c.upper, c.is_mature, c.is_same_definition) for c in claims]


def compared(row: Any) -> list[Claim]:
    """One row of table `comparison` in words: here, elsewhere, and the ratio of the two changes."""
    before, after = (
        words.years(int(row.before_from), int(row.before_to)),
        words.years(int(row.after_from), int(row.after_to)),
    )
    if row.status != "shown":
        return [check(Claim(f"{row.phase_label}: {missing(row)}."))]
    here = (
        f"In the {row.n_districts} {row.phase_label} districts the count went from {words.number(row.before, 'count')} "
        f"in {before} to {words.number(row.after, 'count')} in {after}, {_ratio(row, 'ratio', '95 % interval ')}."
    )
    there = (
        f"In the other districts ({row.n_districts_other} by name) it went from "
        f"{words.number(row.before_other, 'count')} to {words.number(row.after_other, 'count')}, "
        f"{_ratio(row, 'ratio_other')}."
    )
    return [check(Claim(here)), check(Claim(there)), against(row)]


def _ratio(row: Any, name: str, opening: str = "") -> str:
    low, high = (getattr(row, f"{name}{end}") for end in ("_lower", "_upper"))
    if clean(getattr(row, name)) is None:
        return "so there is no ratio"
    if clean(low) is None:
        return f"a ratio of {words.ratio(getattr(row, name))} ({NO_SIZE})"
    return f"a ratio of {words.ratio(getattr(row, name))} ({opening}{words.interval(low, high)})"


def missing(row: Any) -> str:
    """Why a row of table `comparison` has no numbers."""
    if row.status == "suppressed":
        return f"a count of one of the two windows is {words.NOT_SHOWN}"
    return f"{words.NOT_APPLICABLE}: {row.share_refused}"


def against(row: Any) -> Claim:
    """The ratio of the two changes, with what its interval allows to be said."""
    low, high = row.ratio_of_ratios_lower, row.ratio_of_ratios_upper
    if clean(row.ratio_of_ratios) is None:
        return check(Claim("Set against the others there is no ratio: nothing was counted in a group or in a window."))
    if clean(low) is None:
        return check(Claim(f"Set against the others the ratio is {words.ratio(row.ratio_of_ratios)} ({NO_SIZE})."))
    limits = words.interval(low, high)
    opening = f"Set against the others the ratio is {words.ratio(row.ratio_of_ratios)} (95 % interval {limits})"
    if low > 1:
        return check(Claim(f"{opening}: the change was greater than elsewhere.", lower=low, upper=high))
    if high < 1:
        return check(Claim(f"{opening}: the change was lower than elsewhere.", lower=low, upper=high))
    return check(Claim(f"{opening}: it includes 1, so the counts do not tell the two changes apart."))
