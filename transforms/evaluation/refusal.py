"""Why a panel or an estimator is refused: every reason has a name and says what to do.

In: a name and the place. Out: `PanelError`. A message names columns, counts and places, never a record's value.
"""

from sources.errors import PalermoError

REFUSALS: dict[str, str] = {
    "no_rows": "the panel has no rows. Give a file with one row per unit and period.",
    "missing_column": "column {where} is not in the panel. Columns are matched exactly, capitals included.",
    "column_twice": "column {where} occurs twice in the panel. Rename one of the two.",
    "same_column_for_two_roles": "column {where} is named for two roles. Each role needs its own column.",
    "unit_missing": "{where} rows have no unit. Every row needs one; drop or name them.",
    "time_missing": "{where} rows have no period. Every row needs one.",
    "time_not_ordered": "column {where} holds periods that cannot be put in order: use years, or 2010Q4, or 2010-12.",
    "duplicate_rows": "{where} unit-periods occur more than once. Add them up, or say which row counts.",
    "gaps": "{where} unit-periods are missing. Make zeros explicit, or --drop-incomplete.",
    "outcome_not_numeric": "column {where} is not numeric, and an outcome must be.",
    "outcome_missing": "{where} outcomes are missing. A missing count is not a zero: find it, or leave its unit out.",
    "outcome_hidden": "{where} counts are hidden by disclosure control, and a hidden count is no zero. Pool districts.",
    "outcome_infinite": "{where} outcomes are infinite. A logarithm of zero? Model the count itself.",
    "outcome_constant": "the outcome never varies, so nothing can be estimated.",
    "outcome_negative": "{where} outcomes are negative, which a Poisson model cannot have. Use the gaussian family.",
    "cohort_not_a_period": "column {where} holds start periods that are not of the kind of the time column.",
    "cohort_negative": "column {where} holds starts below zero. Write never treated as empty, 0 or infinite.",
    "cohort_is_indicator": "column {where} holds 0 and 1 for whole units. Give each unit's first treated period, or"
    " an indicator that turns to 1 in it.",
    "treatment_ends": "{where} units stop being treated. A unit starts once and stays treated; leave these out.",
    "cohort_varies": "{where} units are in two cohorts. A unit starts once: one start period on all its rows.",
    "nobody_treated": "no unit is ever treated inside the panel, so there is no effect to estimate.",
    "nobody_untreated": "no unit is never treated and none is treated later: there is nobody to compare with.",
    "no_never_treated": "no unit is never treated. Use --control not-yet.",
    "no_period_before": "every treated unit is treated from the first period, so there is no before.",
    "one_period": "the panel has one period. A comparison needs a before and an after.",
    "one_unit": "the panel has one unit. A comparison needs another.",
    "exposure_not_positive": "column {where} has exposures that are missing, zero, negative or not numbers.",
    "exposure_needs_poisson": "exposure belongs to the Poisson family. With gaussian, divide the outcome by it first.",
    "weights_not_positive": "column {where} has weights that are missing, negative, all zero or not numbers.",
    "cluster_missing": "{where} rows have no cluster.",
    "cluster_splits_unit": "{where} units lie in two clusters. A cluster holds whole units.",
    "too_few_clusters": "there are fewer than {where} clusters, too few for any clustered standard error.",
    "covariate_not_numeric": "covariate {where} is not numeric. Make indicator columns of its categories.",
    "covariate_missing": "covariate {where} has missing or infinite values.",
    "covariate_constant": "covariate {where} never varies, so it adjusts for nothing.",
    "family_unknown": "family {where} is unknown. Choose poisson or gaussian.",
    "control_unknown": "control group {where} is unknown. Choose never or not-yet.",
    "estimator_unknown": "estimator {where} is unknown. `palermo evaluate --list` names them.",
    "no_event_before": "the outcome is zero in every treated unit before treatment: a ratio has no base.",
    "not_whole_counts": "an exact interval needs whole counts, and the outcome has fractions.",
    "needs_never_treated": "{where} needs units that are never treated, and there are none.",
    "takes_no_covariates": "{where} takes no covariates. Leave them out, or choose etwfe or callaway_santanna.",
    "takes_no_exposure": "{where} takes no exposure. Divide the outcome by it first, or choose poisson_etwfe.",
    "too_few_periods_before": "{where} needs more periods before treatment than the panel has.",
    "not_identified": "{where} has no answer on this panel: too few units or periods, or columns that repeat.",
    "library_failed": "{where}",
}


class PanelError(PalermoError):
    """A panel, or an estimator on this panel, is refused; `name` says which of `REFUSALS` it was."""

    def __init__(self, name: str, where: object = "") -> None:
        self.name = name
        super().__init__(f"Panel refused ({name}): {REFUSALS[name].format(where=where)}")


def refuse_if(condition: object, name: str, where: object = "") -> None:
    """Refuse when the condition holds."""
    if condition:
        raise PanelError(name, where)
