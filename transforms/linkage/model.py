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
AT_ONCE = 1_000_000  # pairs; Splink spreads the columns of both records of each beside one another in memory


def trained(con: duckdb.DuckDBPyConnection, plan: Plan) -> Linker | None:
    """A linker that has learnt from `spoke` and `hub`; None where there is too little to learn from."""
    usable = [columns for columns in plan.training if _pairs(con, columns) >= FEWEST]
    if not usable:
        return None
    linker = _linker(con, plan, settings(plan, plan.expected / _count(con, "hub")))
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


def known(con: duckdb.DuckDBPyConnection, plan: Plan, found: dict[str, Any]) -> Linker:
    """A linker that knows already what another one learnt."""
    return _linker(con, plan, found)


def score(con: duckdb.DuckDBPyConnection, plan: Plan, linker: Linker | None) -> None:
    """Replace `scored`: `pair` with its probability and, for each comparison, the level that was reached."""
    reached = [f"gamma_{_column(compared)}" for compared in plan.compare]
    if linker is None:
        _unscored(con, plan, reached)
        return
    blank = ", ".join(f"cast(null as integer) as {name}" for name in reached)
    con.execute(
        "create or replace temp table scored as"
        f" select *, cast(null as double) as probability, {blank} from pair limit 0"
    )
    for first in range(0, _count(con, "pair"), AT_ONCE):
        con.execute(
            "create or replace temp table part as"
            f" select * from pair where rowid between {first} and {first + AT_ONCE - 1}"
        )
        con.execute(
            "create or replace temp table blocked as select '0' as match_key, 'spoke-__-' || nth_l as join_key_l,"
            " 'hub-__-' || nth_r as join_key_r from part order by all"
        )
        linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register("blocked"))
        found = linker.inference.predict(warning_mode="never")
        con.execute(
            "insert into scored select part.*, found.match_probability,"
            f" {', '.join(f'found.{name}' for name in reached)}"
            f" from part inner join {found.physical_name} as found using (nth_l, nth_r)"
        )
        found.drop_table_from_database_and_remove_from_cache()


def _unscored(con: duckdb.DuckDBPyConnection, plan: Plan, reached: list[str]) -> None:
    """Without a model: the links of keys and rules with the certainty that the plan gives them, and no others."""
    sure = " ".join(f"when pass = '{step.key}' then {plan.unlearnt[step.kind]}" for step in plan.passes)
    blank = ", ".join(f"cast(null as integer) as {name}" for name in reached)
    con.execute(
        f"create or replace temp table scored as select pair.*, case {sure} else 1 end as probability, {blank}"
        " from pair where pass <> 'model'"
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


def _linker(con: duckdb.DuckDBPyConnection, plan: Plan, made: SettingsCreator | dict[str, Any]) -> Linker:
    """Splink is given what it compares or learns on and no more: it parses the name of every column at every step."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    api, sides = DuckDBAPI(connection=con), []
    used = sorted({*plan.compared, *(column for columns in plan.training for column in columns)})
    for side in ("spoke", "hub"):
        con.execute(f"create or replace temp view {side}_told as select nth, {', '.join(used)} from {side}")
        sides.append(api.register(f"{side}_told", dataset_display_name=side))
    return Linker(sides, made, log_level=logging.ERROR, validate_settings=False)
