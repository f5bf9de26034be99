"""Tables of links: what is shown of an agency tells no small count of it, by itself or with others."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from transforms.disclosure import Exposure, Rule
from transforms.linkage import guard
from transforms.linkage.attack import exposed

LEAST = 4
RULE = Rule(threshold=LEAST)
# What a pass says of a pair: a key that its number is the same, a rule that its charge is. All tell their district.
FIELDS, STATES = ["district", "number", "charge"], ["same", "differs", "untold"]
ALIKE = {"key": ["number"], "rule": ["charge"], "model": []}
KINDS = [
    (one, *states)
    for one, said in ALIKE.items()
    for states in itertools.product(STATES[:2], STATES, STATES)
    if all(states[FIELDS.index(field)] == "same" for field in said)
]
WITHOUT = ("without", "untold", "untold", "untold")


def agency(counts, unlinked):
    """Table `links` and the parts of `disagreement` of an agency with so many records of each kind."""
    of = pd.DataFrame(KINDS, columns=["pass", *FIELDS]).assign(n=counts, level="case", source="a")
    links = of.groupby(["level", "source", "pass"], as_index=False)["n"].sum()
    links = links.assign(n_records=links["n"].sum() + unlinked, precision=0.99, recall=0.3)
    parts = [
        of.assign(field=field, n_linked=of["n"], n_compared=of["n"].where(of[field] != "untold", 0),
                  n_differ=of["n"].where(of[field] == "differs", 0))
        .groupby(["level", "source", "field", "pass"], as_index=False)[["n_linked", "n_compared", "n_differ"]].sum()
        for field in FIELDS
    ]  # fmt: skip
    return links, pd.concat(parts, ignore_index=True)


def published(links, parts):
    shown = guard.links(links, LEAST)
    return shown, guard.disagreement(parts, shown, LEAST)


def narrowed(counts, unlinked, links, differ):
    """Small counts whose interval, over every agency that agrees with what is shown, does not hold 1 to LEAST - 1."""
    kinds, x = [*KINDS, WITHOUT], np.array([*counts, unlinked], float)
    by_pass = {one: np.array([k[0] == one for k in kinds], float) for one in ALIKE}
    by_field = {
        (field, state): np.array([k[0] != "without" and k[1 + place] == state for k in kinds], float)
        for place, field in enumerate(FIELDS)
        for state in STATES
    }
    rows, known = [np.ones(len(kinds))], [x.sum()]
    for r in links.dropna(subset="n").itertuples():
        rows.append(by_pass[r[3]])
        known.append(r.n)
    for r in differ.dropna(subset="n_compared").itertuples():
        rows += [by_field[r.field, "same"] + by_field[r.field, "differs"], by_field[r.field, "differs"]]
        known += [r.n_compared, r.n_differ]
    secret = by_pass | by_field | {field: by_field[field, "same"] + by_field[field, "differs"] for field in FIELDS}
    for one, fields in ALIKE.items():
        secret |= {f"{field} beside {one}": by_field[field, "same"] - by_pass[one] for field in fields}
    found = []
    for name, of in secret.items():
        if RULE.is_small(of @ x):
            ends = [linprog(sign * of, A_eq=np.array(rows), b_eq=known, method="highs") for sign in (1, -1)]
            low, high = ends[0].fun, -ends[1].fun if ends[1].status == 0 else np.inf
            found += [name] if low > 1 + 1e-6 or high < LEAST - 1 - 1e-6 else []
    return found


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0] * 12 + [1, 2, 5, 9]), min_size=len(KINDS), max_size=len(KINDS)),
    st.sampled_from([0, 1, 2, 30]),
)
def test_every_small_count_of_an_agency_can_be_anything_small(counts, unlinked):
    assume(sum(counts) + unlinked >= LEAST)
    links, differ = published(*agency(counts, unlinked))
    assert narrowed(counts, unlinked, links, differ) == []
    assert exposed({"links": links, "disagreement": differ}, pd.DataFrame(), RULE) == []
    assert links["recall"].isna().all() or links["n"].notna().all()


@pytest.fixture
def investigators():
    """236 by number, 5 by rule, 45 by the model: each tells its district, so 286 do; three tell another number."""
    links = pd.DataFrame({"level": "case", "source": "oig", "pass": ["number", "rule", "model"], "n": [236, 5, 45],
                          "precision": [0.9995, 0.99, 0.9735], "recall": [0.7758, 0.0163, 0.1441],
                          "n_records": 445})  # fmt: skip
    rows = [("district", 236, 236, 0), ("district", 5, 5, 0), ("district", 45, 45, 0), ("referral", 236, 236, 88),
            ("referral", 5, 5, 0), ("referral", 45, 45, 5)]  # fmt: skip
    parts = pd.DataFrame(rows, columns=["field", "n_linked", "n_compared", "n_differ"])
    return links, parts.assign(level="case", source="oig")


def by_itself(links, parts):
    """Each table as if there were no other."""
    shown = links.assign(n=links["n"].astype(float).mask(links["n"].between(1, 10)), status="shown")
    return shown, guard.disagreement(parts, shown, 11)


def test_the_attacker_finds_a_hidden_pass_by_the_pairs_that_tell_a_field(investigators):
    naive, differ = by_itself(*investigators)
    naive = naive.assign(recall=np.nan)
    assert exposed({"links": naive, "disagreement": differ}, pd.DataFrame(), Rule()) == [
        Exposure("links", "case", "oig", "rule", 5, 5)
    ]
    links = guard.links(investigators[0], 11)
    fields = guard.disagreement(investigators[1], links, 11)
    assert links["n"].tolist()[::2] == [236, 45] and np.isnan(links["n"][1])
    assert (fields["status"] == "suppressed").all() and links["recall"].isna().all()
    assert exposed({"links": links, "disagreement": fields}, pd.DataFrame(), Rule()) == []


def test_the_attacker_bounds_a_hidden_pass_by_the_recalls_of_the_others(investigators):
    links, _ = by_itself(*investigators)
    links.loc[[0, 1, 2], "recall"] = [0.8258, np.nan, 0.1541]
    fields = pd.DataFrame(columns=["level", "source", "field", "n_compared", "n_differ"])
    found = exposed({"links": links, "disagreement": fields}, pd.DataFrame(), Rule())
    assert [(e.period, e.lowest, e.highest) for e in found] == [("rule", 0, 6)]


def test_a_small_pass_of_an_agency_of_which_all_records_are_linked_hides_another():
    links = pd.DataFrame({"level": "case", "source": "a", "pass": ["number", "model"], "n": [400, 5], "precision": 1.0,
                          "recall": 0.5, "n_records": 406})  # fmt: skip
    assert guard.links(links, 11)["status"].tolist() == ["suppressed"] * 2
    assert guard.links(links.assign(n_records=500), 11)["status"].tolist() == ["shown", "suppressed"]


@pytest.mark.parametrize(
    ("n_compared", "shown"),
    [([1730, 1729], [1730]), ([1730, 1720], [1730]), ([1730, 1719], [1730, 1719]), ([1600, 1595, 1589], [1600, 1589])],
)
def test_pairs_that_do_not_tell_a_field_are_not_what_two_fields_differ_by(n_compared, shown):
    links = pd.DataFrame({"level": "case", "source": "a", "status": ["shown"]})
    parts = pd.DataFrame({"level": "case", "source": "a", "field": list("fgh")[: len(n_compared)], "n_linked": 1730,
                          "n_compared": n_compared, "n_differ": 100})  # fmt: skip
    found = guard.disagreement(parts, links, 11)
    assert found["n_compared"].dropna().tolist() == shown
    bare = found.assign(n_compared=[float(n) for n in n_compared], n_differ=100.0)
    passes = links.assign(n=1730.0, precision=1.0, recall=1.0).assign(**{"pass": "model"})
    exposures = [exposed({"links": passes, "disagreement": frame}, pd.DataFrame(), Rule()) for frame in (found, bare)]
    assert exposures[0] == [] and bool(exposures[1]) == (len(shown) < len(n_compared))


@pytest.mark.parametrize(
    ("n_linked", "n_compared", "n_differ", "is_shown"),
    [
        ([236, 50], [236, 50], [0, 20], True), ([236, 50], [232, 49], [0, 20], False),
        ([236, 50], [236, 50], [0, 45], False), ([236, 50], [236, 50], [0, 39], True),
        ([236, 50], [236, 0], [230, 0], False), ([236, 50], [236, 0], [220, 0], True),
    ],
)  # fmt: skip
def test_a_field_is_hidden_where_few_do_not_tell_it_or_are_alike(n_linked, n_compared, n_differ, is_shown):
    """5 without the field; 5 alike beside the pass in which all are; 6 alike in all."""
    parts = pd.DataFrame({"level": "case", "source": "a", "field": "f", "n_linked": n_linked, "n_compared": n_compared,
                          "n_differ": n_differ})  # fmt: skip
    found = guard.disagreement(parts, pd.DataFrame({"level": "case", "source": "a", "status": ["shown"]}), 11)
    assert found["status"].tolist() == ["shown" if is_shown else "suppressed"]


def test_a_sum_over_years_is_hidden_where_a_year_is():
    years = {2013: np.nan, 2014: 11, 2015: 13, 2016: 14, 2017: 15, 2018: 16}
    cells = pd.DataFrame(
        {"id": [f"eousa/unit_share/acteam/ALL/FY{year}" for year in years], "numerator": years.values()}
    )
    cells["status"] = np.where(cells["numerator"].isna(), "suppressed", "shown")
    ends = ["strict", "middle", "loose"]
    found = pd.DataFrame([
        {"measure": measure, "threshold": end, "period": period, "numerator": n, "denominator": 300, "value": n / 300}
        for measure in ("cases_with_unit", "referrals_charged")
        for period, n in (("FY2013-2015", 31), ("FY2016-2018", 45))
        for end in ends
    ])  # fmt: skip
    shown = guard.linked(found, cells, 11)
    hidden = shown[shown["status"] == "suppressed"]
    assert set(hidden["measure"] + hidden["period"]) == {"cases_with_unitFY2013-2015"} and len(hidden) == 3
    assert hidden[["numerator", "denominator", "value"]].isna().all().all()
    assert exposed({"linked": shown}, cells, Rule()) == []
    told = exposed({"linked": found}, cells, Rule())
    assert [(e.metric, e.scope, e.period) for e in told] == [
        ("cases_with_unit", end, "FY2013-2015") for end in sorted(ends)
    ]
