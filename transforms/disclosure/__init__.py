"""The one door: which numbers of the restricted tier leave, and an attacker that checks it.

In: the table `cells` of docs/decisions/0002-published-tables.md with every number in it. Out: the same table with the
numbers that must not leave set to null and `suppressed`. The method is in docs/decisions/0006-disclosure.md.
"""

from transforms.disclosure.attacker import attack
from transforms.disclosure.linked import attack_parts, follow, hidden_parts, limits, protect_parts, without_few
from transforms.disclosure.rule import Exposure, Rule
from transforms.disclosure.successive import masked, must_hide, protect

__all__ = [
    "Exposure",
    "Rule",
    "attack",
    "attack_parts",
    "follow",
    "hidden_parts",
    "limits",
    "masked",
    "must_hide",
    "protect",
    "protect_parts",
    "without_few",
]
