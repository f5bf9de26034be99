"""The claim linter: a sentence may not say more than interval, maturity and definition carry.

In: a claim (text, the ratio's interval, whether the periods are final). Out: the same claim, or a `DefinitionError`
that names the word. Descriptive figures never carry a cause, so causal words have no way through.
"""

import re
from dataclasses import dataclass

from sources.errors import DefinitionError

CAUSE = (
    r"caus(?:e|es|ed|ing)|prov(?:e|es|ed|en)|because of|due to|led to|leads to|thanks to|result(?:s|ed) in|"
    r"impact(?:s|ed)?|attributable|demonstrat(?:e|es|ed)|success(?:ful)?|worked|failed to"
)
UP = r"more than the|rose|risen|grew|grown|increas(?:e|es|ed|ing)|higher than|climbed|improved|greater than"
DOWN = r"fewer than the|less than the|fell|fallen|dropped|decreas(?:e|es|ed|ing)|declin(?:e|ing) in|lower than|shrank"
UP_BY = {r"doubl(?:e|es|ed|ing)": 2.0, r"tripl(?:e|es|ed|ing)": 3.0, r"quadrupl(?:e|es|ed|ing)": 4.0}
DOWN_BY = {r"halv(?:e|es|ed|ing)": 0.5}


@dataclass(frozen=True)
class Claim:
    """One clause of a figure's sentence with what carries it. `lower` and `upper` bound a ratio of after to before."""

    text: str
    lower: float | None = None
    upper: float | None = None
    is_mature: bool = True
    is_same_definition: bool = True


def check(claim: Claim) -> Claim:
    """The claim itself when it is carried; an error that names the word when it is not."""
    if word := refused(claim):
        raise DefinitionError(
            f'reports: the sentence says "{word}", which its interval, maturity or definition does not carry. '
            "Say what was counted, or give the claim its interval (reports/claims.py)."
        )
    return claim


def refused(claim: Claim) -> str | None:
    """The first word that the claim may not use."""
    if word := _found(CAUSE, claim.text):
        return word
    lower = claim.lower if _is_ready(claim) else None
    upper = claim.upper if _is_ready(claim) else None
    bounds_up, bounds_down = {UP: 1.0, **UP_BY}, {DOWN: 1.0, **DOWN_BY}
    for pattern, least in bounds_up.items():
        word = _found(pattern, claim.text)
        if word and (lower is None or not (lower > 1 and lower >= least)):
            return word
    for pattern, most in bounds_down.items():
        word = _found(pattern, claim.text)
        if word and (upper is None or not (upper < 1 and upper <= most)):
            return word
    return None


def _is_ready(claim: Claim) -> bool:
    return claim.is_mature and claim.is_same_definition


def _found(pattern: str, text: str) -> str | None:
    match = re.search(rf"\b(?:{pattern})\b", text, flags=re.IGNORECASE)
    return match.group(0) if match else None
