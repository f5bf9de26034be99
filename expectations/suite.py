"""The suite of one contract, built from its table, the rules and its own bounds; nothing is stored.

In: a `Table`, `Rule` values and a `Contract`. Out: `Check` values, pure text: DuckDB computes them as boolean columns.
Column facts come from the table, bounds from the contract; only truths between columns and tables are rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from expectations import movement
from expectations.finding import CheckSpec
from expectations.rule import Rule, rules
from sources.contract import Agency, Contract
from sources.facts import districts
from sources.schema import Column, Table, code_lists
from transforms.staging import _failures, literal, quoted

REJECTS = {
    "fixed_width": ("record.short", "record.long"),
    "csv": ("record.quote", "record.fields", "record.encoding", "record.long"),
    "json_lines": ("record.json", "record.encoding", "record.long"),
}
FAMILY = {"bigint": "number", "integer": "number", "double": "number"}
WORDS = {
    "required": "{column} is filled",
    "code": "{column} is in its code list",
    "date": "{column} is a date",
    "integer": "{column} is a whole number",
    "number": "{column} is a number",
    "boolean": "{column} is yes or no",
    "range": "{column} is in its range",
    "unique": "no two records share a key and differ",
}


@dataclass(frozen=True)
class Check:
    """One check. `row`: a boolean of each row. `unit`: a SELECT with a boolean `holds`. `tally`: a boolean of what was
    taken in by the contract `now` and `before`. `counted`: by the staging.
    """

    spec: CheckSpec
    form: Literal["row", "unit", "tally", "counted"]
    sql: str
    at_most: float = 0.0


def build(table: Table, truths: Iterable[Rule], contract: Contract) -> list[Check]:
    """Every check of one contract that needs this delivery only."""
    return [
        *_counted(table, contract),
        *_facts(table, contract),
        *_bounds(table, contract),
        *(_truth(rule, contract) for rule in truths if rule.table == table.name and fits(rule, contract)),
    ]


def suites(agency: Agency) -> list[Check]:
    """Every check that can be made of a delivery of the agency, the comparison with the one before included."""
    fed = {contract.feeds for contract in agency.contracts}
    truths = [rule for rule in rules().values() if rule.reads <= fed]
    found = [check for contract in agency.contracts for check in build(contract.table, truths, contract)]
    moved = [m for contract in agency.contracts for m in movement.build(contract, agency.mode)]
    return found + [Check(m.spec, m.form, m.sql) for m in moved]


def fits(rule: Rule, contract: Contract) -> bool:
    """True where the contract fills every column that a rule by row names."""
    return rule.columns <= {*contract.columns, "redacted"}


def _truth(rule: Rule, contract: Contract) -> Check:
    spec = CheckSpec(rule.id, rule.says, contract.name, rule.table, rule.level, rule.severity)
    if rule.select is not None:
        return Check(spec, "unit", rule.select, rule.at_most)
    sql = f"case when {rule.when} then {rule.sql} end" if rule.when else str(rule.sql)
    return Check(spec, "row", sql, rule.at_most)


def _counted(table: Table, contract: Contract) -> list[Check]:
    """The rules that send a record to quarantine, in the words of the table."""
    found = {rule: f"The record has {_record(rule)}." for rule in REJECTS.get(contract.file.format, ())}
    for _, rule in [*_failures(contract), ("", f"{table.name}.key.unique")]:
        _, column, what = rule.split(".")
        says = WORDS[what].format(column=column)
        found[rule] = says[0].upper() + says[1:] + "." if column == "key" else says + "."
    return [
        Check(CheckSpec(rule, says, contract.name, table.name, "row", "warn"), "counted", "")
        for rule, says in found.items()
    ]


def _record(rule: str) -> str:
    return {
        "record.short": "its full length",
        "record.long": "no more than the length of a record",
        "record.quote": "closed quotes",
        "record.fields": "as many fields as the header",
        "record.encoding": "readable text",
        "record.json": "readable JSON",
    }[rule]


def _facts(table: Table, contract: Contract) -> list[Check]:
    """What the staged rows must be, whatever the staging did: the doubt of our own work."""

    def error(rule: str, says: str, form: Literal["row", "unit"], sql: str) -> Check:
        return Check(CheckSpec(rule, says, contract.name, table.name, "delivery", "error"), form, sql)

    wanted = ", ".join(f"({literal(name)}, {literal(FAMILY.get(kind, kind))})" for name, kind in table.staged.items())
    key = ", ".join(quoted(k) for k in table.key)
    found = [
        error(
            f"{table.name}.columns.staged",
            "The staged table has the columns of its definition, each of its kind (text, number, date or boolean).",
            "unit",
            f"select coalesce({_family('given.column_type')} = wanted.kind, false) as holds from (values {wanted}) as "
            f"wanted(name, kind) left join (describe {table.name}) as given on given.column_name = wanted.name",
        ),
        error(
            f"{table.name}.key.staged",
            "No two staged rows share a key.",
            "unit",
            f"select count(*) = count(distinct ({key})) as holds from {table.name}",
        ),
    ]
    for name in contract.columns:
        if parts := _fact(name, table.columns[name]):
            rule = f"{table.name}.{name}.staged"
            says = f"{name} in the staged rows is what the table says."
            found.append(error(rule, says, "row", f"coalesce({' and '.join(parts)}, false)"))
    return found


def _family(kind: str) -> str:
    """SQL of the kind of a DuckDB type: all numbers are one."""
    return f"case when lower({kind}) in ({', '.join(map(literal, FAMILY))}) then 'number' else lower({kind}) end"


def _fact(name: str, column: Column) -> list[str]:
    value, parts = quoted(name), []
    if column.required:
        parts.append(f"{value} is not null")
    listed = (
        list(code_lists()[column.codes]) if column.codes else sorted(districts()) if column.type == "district" else []
    )
    if listed:
        parts.append(f"({value} is null or {value} in ({', '.join(map(literal, listed))}))")
    if column.earliest:
        parts.append(f"({value} is null or {value} >= date {literal(column.earliest)})")
    if column.at_least is not None:
        parts.append(f"({value} is null or {value} >= {column.at_least:g})")
    return parts


def _bounds(table: Table, contract: Contract) -> list[Check]:
    """Rows and quarantine of a healthy delivery."""
    volume = contract.volume

    def bound(rule: str, says: str, condition: str) -> Check:
        spec = CheckSpec(f"{table.name}.volume.{rule}", says, contract.name, table.name, "delivery", "error")
        return Check(spec, "tally", condition)

    share = volume.max_quarantined
    found = [
        bound("least", f"At least {volume.min_rows:,} rows are staged.", f"now.n_staged >= {volume.min_rows}"),
        bound(
            "quarantined",
            f"At most {share:.0%} of the records are quarantined.",
            f"now.n_quarantined <= greatest({share} * greatest(now.n_read, 1), {volume.spare_quarantined})",
        ),
    ]
    if volume.max_rows is not None:
        says = f"At most {volume.max_rows:,} rows are staged."
        found.append(bound("most", says, f"now.n_staged <= {volume.max_rows}"))
    return found
