"""The judge: DuckDB counts how often every check failed, Great Expectations says which of them is tolerated.

In: a delivery's folder and its tallies. Out: findings: counts and words, never a value. What is judged is a table with
a row for each check: the share that failed and the share that may. The suite expects that no check fails more often
than it may, that each was counted, and that none is there twice: an expectation for each check took Great Expectations
ten times as long (docs/decisions/0003). It takes seconds to import, so it is imported for the first delivery. Its usage
reports and progress bars are off. A verdict with an exception is an error of ours, not bad data: it is raised.
"""

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from expectations.evidence import Counts, by_row, by_tally, by_unit, present
from expectations.finding import CheckSpec, Finding, Previous, holds
from expectations.suite import Check, suites
from sources.contract import Agency
from sources.errors import DefinitionError
from transforms.intake import Intake
from transforms.staging import literal

__all__ = ["findings_of", "holds", "judge", "specs"]

# The names of the checks that failed, which are ours: the frame holds no value of a record.
RESULT_FORMAT = {"result_format": "COMPLETE", "unexpected_index_column_names": ["check"]}


def specs(agency: Agency) -> list[CheckSpec]:
    """Every check that `judge` can report for an agency."""
    return [check.spec for check in suites(agency)]


def judge(
    con: duckdb.DuckDBPyConnection,
    agency: Agency,
    folder: Path,
    intake: Intake,
    previous: Previous | None,
    counted: dict[str, Counts] | None = None,
) -> list[Finding]:
    """The findings of one delivery, one for each check that its data allow; `counted` are those counted before."""
    checks, known = _asked(agency, previous), counted or {}
    rest = {name: check for name, check in checks.items() if name not in known}
    return findings_of(checks, known | (_count(con, agency, folder, intake, previous, rest) if rest else {}))


def count(con: duckdb.DuckDBPyConnection, agency: Agency, folder: Path, intake: Intake) -> dict[str, Counts]:
    """What `judge` counts of a delivery alone, whatever came before it."""
    return _count(con, agency, folder, intake, None, _asked(agency, None))


def _asked(agency: Agency, previous: Previous | None) -> dict[str, Check]:
    return {
        f"{c.spec.contract}/{c.spec.rule}": c for c in suites(agency) if previous or c.spec.level != "cross-delivery"
    }


def _count(
    con: duckdb.DuckDBPyConnection,
    agency: Agency,
    folder: Path,
    intake: Intake,
    previous: Previous | None,
    checks: dict[str, Check],
) -> dict[str, Counts]:
    counts = {name: _counted(check, intake) for name, check in checks.items() if check.form == "counted"}
    with present(con, agency, folder, intake, previous):
        staged = {c.name: folder / "staged" / f"{c.name}.parquet" for c in agency.contracts}
        sources = {name: f"read_parquet({literal(str(path))})" for name, path in staged.items()}
        counts |= by_row(con, {n: c for n, c in checks.items() if c.form == "row"}, sources)
        counts |= by_tally(con, {n: c for n, c in checks.items() if c.form == "tally"})
        counts |= by_unit(con, {n: c for n, c in checks.items() if c.form == "unit"})
    return counts


def _counted(check: Check, intake: Intake) -> Counts:
    """A rule by record, on which the staging has acted already: how many were read, how many went to quarantine."""
    contract = check.spec.contract
    n_read = sum(t.n_read for t in intake.tallies if t.contract == contract)
    return n_read, intake.why.get(contract, {}).get(check.spec.rule, 0)


def findings_of(checks: dict[str, Check], counts: dict[str, Counts]) -> list[Finding]:
    """The verdict on every check that was counted, in the order of the checks."""
    doubted = {name: check for name, check in checks.items() if check.form != "counted"}
    refused = _refused(doubted, {name: _share(*counts[name]) for name in doubted})
    return [
        Finding(
            **asdict(check.spec),
            passed=name not in refused if name in doubted else failed == 0,
            n_checked=judged,
            n_failed=failed,
        )
        for name, check in checks.items()
        for judged, failed in [counts[name]]
    ]


def _share(judged: int, failed: int) -> float:
    return failed / judged if judged else 0.0


def _refused(checks: dict[str, Check], shares: dict[str, float]) -> set[str]:
    """The checks whose share Great Expectations does not tolerate."""
    if not checks:
        return set()
    rows = [(name, check.at_most, shares.get(name)) for name, check in checks.items()]
    frame = pd.DataFrame(rows, columns=["check", "tolerated", "share"]).astype({"share": float})
    result = _definition().run(batch_parameters={"dataframe": frame}, result_format=RESULT_FORMAT)
    found = {one.expectation_config.kwargs.get("column", "verdict"): one for one in result.results}
    verdict = found.pop("verdict")
    refused = {row["check"] for row in verdict.result.get("unexpected_index_list", [])}
    is_sound = all(one.success for one in found.values()) and verdict.success is not bool(refused)
    if not is_sound or any(one.exception_info.get("raised_exception", True) for one in result.results):
        raise DefinitionError("expectations: the judging itself failed. This is an error of Palermo: report it.")
    return refused


@cache
def _definition() -> Any:
    """The one validation, in a context that lives in memory only."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
        ExpectColumnPairValuesAToBeGreaterThanB,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_unique import ExpectColumnValuesToBeUnique
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull

    made = context()
    batch = made.data_sources.add_pandas("duckdb").add_dataframe_asset("checks")
    suite = gx.ExpectationSuite("suite", [
        ExpectColumnPairValuesAToBeGreaterThanB(column_A="tolerated", column_B="share", or_equal=True),
        ExpectColumnValuesToNotBeNull(column="share"), ExpectColumnValuesToBeUnique(column="check"),
    ])  # fmt: skip
    definition = gx.ValidationDefinition(
        name="gate", data=batch.add_batch_definition_whole_dataframe("batch"), suite=made.suites.add(suite)
    )
    return made.validation_definitions.add(definition)


def context() -> Any:
    """A context of Great Expectations in memory: it calls nobody and draws no bar."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    made = gx.get_context(mode="ephemeral")
    made.enable_analytics(enable=False)
    made.variables.progress_bars = ProgressBarsConfig(globally=False)
    return made
