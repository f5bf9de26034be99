"""Did it work? Estimators for any panel: `from transforms.evaluation import Panel, evaluate`.

In: a data frame of units and periods. Out: estimates under stated assumptions, with intervals that hold for few treated
units where a method has one. See docs/evaluation.
"""

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import REFUSALS, PanelError
from transforms.evaluation.registry import ESTIMATORS, USUAL, evaluate

__all__ = ["ESTIMATORS", "REFUSALS", "USUAL", "Design", "Estimate", "Estimator", "Panel", "PanelError", "evaluate"]
