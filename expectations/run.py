"""The judge: DuckDB computes every check as a boolean column, Great Expectations gives the verdicts.

In: a delivery's folder and its tallies. Out: findings: counts and words, never a value. Great Expectations takes
seconds to import, so it is imported when the first frame is judged. Its usage reports and progress bars are off.
A verdict with an exception is an error of ours, not bad data: it is raised.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from expectations.evidence import batches, present, units
from expectations.finding import CheckSpec, Finding, Previous, holds
from expectations.suite import Check, suites
from sources.contract import Agency
from sources.errors import DefinitionError
from transforms.intake import Intake
from transforms.staging import literal

__all__ = ["holds", "judge", "specs", "verdicts"]

# The only format that holds counts and no value of a row (others list the values that failed).
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0, "unexpected_metrics_with_values": False}
Verdicts = dict[str, tuple[int, int]]


def specs(agency: Agency) -> list[CheckSpec]:
    """Every check that `judge` can report for an agency."""
    return [check.spec for check in suites(agency)]


def judge(
    con: duckdb.DuckDBPyConnection, agency: Agency, folder: Path, intake: Intake, previous: Previous | None
) -> list[Finding]:
    """The findings of one delivery, one for each check that its data allow."""
    checks = [c for c in suites(agency) if previous or c.spec.level != "cross-delivery"]
    findings = [_counted(check, intake) for check in checks if check.form == "counted"]
    with present(con, agency, folder, intake, previous):
        for contract in agency.contracts:
            by_row = [c for c in checks if c.form == "row" and c.spec.contract == contract.name]
            if by_row:
                source = f"read_parquet({literal(str(folder / 'staged' / f'{contract.name}.parquet'))})"
                given = verdicts(batches(con, by_row, contract.feeds, source), [c.spec.rule for c in by_row])
                findings += [finding(check, given[check.spec.rule]) for check in by_row]
        by_unit = [c for c in checks if c.form == "unit"]
        names = [f"{c.spec.contract}/{c.spec.rule}" for c in by_unit]
        given = verdicts([units(con, dict(zip(names, by_unit, strict=True)))], names)
        findings += [finding(check, given[name]) for name, check in zip(names, by_unit, strict=True)]
    return findings


def finding(check: Check, counts: tuple[int, int]) -> Finding:
    """What the counts of a check mean, given the share that may fail."""
    n_checked, n_failed = counts
    passed = n_failed <= check.at_most * n_checked
    return Finding(**asdict(check.spec), passed=passed, n_checked=n_checked, n_failed=n_failed)


def _counted(check: Check, intake: Intake) -> Finding:
    """A rule that the staging has applied already: how many records it sent to quarantine."""
    contract = check.spec.contract
    n_read = sum(t.n_read for t in intake.tallies if t.contract == contract)
    return finding(check, (n_read, intake.why.get(contract, {}).get(check.spec.rule, 0)))


def verdicts(frames: Iterable[pd.DataFrame], names: list[str]) -> Verdicts:
    """How many of each boolean column were judged, and how many are false; frames are batches of the same columns."""
    totals = dict.fromkeys(names, (0, 0))
    validation = None
    for frame in frames:
        validation = validation or _validation(names)
        for name, (checked, failed) in _run(validation, frame):
            before = totals[name]
            totals[name] = (before[0] + checked, before[1] + failed)
    return totals


def _validation(names: list[str]) -> Any:
    """A validation definition of one expectation a column, in a context that lives in memory only."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
        ExpectColumnValuesToBeInSet,
    )

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = context.data_sources.add_pandas("duckdb").add_dataframe_asset("checks")
    suite = gx.ExpectationSuite("suite", [ExpectColumnValuesToBeInSet(column=name, value_set=[1.0]) for name in names])
    definition = gx.ValidationDefinition(
        name="gate", data=batch.add_batch_definition_whole_dataframe("batch"), suite=context.suites.add(suite)
    )
    return context.validation_definitions.add(definition)


def _run(validation: Any, frame: pd.DataFrame) -> Iterator[tuple[str, tuple[int, int]]]:
    """The counts of each column of one batch."""
    result = validation.run(batch_parameters={"dataframe": frame}, result_format=RESULT_FORMAT)
    for one in result.results:
        name = one.expectation_config.kwargs["column"]
        if one.exception_info.get("raised_exception", True):
            raise DefinitionError(
                f"expectations: {name}: the check itself failed. This is an error of Palermo: report it."
            )
        counts = one.result
        yield name, (counts["element_count"] - counts["missing_count"], counts["unexpected_count"])
