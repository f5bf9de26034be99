"""The model on people that others invented: at least as good as the settings of Splink's own tutorial."""

import logging

import duckdb
import pandas as pd
import pytest
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl

from tests.conftest import public_data
from transforms.linkage import model
from transforms.linkage.plan import Plan

SURE = 0.5


def name(column):
    like = f"jaro_winkler_similarity(l.{column}, r.{column}) >= "
    levels = [{"says": "same", "sql": f"l.{column} = r.{column}", "frequency": column}]
    levels += [{"says": "close", "sql": like + limit} for limit in ("0.92", "0.85", "0.7")]
    return {"name": column, "columns": [column], "levels": levels}


PEOPLE = Plan(
    level="person", one="person", hub="", hub_records="person", records=["person"], told=[], expected=0.9,
    unlearnt={}, thresholds={}, passes=[],
    blocking=[
        {"says": " and ".join(columns), "equal": columns}
        for columns in (["surname"], ["first_name"], ["dob"], ["email"], ["local_part"], ["city", "born"])
    ],
    training=[["first_name", "surname"], ["dob"], ["email"]],
    compare=[
        name("first_name"), name("surname"),
        {"name": "dob", "columns": ["dob"], "levels": [
            {"says": "same", "sql": "l.dob = r.dob"},
            {"says": "one character", "sql": "damerau_levenshtein(l.dob, r.dob) <= 1"},
            {"says": "two characters", "sql": "damerau_levenshtein(l.dob, r.dob) <= 2"},
        ]},
        {"name": "city", "columns": ["city"], "levels": [
            {"says": "same", "sql": "l.city = r.city", "frequency": "city"},
            {"says": "close", "sql": "jaro_winkler_similarity(l.city, r.city) >= 0.88"},
        ]},
        {"name": "email", "columns": ["email"], "levels": [
            {"says": "same", "sql": "l.email = r.email", "frequency": "email"},
            {"says": "same name", "sql": "split_part(l.email, '@', 1) = split_part(r.email, '@', 1)"},
            {"says": "close", "sql": "jaro_winkler_similarity(l.email, r.email) >= 0.88"},
        ]},
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def people():
    folder = public_data("splink_fake_1000")
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(
            "create table person as select cast(unique_id as varchar) as nth, first_name, surname, city, email,"
            " cast(dob as varchar) as dob, substr(cast(dob as varchar), 1, 4) as born, cluster,"
            f" split_part(email, '@', 1) as local_part from read_csv('{folder / 'fake_1000.csv'}') order by unique_id"
        )
        labels = pd.read_csv(folder / "fake_1000_labels.csv", dtype={"unique_id_l": str, "unique_id_r": str})
        yield con, labels


def ours(con):
    """Pairs by the plan, as `transforms.linkage` learns and scores them."""
    linker = Linker([DuckDBAPI(con).register("person")], model.settings(PEOPLE, 0.004, "dedupe_only"))
    model.learn(linker, PEOPLE.training)
    on = " union ".join(
        f"select '0' as match_key, l.nth as join_key_l, r.nth as join_key_r from person as l"
        f" inner join person as r on {join.on} and l.nth < r.nth"
        for join in PEOPLE.blocking
    )
    con.execute(f"create or replace table blocked_people as select * from ({on}) order by all")
    linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register("blocked_people"))
    return linker.inference.predict(warning_mode="never").as_pandas_dataframe()


def tutorial(con):
    """The settings of Splink's tutorial (chapters 3 to 5)."""
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="nth",
        comparisons=[
            cl.NameComparison("first_name"), cl.NameComparison("surname"), cl.LevenshteinAtThresholds("dob", 1),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True), cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on("first_name", "city"), block_on("surname")],
    )  # fmt: skip
    linker = Linker([DuckDBAPI(con).register("person")], settings)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [
            block_on("first_name", "dob"),
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            block_on("email"),
        ],
        recall=0.7,
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=model.SEED)
    for columns in (["first_name", "surname"], ["dob"]):
        training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    return linker.inference.predict(warning_mode="never").as_pandas_dataframe()


def f1(found, wanted, judged):
    """F1 of the pairs with a probability of a half or more; only pairs in `judged` count."""
    sure = found[found.match_probability >= SURE]
    pairs = {tuple(sorted(pair)) for pair in zip(sure.nth_l, sure.nth_r, strict=True)} & judged
    return 2 * len(pairs & wanted) / (len(pairs) + len(wanted))


@pytest.mark.real_data
def test_the_model_is_at_least_as_good_as_the_tutorial_of_splink(people):
    con, labels = people
    logging.getLogger("splink").setLevel(logging.ERROR)
    scored = {"ours": ours(con), "tutorial": tutorial(con)}
    pairs = [tuple(sorted(pair)) for pair in zip(labels.unique_id_l, labels.unique_id_r, strict=True)]
    labelled = {p for p, score in zip(pairs, labels.clerical_match_score, strict=True) if score == 1}
    people = con.execute("select nth, cluster from person").fetchall()
    every = {tuple(sorted((a, b))) for a, _ in people for b, _ in people if a < b}
    alike = {tuple(sorted((a, b))) for a, m in people for b, n in people if a < b and m == n}
    for wanted, judged in ((labelled, set(pairs)), (alike, every)):
        assert len(wanted) in (80, 2031)
        assert f1(scored["ours"], wanted, judged) >= f1(scored["tutorial"], wanted, judged) > 0.5
