"""The same panel in many dresses gives the same numbers, from the shell; what cannot be read is refused in words."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from pipelines.commands.evaluate import evaluate

KEYS = ("callaway_santanna", "stacked", "etwfe", "twfe")  # each reads the axis of time in its own way
EVERY = (*KEYS, "sun_abraham", "imputation", "two_stage", "synthetic_control", "interrupted_time_series")
FIRST, LAST = 2001, 2010


def panel():
    """Thirty units; six start in 2005, six in 2008; the effect is 1.5."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(30):
        start = 2005 if i < 6 else 2008 if i < 12 else 0
        level = rng.normal(5, 2)
        for t in range(FIRST, LAST + 1):
            y = level + 0.3 * (t - FIRST) + rng.normal(0, 0.5) + 1.5 * (0 < start <= t)
            rows.append((f"u{i:02}", t, start, y))
    return pd.DataFrame(rows, columns=["u", "t", "g", "y"])


BASE = panel()


def starts(write, never=""):
    return BASE["g"].map(lambda g: write(g) if g else never)


def times(write):
    return {"t": BASE["t"].map(write), "g": starts(write)}


def quarter(t):
    return f"{2004 + (t - FIRST) // 4}{(t - FIRST) % 4 + 1}"


def month(t):
    return f"{2004 + (t - FIRST + 7) // 12}{(t - FIRST + 7) % 12 + 1:02}"


UNEVEN = dict(zip(range(FIRST, LAST + 1), (1990, 1991, 1995, 1996, 2000, 2003, 2004, 2007, 2008, 2012), strict=True))
DRESSES = {
    "shuffled": BASE.sample(frac=1, random_state=1),
    "padded units": BASE.assign(u=BASE["u"].str[1:]),
    "units that a float would run together": BASE.assign(u="9007199254740993" + BASE["u"].str[1:]),
    "a unit called NA": BASE.assign(u=BASE["u"].replace("u29", "NA")),
    "more columns": BASE.assign(z='a,"b', w=None),
    "times from 1": BASE.assign(**times(lambda t: t - 2000)),
    "times from 0": BASE.assign(**times(lambda t: t - FIRST)),
    "negative times": BASE.assign(**times(lambda t: t - 2020)),
    "floats": BASE.assign(**times(float)),
    "fiscal years": BASE.assign(**times(lambda t: f"FY{t}")),
    "days a year apart": BASE.assign(**times(lambda t: f"{t}-01-01")),
    "moments": BASE.assign(**times(lambda t: f"{t}-01-01 00:00:00")),
    "quarters 20041": BASE.assign(**times(quarter)),
    "quarters with never as 10000": BASE.assign(t=BASE["t"].map(quarter), g=starts(quarter, 10000)),
    "quarters 2004Q1": BASE.assign(**times(lambda t: f"{quarter(t)[:4]}Q{quarter(t)[4]}")),
    "quarters as decimals": BASE.assign(**times(lambda t: 2004 + (t - FIRST) / 4)),
    "halves": BASE.assign(**times(lambda t: f"FY{2004 + (t - FIRST) // 2} H{(t - FIRST) % 2 + 1}")),
    "months 200401": BASE.assign(**times(month)),
    "months 2004-01": BASE.assign(**times(lambda t: f"{month(t)[:4]}-{month(t)[4:]}")),
    "every second year": BASE.assign(**times(lambda t: 2 * t - FIRST)),
    "a start between two waves": BASE.assign(
        t=2 * BASE["t"] - FIRST, g=BASE["g"].map(lambda g: 2 * g - FIRST - 1 if g else 0)
    ),
    "an indicator": BASE.assign(g=((BASE["g"] > 0) & (BASE["t"] >= BASE["g"])).astype(int)),
    "an indicator in words": BASE.assign(g=((BASE["g"] > 0) & (BASE["t"] >= BASE["g"])).astype(str)),
    **{
        f"never is {word!r}": BASE.assign(g=starts(str, word))
        for word in ("", "0", "NA", "Inf", "10000", "9999", "never", ".", "NaN", "NULL", "1e10", "2050")
    },
}
BYTES = {
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "lines of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "blanks in the heading": lambda text: text.replace("u,t,g,y", " u, t ,g ,y ").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "semicolons and decimal commas": lambda text: text.replace(",", ";").replace(".", ",").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "blank lines": lambda text: text.replace("\n", "\n\n").encode(),
    "quotes": lambda text: BASE.to_csv(index=False, quoting=1).encode(),
    "an index without heading": lambda text: BASE.to_csv().encode(),
    "names of rows as R writes them": lambda text: BASE.to_csv().replace(",u,t,g,y", "u,t,g,y").encode(),
}


def run(path, *more, keys=KEYS):
    asked = [a for key in keys for a in ("--estimator", key)]
    roles = ["--unit", "u", "--time", "t", "--cohort", "g", "--outcome", "y", "--json"]
    return CliRunner().invoke(evaluate, [str(path), *roles, *asked, *more])


def numbers(result):
    """(estimator, term, periods from the start, cohort's rank) -> estimate and error."""
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    cohorts = list(dict.fromkeys(str(e["cohort"]) for e in found if e["cohort"] is not None))
    kept = [e for e in found if e["term"] in ("simple", "group", "dynamic", "refused")]
    return {
        (e["estimator"], e["term"], e["cohort"] and cohorts.index(str(e["cohort"]))): (
            e["estimate"],
            float("nan") if e["standard_error"] is None else e["standard_error"],
        )
        for e in kept
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "panel.csv"
    BASE.to_csv(path, index=False)
    return numbers(run(path))


def same(found, base):
    assert found.keys() == base.keys()
    for key, pair in base.items():
        assert found[key] == pytest.approx(pair, rel=1e-6, abs=1e-9, nan_ok=True), key


@pytest.mark.parametrize("name", DRESSES)
def test_the_same_panel_in_another_dress_gives_the_same_numbers(name, base, tmp_path):
    path = tmp_path / "panel.csv"
    DRESSES[name].to_csv(path, index=False)
    same(numbers(run(path)), base)


@pytest.mark.parametrize("name", BYTES)
def test_the_same_rows_in_other_bytes_give_the_same_numbers(name, base, tmp_path):
    path = tmp_path / "panel.csv"
    path.write_bytes(BYTES[name](BASE.to_csv(index=False)))
    same(numbers(run(path)), base)


def test_a_gzip_is_read(base, tmp_path):
    path = tmp_path / "panel.csv.gz"
    path.write_bytes(gzip.compress(BASE.to_csv(index=False).encode()))
    same(numbers(run(path)), base)


def test_uneven_periods_are_counted_and_that_is_said(base, tmp_path):
    path = tmp_path / "panel.csv"
    BASE.assign(**times(UNEVEN.get)).to_csv(path, index=False)
    found = run(path)
    same(numbers(found), base)
    said = [e for e in json.loads(found.stdout) if e["estimator"] == "etwfe" and e["term"] == "event"]
    assert [e["event_time"] for e in said] == [0, 1, 2, 3, 4, 5]
    assert any("not evenly spaced" in note for note in said[0]["notes"])


def test_the_scale_of_the_outcome_only_scales_the_numbers(base, tmp_path):
    path = tmp_path / "panel.csv"
    BASE.to_csv(path, index=False)
    plain = numbers(run(path, keys=EVERY))
    BASE.assign(y=BASE["y"] * 1e12).to_csv(path, index=False)
    found = numbers(run(path, keys=EVERY))
    assert base.items() <= plain.items()
    for key, (estimate, error) in plain.items():
        assert found[key] == pytest.approx((estimate * 1e12, error * 1e12), rel=1e-6, nan_ok=True), key


def test_event_times_are_in_the_units_of_the_time_column(tmp_path):
    path = tmp_path / "panel.csv"
    BASE.assign(**times(lambda t: 2 * t - FIRST)).to_csv(path, index=False)
    for key in ("callaway_santanna", "sun_abraham", "imputation", "etwfe", "twfe"):
        found = json.loads(run(path, keys=(key,)).stdout)
        assert {e["event_time"] for e in found if e["term"] == "event"} >= {0, 2, 4, 6, 8, 10}, key


def edited(**columns):
    return BASE.assign(**columns).to_csv(index=False)


NOT_READ = {
    "-1": (edited(g=starts(str, -1)), "(cohort_negative)"),
    "percent": (edited(y=BASE["y"].map("{:.3f}%".format)), "(outcome_not_numeric)"),
    "thousands": (edited(y=BASE["y"].map(lambda v: f"{1000 * v:,.2f}")), "(outcome_not_numeric)"),
    "seasons": (edited(t="spring"), "(time_not_ordered)"),
    "infinite time": (edited(t=BASE["t"].astype(float).replace(2010, np.inf)), "(time_not_ordered)"),
    "a missing row": (BASE.iloc[1:].to_csv(index=False), "(gaps)"),
    "a missing outcome": (edited(y=BASE["y"].where(BASE.index != 5)), "(outcome_missing)"),
    "a row twice": (pd.concat([BASE, BASE.iloc[:1]]).to_csv(index=False), "(duplicate_rows)"),
    "a unit without name": (edited(u=BASE["u"].replace("u29", "")), "(unit_missing)"),
    "nothing": ("", "(no_rows)"),
    "a heading alone": ("u,t,g,y\n", "(no_rows)"),
    "a ragged line": (BASE.to_csv(index=False) + "u99,2001\n", "1 lines do not have as many fields"),
    "an open quote": (BASE.to_csv(index=False) + '"u99,2001,0,1\n', "not a CSV"),
    "a heading twice": (BASE.to_csv(index=False).replace("u,t,g,y", "u,t,y,y"), "(column_twice)"),
    "treated for a while": (edited(g=((BASE["g"] > 0) & (BASE["t"] == 2008)).astype(int)), "(treatment_ends)"),
    "ever treated": (edited(g=(BASE["g"] > 0).astype(int)), "(cohort_is_indicator)"),
}


@pytest.mark.parametrize("name", NOT_READ)
def test_what_cannot_be_read_is_refused_in_one_line(name, tmp_path):
    text, words = NOT_READ[name]
    path = tmp_path / "panel.csv"
    path.write_text(text)
    got = run(path, keys=("twfe",))
    assert got.exit_code == 1 and words in got.output
    assert got.output.strip().count("\n") == 0


def test_units_with_a_missing_value_can_be_dropped(tmp_path):
    path = tmp_path / "panel.csv"
    BASE.assign(y=BASE["y"].where(BASE.index != 5)).to_csv(path, index=False)
    got = json.loads(run(path, "--drop-incomplete", keys=("twfe",)).stdout)
    assert got[0]["n_units"] == 29


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (BASE[(BASE["g"] == 0) | (BASE["u"] == "u00")], "one treated cluster"),
        (BASE[(BASE["g"] == 0) | BASE["u"].isin(["u00", "u01"])], "2 treated clusters"),
    ],
)
def test_few_treated_units_are_named_in_every_estimate(kept, said, tmp_path):
    path = tmp_path / "panel.csv"
    kept.to_csv(path, index=False)
    found = json.loads(run(path, keys=EVERY).stdout)
    assert all(any(said in note for note in e["notes"]) for e in found if e["term"] == "simple")


def test_two_units_and_two_periods_are_estimated_without_a_made_up_error(tmp_path):
    path = tmp_path / "panel.csv"
    BASE[BASE["u"].isin(["u00", "u29"]) & BASE["t"].isin([2004, 2005])].to_csv(path, index=False)
    found = [e for e in json.loads(run(path, keys=EVERY).stdout) if e["term"] == "simple"]
    y = BASE.set_index(["u", "t"])["y"]
    by_hand = (y["u00", 2005] - y["u00", 2004]) - (y["u29", 2005] - y["u29", 2004])
    assert {e["estimator"] for e in found} >= {"twfe", "etwfe", "callaway_santanna", "imputation"}
    assert all(e["estimate"] == pytest.approx(by_hand) and not e["standard_error"] for e in found)
