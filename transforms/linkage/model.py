"""The model of agreement (Fellegi and Sunter 1969), by Splink on DuckDB: learnt without labels, the same rows the same.

In: tables `spoke`, `hub` and `pair` and a plan. Out: table `scored`: every pair with its probability and what agrees.
How often records of different matters agree by chance is counted on a sample drawn by hashes of keys; how often those
of one matter do is learnt by expectation maximisation on pairs where another column is equal (Winkler 1988).
"""

import logging
from typing import Any, Literal

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_level_library as levels
from splink import comparison_library as comparisons
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from transforms.linkage.plan import Comparison, Level, Plan, of_pair

LinkType = Literal["link_only", "dedupe_only"]
SEED = 2011
CHANCE_PAIRS = 3e5
LEARNT_PAIRS = 1e6
FEWEST = 50  # pairs; from fewer nothing is learnt


def trained(con: duckdb.DuckDBPyConnection, plan: Plan) -> Linker | None:
    """A linker that has learnt from `spoke` and `hub`; None where there is too little to learn from."""
    usable = [columns for columns in plan.training if _pairs(con, columns) >= FEWEST]
    if not usable:
        return None
    linker = _linker(con, settings(plan, plan.expected / _count(con, "hub")))
    learn(linker, usable)
    return linker


def learn(linker: Linker, training: list[list[str]]) -> None:
    """Learn agreement by chance from a sample of pairs, and of one matter from pairs that are equal in some columns."""
    linker.training.estimate_u_using_random_sampling(
        max_pairs=CHANCE_PAIRS, seed=SEED, num_chunks=1, min_count_per_level=None
    )
    for columns in training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), max_pairs=LEARNT_PAIRS, estimate_without_term_frequencies=True
        )


def _count(con: duckdb.DuckDBPyConnection, rows: str) -> int:
    """Rows; fetched to the end, because Splink finds the connection busy otherwise."""
    return int(con.execute(f"select count(*) from {rows}").fetchall()[0][0])


def _pairs(con: duckdb.DuckDBPyConnection, columns: list[str]) -> int:
    """How many pairs agree on the columns."""
    return _count(con, f"spoke inner join hub using ({', '.join(columns)})")


def learnt(linker: Linker) -> dict[str, Any]:
    """The settings with all that was learnt."""
    found: dict[str, Any] = linker.misc.save_model_to_json()
    return found


def known(con: duckdb.DuckDBPyConnection, found: dict[str, Any]) -> Linker:
    """A linker that knows already what another one learnt."""
    return _linker(con, found)


def score(con: duckdb.DuckDBPyConnection, plan: Plan, linker: Linker | None) -> None:
    """Replace `scored`: `pair` with its probability and, for each comparison, the level that was reached."""
    if linker is None:
        _unscored(con, plan)
        return
    con.execute(
        "create or replace temp table numbered as select pair.*, spoke.nth as nth_l, hub.nth as nth_r from pair"
        " inner join spoke on spoke.record_key = pair.key_l inner join hub on hub.record_key = pair.key_r"
    )
    con.execute(
        "create or replace temp table blocked as select '0' as match_key, 'spoke-__-' || nth_l as join_key_l,"
        " 'hub-__-' || nth_r as join_key_r from numbered order by all"
    )
    blocked = linker._db_api.register("blocked")
    linker.table_management.register_blocked_pairs_for_predict(blocked)
    found = linker.inference.predict(warning_mode="never").physical_name
    reached = ", ".join(f"scored.gamma_{_column(c)}" for c in plan.compare)
    con.execute(
        f"create or replace temp table scored as select numbered.*, scored.match_probability as probability, {reached}"
        f" from numbered inner join {found} as scored on scored.nth_l = numbered.nth_l"
        " and scored.nth_r = numbered.nth_r order by nth_l, nth_r"
    )


def _unscored(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Without a model: the links of keys and rules with the certainty that the plan gives them, and no others."""
    sure = " ".join(f"when pass = '{step.key}' then {plan.unlearnt[step.kind]}" for step in plan.passes)
    reached = ", ".join(f"cast(null as integer) as gamma_{_column(c)}" for c in plan.compare)
    con.execute(
        "create or replace temp table scored as select pair.*, key_l as nth_l, key_r as nth_r,"
        f" case {sure} else 1 end as probability, {reached} from pair where pass <> 'model' order by key_l, key_r"
    )


def settings(plan: Plan, prior: float, link_type: LinkType = "link_only") -> SettingsCreator:
    """The plan in Splink's words."""
    return SettingsCreator(
        link_type=link_type,
        unique_id_column_name="nth",
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
