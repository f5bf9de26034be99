"""Tables beside the cells for the invented edition: made by the code of an edition from a few hundred random rows."""

import datetime as dt

import duckdb
import numpy as np
import pandas as pd

from sources.facts import districts
from transforms import bridge, completed, followed, unusual
from transforms.study import Study

DAY = dt.date(2026, 9, 30)
UNTIL = {"eousa": dt.date(2025, 9, 30)}


def marts(con, study: Study, n: int = 900, seed: int = 5) -> None:
    """Tables `mart.case_facts`, `mart.defendant_facts` and `core.charge`: one to three defendants a case."""
    dice = np.random.default_rng(seed)
    filed = pd.Timestamp("2010-10-01") + pd.to_timedelta(dice.integers(0, 5800, n), "D")
    cases = pd.DataFrame({
        "source": "eousa", "case_key": [f"c{i}" for i in range(n)], "filed_on": filed,
        "district": dice.choice(list(districts()), n), "is_program_05e": dice.random(n) < 0.6,
        "has_program_category": True, "is_chapter77": dice.random(n) < 0.7, "is_domestic_minor": False,
        "has_victim_counts": False, "labor_or_sex": dice.choice(["labor", "sex"], n),
    })  # fmt: skip
    cases["is_bjs"] = cases["is_chapter77"] | (dice.random(n) < 0.5)
    cases["group_key"] = cases["district"].map(study.group_of)
    people = cases.loc[cases.index.repeat(dice.integers(1, 4, n))].reset_index(drop=True)
    people = people.rename(columns={"filed_on": "case_filed_on"})
    m = len(people)
    people["charged_on"] = people["case_filed_on"] + pd.to_timedelta(dice.choice([0, 0, 0, 200], m), "D")
    people["disposed_on"] = people["charged_on"] + pd.to_timedelta(dice.lognormal(6, 0.7, m).astype(int), "D")
    outcomes = ["CONVICTED_PLEA", "CONVICTED_TRIAL", "ACQUITTED", "DISMISSED", "TRANSFERRED", "OTHER", None]
    people["outcome"] = dice.choice(outcomes, m, p=[0.6, 0.1, 0.02, 0.15, 0.05, 0.03, 0.05])
    people.loc[people["outcome"].isna() | (people["disposed_on"] > str(DAY)), ["outcome", "disposed_on"]] = None
    people["is_convicted"] = people["outcome"].isin(["CONVICTED_PLEA", "CONVICTED_TRIAL"])
    people["days_charge_to_disposition"] = (people["disposed_on"] - people["charged_on"]).dt.days.astype("Int64")
    other = cases[cases["is_bjs"] & ~cases["is_chapter77"]]
    charges = pd.DataFrame({"matter_key": other["case_key"], "title": 18,
                            "section": dice.choice([2251, 2421, 2423], len(other))})  # fmt: skip
    con.execute("create schema if not exists mart; create schema if not exists core")
    for table, frame in (("mart.case_facts", cases), ("mart.defendant_facts", people), ("core.charge", charges)):
        con.register("given", frame)
        days = ", ".join(f"cast({c} as date) as {c}" for c in frame if str(c).endswith("_on"))
        con.execute(f"create table {table} as select *{f' replace ({days})' if days else ''} from given")
        con.unregister("given")


def views(cells: pd.DataFrame, seed: int = 5) -> tuple[list[pd.DataFrame], list[dt.date]]:
    """Monthly counts as three deliveries a month apart had them: four in ten of a month's records come a month late."""
    dice = np.random.default_rng(seed)
    days = [dt.date(2026, 7, 31), dt.date(2026, 8, 31), DAY]
    last = completed.month(DAY)
    base = [
        {"source": "eousa", "metric": m.name, "scope": scope, "area": area, "month": month, "n": int(dice.poisson(9))}
        for m in completed.counted() for scope in ("acteam", "chapter77", "listed")
        for area in ("phase_1", "phase_2", "other") for month in range(last - 40, last + 1)
    ]  # fmt: skip
    frames = []
    for day in days:
        seen = pd.DataFrame(base).query(f"month <= {completed.month(day)}").copy()
        seen["age"] = completed.month(day) - seen["month"]
        seen["n"] = np.where(seen["age"] == 0, (seen["n"] * 0.6).astype(int), seen["n"])
        frames.append(seen)
    return frames, days


def tables(cells: pd.DataFrame, study: Study) -> dict[str, pd.DataFrame]:
    """Every table beside the cells."""
    counts, days = views(cells)
    with duckdb.connect() as con:
        marts(con, study)
        lives = followed.life_tables(con, UNTIL, with_parts=False)
        return {
            "cohorts": followed.cohort_table(lives, cells, UNTIL),
            "cohort_curves": followed.curve_table(lives, study, UNTIL),
            "completion": completed.completion(counts, [completed.month(d) for d in days], completed.growing(cells)),
            "completion_check": completed.completion_check(counts, days),
            "bridge": bridge.walk(con, {"eousa": DAY}, 2004),
            "funnels": unusual.funnels(cells, study),
            "signals": unusual.signals(con, cells, study, {"eousa": DAY}),
        }
