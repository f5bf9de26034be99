"""How far defendants come in schemes: the number of them that an interval counts for one.

In: cells of `defendants_per_case`. Out: one number for a source and scope. A sum of whole cases whose number is drawn
by chance (a compound Poisson) varies as the mean of the squared sizes over their mean does: where one case has one
defendant it is 1. Divided by it a count of defendants is as good as that many cases; the mean size alone would leave
out that a few cases are large (docs/decisions/0011-clumps.md).
"""

import pandas as pd

from transforms.metric import metrics

SIZE, NATION = "defendants_per_case", "ALL"


def comes_in_schemes(metric: str) -> bool:
    """Whether a metric counts defendants."""
    return metrics()[metric].unit == "defendants"


def clump(cells: pd.DataFrame) -> float | None:
    """The mean squared size of a case over the mean size, of all years of the nation; None where no year says it.

    `cells` are those of one source and scope. The squares come back from the limits of each year's mean, which are
    Student's (`transforms.interval.mean`): what is published is enough to redo the intervals.
    """
    from scipy.special import stdtrit

    years = cells[(cells["metric"] == SIZE) & (cells["area"] == NATION) & (cells["period_kind"] == "fy")]
    years = years[years["status"] == "shown"]
    if years.empty or (years := years[(years["denominator"] >= 2) & years["upper"].notna()]).empty:
        return None
    total, n, upper = (years[c].to_numpy(float) for c in ("numerator", "denominator", "upper"))
    variance = n * ((upper - total / n) / stdtrit(n - 1, 0.975)) ** 2
    squares = (n - 1) * variance + total**2 / n
    return max(1.0, float(squares.sum() / total.sum()))
