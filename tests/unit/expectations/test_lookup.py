"""A lookup counts what its SQL says as it is written, over rows in which keys meet, miss and come twice."""

import re

import duckdb
import pytest

from expectations.evidence import by_row
from expectations.lookup import Lookups
from expectations.suite import suites
from sources.contract import agencies
from sources.schema import tables
from transforms.staging import literal, quoted

AGENCY = agencies()["eousa"]
CHECKS = {f"{c.spec.contract}/{c.spec.rule}": c for c in suites(AGENCY) if c.form == "row" and "(select" in c.sql}
FEW = {
    "date": "date '2000-06-01' + cast(hash(i, {seed}) % 9000 as integer)",
    "bigint": "hash(i, {seed}) % 3",
    "double": "hash(i, {seed}) % 3",
}
WORDS = {
    "role": ["D", "IN", "V"], "court": ["DC", "NC", "PN", "MJ"], "kind": ["CO", "IN", "SN", "YD"],
    "disposition": ["GT", "NC", "GD", "NG", "DE"], "is_juvenile": ["Y", "N"], "status": ["A", "C"],
}  # fmt: skip


def some(name: str, kind: str, seed: int) -> str:
    """SQL of a value of few, a tenth of them null where they are no key."""
    if kind == "varchar":
        words = WORDS.get(name, ["1", "2", "3"])
        value = f"[{', '.join(map(literal, words))}][1 + cast(hash(i, {seed}) % {len(words)} as integer)]"
    else:
        value = f"cast({FEW.get(kind, 'null').format(seed=seed)} as {kind})"
    is_key = name.endswith("_ref") or name == "district"
    return f"{value if is_key else f'case when hash(i, {seed}, 1) % 10 > 0 then {value} end'} as {quoted(name)}"


@pytest.mark.parametrize("seed", range(3))
def test_a_lookup_counts_what_its_sql_says(seed):
    with duckdb.connect() as con:
        for n, contract in enumerate(AGENCY.contracts):
            table = tables()[contract.feeds]
            columns = [some(name, kind, 100 * seed + 7 * n + i) for i, (name, kind) in enumerate(table.staged.items())]
            con.execute(
                f"create table {table.name} as select null as redacted, {', '.join(columns)} from range(60) r(i)"
            )
        con.execute("create table delivery as select date '2020-01-01' as as_of")
        counted = by_row(con, CHECKS, {c.name: c.feeds for c in AGENCY.contracts})
        for name, check in CHECKS.items():
            sql = (
                f"select count(c), count(*) filter (where not c) from (select {check.sql} as c from {check.spec.table})"
            )
            assert counted[name] == con.execute(sql).fetchone(), name
    assert sum(n_failed for _, n_failed in counted.values()) > 100


def test_keys_that_rules_look_up_are_never_null():
    """A hash of nulls equals a hash of nulls, where SQL's `in` would say nothing."""
    asked, own = Lookups(), set()
    for agency in agencies().values():
        for check in (check for check in suites(agency) if check.form == "row"):
            _, joins = asked.joined(check.sql, check.spec.table)
            keys = {tuple(one.split(".")) for join in joins for one in re.findall(r"\w+\.\w+(?=[,)])", join)}
            own |= {(table, column) for table, column in keys if f"{column} is not null" not in check.sql}
    listed = {(table, one) for table, key in asked.gathered for one in key.split(", ") if one.isidentifier()}
    assert len(own) > 5 and len(listed) > 5
    assert not {(table, column) for table, column in own | listed if not tables()[table].columns[column].required}
