"""The two programmes of disclosure control in the hands of HiGHS: tables that agree with sums, and the cheapest rows.

In: matrices. Out: solutions, the same for the same input: limits count nodes, never seconds, and one thread is used.
"""

import highspy
import numpy as np
import scipy.sparse as sp

from transforms.disclosure.block import Bools, Floats

CEILING = 1e6  # no count comes near it, so it stands for "no limit"
PRIMAL: dict[str, bool | float | str] = {"presolve": "off", "solver": "simplex", "simplex_strategy": 4}
NODES, GAP = 500, 1e-3


class _Quiet(highspy.Highs):
    """Without callbacks, whose set-up prints, and without output."""

    def __init__(self, **options: bool | float | str) -> None:
        super(highspy.Highs, self).__init__()
        for option, value in {"output_flag": False, "threads": 1, **options}.items():
            self.setOptionValue(option, value)


class Tables:
    """Tables `x` with `sums @ x == constant` and `x >= lower`.

    Each search starts from the table that the last one found, which agrees whatever the goal is: most goals are then
    a few steps away.
    """

    def __init__(self, sums: sp.csr_matrix, constant: Floats, lower: Floats) -> None:
        """Copies all of it; nothing is solved yet."""
        self._n = sums.shape[1]
        self._highs = _Quiet(**PRIMAL)
        upper = np.full(self._n, CEILING)
        self._highs.passModel(_model(np.zeros(self._n), lower, upper, sums, constant, constant))

    def from_zero(self) -> "Tables":
        """The same with no limit but zero; the next search goes on from where the last one ended."""
        self._highs.changeColsBounds(
            self._n, np.arange(self._n, dtype=np.int32), np.zeros(self._n), np.full(self._n, CEILING)
        )
        return self

    def reach(self, goal: Floats) -> tuple[Floats, Floats]:
        """The table that makes `goal @ x` greatest, and the multiplier of each sum."""
        if not self._n:
            return np.zeros(0), np.zeros(0)
        self._highs.changeColsCost(self._n, np.arange(self._n, dtype=np.int32), -goal)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError("disclosure: the published counts do not add up, so they cannot be attacked")
        found = self._highs.getSolution()
        return np.array(found.col_value), np.array(found.row_dual)


def cheapest(cost: Floats, cuts: Floats, needed: Floats) -> Bools | None:
    """The choice with `cuts @ choice >= needed` that costs least, to a thousandth; None if none was found in time."""
    n = len(cost)
    model = _model(cost, np.zeros(n), np.ones(n), sp.csr_matrix(cuts), needed, np.full(len(needed), np.inf))
    model.integrality_ = [highspy.HighsVarType.kInteger] * n
    highs = _Quiet(mip_max_nodes=NODES, mip_rel_gap=GAP)
    highs.passModel(model)
    highs.run()
    is_found = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return np.array(highs.getSolution().col_value) > 0.5 if is_found else None


def _model(
    cost: Floats, lower: Floats, upper: Floats, rows: sp.csr_matrix, least: Floats, most: Floats
) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
    model.row_lower_, model.row_upper_ = least, most
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    return model
