"""The model of agreement (Fellegi and Sunter 1969), by Splink on DuckDB: learnt without labels, the same rows the same.

In: tables `spoke`, `hub` and `pair` and a plan. Out: table `scored`: every pair with its probability and what agrees.
How often records of different matters agree by chance is counted on a sample drawn by hashes of keys; how often those
of one matter do is learnt by expectation maximisation on pairs where another column is equal (Winkler 1988).
"""

import logging
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_level_library as levels
from splink import comparison_library as comparisons
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from transforms.linkage.plan import Comparison, Level, Plan, of_pair

SEED = 2011
CHANCE_PAIRS = 3e5
LEARNT_PAIRS = 1e6
LOWEST = 0.01  # pairs under this are not kept: they are no candidates for anybody's eyes


def trained(con: duckdb.DuckDBPyConnection, plan: Plan) -> Linker:
    """A linker that has learnt from `spoke` and `hub`."""
    n = con.execute("select count(*) from hub").fetchall()[0]
    linker = _linker(con, settings(plan, plan.expected / max(n[0] if n else 1, 1)))
    linker.training.estimate_u_using_random_sampling(max_pairs=CHANCE_PAIRS, seed=SEED)
    for columns in plan.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), max_pairs=LEARNT_PAIRS, estimate_without_term_frequencies=True
        )
    return linker


def learnt(linker: Linker) -> dict[str, Any]:
    """The settings with all that was learnt."""
    found: dict[str, Any] = linker.misc.save_model_to_json()
    return found


def known(con: duckdb.DuckDBPyConnection, found: dict[str, Any]) -> Linker:
    """A linker that knows already what another one learnt."""
    return _linker(con, found)


def score(con: duckdb.DuckDBPyConnection, plan: Plan, linker: Linker) -> None:
    """Replace `scored`: `pair` with its probability and, for each comparison, the level that was reached."""
    con.execute(
        "create or replace temp table blocked as select '0' as match_key, 'spoke-__-' || key_l as join_key_l,"
        " 'hub-__-' || key_r as join_key_r from pair order by all"
    )
    blocked = linker._db_api.register("blocked")
    linker.table_management.register_blocked_pairs_for_predict(blocked)
    found = linker.inference.predict(warning_mode="never").physical_name
    reached = ", ".join(f"scored.gamma_{_column(c)}" for c in plan.compare)
    con.execute(
        f"create or replace temp table scored as select pair.*, scored.match_probability as probability, {reached}"
        f" from pair inner join {found} as scored"
        " on scored.record_key_l = pair.key_l and scored.record_key_r = pair.key_r order by key_l, key_r"
    )


def settings(plan: Plan, prior: float) -> SettingsCreator:
    """The plan in Splink's words."""
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_key",
        probability_two_random_records_match=prior,
        comparisons=[_comparison(compared) for compared in plan.compare],
        retain_matching_columns=True,  # without it the levels that were reached are left out too
    )


def _comparison(compared: Comparison) -> comparisons.CustomComparison:
    missing = " or ".join(f"{c}_l is null or {c}_r is null" for c in compared.columns)
    return comparisons.CustomComparison(
        output_column_name=_column(compared),
        comparison_levels=[
            levels.CustomLevel(missing, "nothing to compare").configure(is_null_level=True),
            *(_level(level) for level in compared.levels),
            levels.ElseLevel(),
        ],
    )


def _column(compared: Comparison) -> str:
    return compared.name.replace(" ", "_")


def _level(level: Level) -> ComparisonLevelCreator:
    made = levels.CustomLevel(of_pair(level.sql), level.says)
    return made.configure(tf_adjustment_column=level.frequency) if level.frequency else made


def _linker(con: duckdb.DuckDBPyConnection, made: SettingsCreator | dict[str, Any]) -> Linker:
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=con)
    sides = [api.register(t, dataset_display_name=t) for t in ("spoke", "hub")]
    return Linker(sides, made, log_level=logging.ERROR)
