"""A second attacker, written without anything of the first: one plain programme for each count and side."""

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from tests.unit.disclosure.tables import GROUPS


def narrowed(truth: pd.DataFrame, published: pd.DataFrame, threshold: int) -> list[tuple[tuple[str, str, str], float]]:
    """Small counts (and small differences of the scopes) whose interval does not hold 1 to threshold - 1.

    A zero is shown, so what is hidden is one or more, but for districts by quarter, which are never shown. Of how many
    hidden counts a sum is made is no secret, so a lower limit that comes from that alone is none.
    """
    names = {key: i for i, key in enumerate(zip(truth["scope"], truth["area"], truth["period"], strict=True))}
    places = sorted({key[1:] for key in names})
    n = len(names)
    rows, constants = [], []

    def equation(parts: dict[int, float], constant: float = 0.0) -> None:
        row = np.zeros(n + len(places))
        row[list(parts)] = list(parts.values())
        rows.append(row)
        constants.append(constant)

    for (scope, area, period), i in names.items():
        if " " not in period:
            equation({i: 1.0} | {names[scope, area, f"{period} Q{q}"]: -1.0 for q in range(1, 5)})
        if area == "ALL":
            equation({i: 1.0} | {names[scope, g, period]: -1.0 for g in set(GROUPS.values())})
        elif area in GROUPS.values():
            equation({i: 1.0} | {names[scope, d, period]: -1.0 for d, g in GROUPS.items() if g == area})
    for k, place in enumerate(places):
        equation({names["listed", *place]: 1.0, names["acteam", *place]: -1.0, n + k: -1.0})
    for i, (status, count) in enumerate(zip(published["status"], published["numerator"], strict=True)):
        if status == "shown":
            equation({i: 1.0}, float(count))
    withheld = (published["area_kind"] == "district") & (published["period_kind"] == "quarter")
    ones = ((published["status"] == "suppressed") & ~withheld).to_numpy(float)
    counts = truth["numerator"].to_numpy()
    rest = [counts[names["listed", *p]] - counts[names["acteam", *p]] for p in places]
    labels = [*names, *(("listed without acteam", *p) for p in places)]
    found = []
    for i, count in enumerate([*counts, *rest]):
        if 1 <= count < threshold:
            for sign, target in ((1, threshold - 1), (-1, 1)):
                goal = np.zeros(n + len(places))
                goal[i] = -sign
                least = np.append(ones * (sign > 0), np.zeros(len(places)))
                bounds = np.column_stack([least, np.full(len(least), 10_000)])
                best = linprog(goal, A_eq=np.array(rows), b_eq=constants, bounds=bounds, method="highs")
                assert best.status == 0
                if sign * best.x[i] < sign * target - 1e-6:
                    found.append((labels[i], float(best.x[i])))
    return found
