"""The invented world: exports of LIONS, FBI and HSI with the truth written beside them.

In: a folder, a seed and a scale. Out: `landing/` as the agencies would deliver it and `truth/` as it should be counted.
"""

from sources.synthetic.generate import generate

__all__ = ["generate"]
