"""What a metric made of others was made of: the published counts that went into one number, and on which side.

In: an address of such a metric, the counts of the line that it looks along, and the study. Out: `Input` values; each
has an address of its own, so that `palermo explain` can go on to its rows. `transforms.derived` makes the numbers.
"""

from dataclasses import dataclass, replace

from transforms import period
from transforms.derived import YEARS
from transforms.metric import metrics
from transforms.study import Study
from transforms.trace import Address


@dataclass(frozen=True)
class Input:
    """One count that went in: above the line, below it, or both; of a count of years it says what the year did."""

    at: Address
    above: bool
    below: bool
    role: str


def inputs(at: Address, counts: dict[str, float], study: Study) -> list[Input]:
    """The inputs of a number; `counts` are those of the first of `of` by fiscal year, same source, scope and area."""
    year = int(at.period.name[2:6])
    if at.metric.method == "sums":
        top, *others = (replace(at, metric=metrics()[name]) for name in at.metric.of)
        return [
            Input(top, True, True, "above and below the line"),
            *(Input(o, False, True, "below the line") for o in others),
        ]
    if at.metric.method == "change":
        now = [_of(at, y, True, False, "above the line") for y in range(year - YEARS + 1, year + 1)]
        return now + [_of(at, y, False, True, "below the line") for y in range(year - 2 * YEARS + 1, year - YEARS + 1)]
    if at.metric.method == "peak":
        peak = int(max(sorted(counts), key=lambda name: counts[name])[2:])
        both = [_of(at, year, True, peak == year, "the year")]
        return both if peak == year else [*both, _of(at, peak, False, True, "the highest year")]
    phase = next((p for p in study.phases if p.key == at.area), study.phases[0])
    window = range(phase.before[0], phase.before[1] + 1)
    mean = sum(counts[f"FY{y}"] for y in window) / len(window)
    since = [int(name[2:]) for name in sorted(counts) if phase.before[1] < int(name[2:]) <= year]
    base = [_of(at, y, False, False, "of the years before") for y in window]
    rises = [(y, counts[f"FY{y}"] > mean) for y in since]
    says = {True: f"above their mean of {mean:.4g}", False: f"not above their mean of {mean:.4g}"}
    return base + [_of(at, y, is_above, False, says[is_above]) for y, is_above in rises]


def _of(at: Address, year: int, above: bool, below: bool, role: str) -> Input:
    counted = replace(at, metric=metrics()[at.metric.of[0]], period=period.fiscal_year(year))
    return Input(counted, above, below, role)


def result(at: Address, found: list[Input], values: list[float]) -> float | None:
    """The number that the inputs give; None where there is nothing to divide by."""
    pairs = list(zip(found, values, strict=True))
    if at.metric.method == "above":
        return float(sum(one.above for one, _ in pairs))
    below = sum(value for one, value in pairs if one.below)
    return sum(value for one, value in pairs if one.above) / below if below else None
