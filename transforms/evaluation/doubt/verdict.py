"""The verdict: one of four, by rule, and the sentence that goes with it.

In: the primary estimate, both p-values, what could have been seen. Out: words. Nothing here says "caused".
"""

from __future__ import annotations

from typing import Any

from transforms.evaluation.doubt.pretrend import BOUNDED
from transforms.evaluation.proof import proof

RISE = "clear rise"
FALL = "clear fall"
NO_CLEAR = "no clear difference; an effect of {x} or more would have been seen four times in five"
TOO_FEW = "too early or too few to say"
LARGEST_USEFUL = 3.0  # an evaluation that misses a trebling more often than once in five has nothing to say


def verdict(
    ratio: float | None, p_value: float | None, p_randomisation: float | None, detectable: float | None, n_after: int
) -> str:
    """The rule. Where the two p-values disagree across 5 %, there is no clear difference."""
    if ratio is None or p_value is None or p_randomisation is None or n_after < 2:
        return TOO_FEW
    if p_value <= 0.05 and p_randomisation <= 0.05:
        return RISE if ratio > 1 else FALL
    if detectable is None or detectable > LARGEST_USEFUL:
        return TOO_FEW
    return NO_CLEAR.format(x=f"x{detectable:.1f}")


def sentence(label: str, row: dict[str, Any]) -> str:
    """What was seen, in plain words: observed against expected, and how far chance reaches."""
    if row["ratio"] is None:
        return f"{label} in the {row['n_sites']} sites cannot be compared: there were none before."
    upper = "no upper limit" if row["upper"] in (None, float("inf")) else f"{row['upper']:.2f}"
    return (
        f"After the start, {label.lower()} in the {row['n_sites']} sites came to {row['ratio']:.2f} times what growth"
        f" in the {row['n_comparison']} comparison districts would give ({proof().name} {row['lower']:.2f} to {upper})."
    )


def chance(p_value: float) -> str:
    """A p-value as text, never as zero."""
    return "p under 0.01" if p_value < 0.01 else f"p {p_value:.2f}"


def cautions(row: dict[str, Any]) -> list[str]:
    """What stands against reading the ratio as an effect; each only where the data say so."""
    said = ["Sites were chosen by competition, not by chance."]
    if row["p_pretrend"] is not None:
        found = "No clear difference" if row["p_pretrend"] > 0.05 else "A difference"
        said.append(
            f"{found} in trend before the start ({chance(row['p_pretrend'])}); the test would have seen a steady drift"
            f" that biases the result by a half {100 * row['pretrend_power']:.0f} times in 100."
        )
    if row["p_placebo_in_time"] is not None and row["p_placebo_in_time"] <= 0.05:
        said.append("A start moved into the years before shows a difference too, which no team can explain.")
    if row["mean_rank"] is not None and row["mean_rank"] > 0.65:
        said.append("Sites had risen more than most just before the start, which invites a fall back afterwards.")
    if row["breakdown"] is not None and row["breakdown"] > 0:
        said.append(
            f"The interval of another ratio, {BOUNDED}, reaches no change if trends after the start differed by"
            f" {row['breakdown']:g} times the largest change seen before it."
        )
    return said
