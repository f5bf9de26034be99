"""Staging: text as received -> typed and coded rows, by SQL that is generated from a contract and its table.

In: raw Parquet (file, line, reject, the needed columns as text). Out: staged Parquet, and one fate for every record:
staged, quarantined with a rule, or skipped with a reason. Casts are `try_` casts only: a plain one prints the value.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from sources.contract import Contract, Mapped
from sources.errors import ContractError
from sources.schema import Column

STATUTE = r"^\s*0*(\d{1,2})\s*(?::|-|\s*U\.?\s*S\.?\s*C\.?A?\.?\s*§*)\s*0*(\d{1,5})([A-Za-z]*(?:\([^)]*\))*)"


@dataclass(frozen=True)
class Fate:
    """How many records of one file met one fate, and why (a rule's ID, a reason, or nothing where staged)."""

    file: str
    fate: str
    why: str
    n: int


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def rule_id(contract: Contract, column: str, what: str) -> str:
    """ID of a row rule that follows from the table: matter.received_on.date."""
    return f"{contract.feeds}.{column}.{what}"


def _raw(contract: Contract, name: str) -> str:
    return f"r{contract.needed.index(name)}"


def _statute(raw: str, part: int) -> str:
    return f"nullif(regexp_extract({raw}, {literal(STATUTE)}, {part}), '')"


def _mapped(contract: Contract, column: str, raw: str) -> str:
    codes = contract.code_map(column) or {}
    arms = " ".join(f"when {literal(theirs)} then {literal(ours)}" for theirs, ours in codes.items())
    return f"case {raw} {arms} end"


def _typed(contract: Contract, name: str, column: Column, mapped: Mapped) -> str:
    """SQL of one canonical column from its raw text."""
    raw = _raw(contract, mapped.from_)
    if mapped.parse == "list_sum":
        return f"list_sum(list_transform(regexp_extract_all({raw}, '[0-9]+'), lambda t: try_cast(t as bigint)))"
    if mapped.parse == "year_end":
        return f"cast(try_strptime({raw} || '-09-30', '%Y-%m-%d') as date)"
    if column.type == "list":
        tokens = f"list_filter(regexp_extract_all({raw}, '[A-Za-z0-9_]+'), lambda t: t <> 'None')"
        return f"array_to_string(list_transform({tokens}, lambda t: {_mapped(contract, name, 't')}), ';')"
    if column.type == "date":
        tries = ", ".join(f"try_strptime({raw}, {literal(f)})" for f in contract.date_formats)
        return f"cast(coalesce({tries}) as date)"
    if column.type in {"integer", "number"}:
        return f"try_cast({raw} as {'bigint' if column.type == 'integer' else 'double'})"
    if column.type in {"code", "district"}:
        return _mapped(contract, name, raw)
    return raw


def _failures(contract: Contract) -> list[tuple[str, str]]:
    """(condition, rule) for everything that a row can break, in the order in which it is reported."""
    found = []
    for name, mapped in contract.columns.items():
        column, raw, value = contract.table.columns[name], _raw(contract, mapped.from_), quoted(name)
        if column.type == "list":
            tokens = f"len(list_filter(regexp_extract_all({raw}, '[A-Za-z0-9_]+'), lambda t: t <> 'None'))"
            given = f"coalesce(len(string_split(nullif({value}, ''), ';')), 0)"
            found.append((f"{raw} is not null and {tokens} <> {given}", rule_id(contract, name, "code")))
        elif column.type not in {"text", "statute"} and mapped.unlisted is None and mapped.parse != "list_sum":
            what = "code" if column.type == "district" else column.type
            found.append((f"{raw} is not null and {value} is null", rule_id(contract, name, what)))
        if column.required:
            found.append((f"{value} is null", rule_id(contract, name, "required")))
        if column.earliest:
            found.append((f"{value} < date {literal(column.earliest)}", rule_id(contract, name, "range")))
        if column.at_least is not None:
            found.append((f"{value} < {column.at_least:g}", rule_id(contract, name, "range")))
    return found


def _case(arms: list[tuple[str, str]]) -> str:
    return (
        "case " + " ".join(f"when {c} then {literal(w)}" for c, w in arms) + " end" if arms else "cast(null as varchar)"
    )


def _is_redacted(raw: str) -> str:
    return f"regexp_full_match({raw}, '[*]+')"


def judged_sql(contract: Contract) -> str:
    """The SELECT that types every record of `raw_records` and gives it a fate; one row in is one row out."""
    clean = [f"nullif(trim({quoted(n)}), '') as t{i}" for i, n in enumerate(contract.needed)]
    nulls = {contract.needed.index(m.from_): m.null_when for m in contract.columns.values() if m.null_when}
    conditions = {i: " or ".join(f"t{i} = {literal(v)}" for v in values) for i, values in nulls.items()}
    seen = [
        f"case when {_is_redacted(f't{i}')} or {conditions.get(i, 'false')} then null else t{i} end as r{i}"
        for i in range(len(contract.needed))
    ]
    redacted = [f"case when {_is_redacted(f't{i}')} then {literal(n)} end" for i, n in enumerate(contract.needed)]
    typed = [f"{_typed(contract, n, contract.table.columns[n], m)} as {quoted(n)}" for n, m in contract.columns.items()]
    for name, mapped in contract.columns.items():
        if contract.table.columns[name].type == "statute":
            raw = _raw(contract, mapped.from_)
            typed += [
                f"try_cast({_statute(raw, 1)} as integer) as {quoted(name + '_title')}",
                f"try_cast({_statute(raw, 2)} as integer) as {quoted(name + '_section')}",
                f"{_statute(raw, 3)} as {quoted(name + '_subsection')}",
            ]
    skips = [
        (" and ".join(f"{_raw(contract, c)} in ({', '.join(map(literal, v))})" for c, v in when.items()), reason)
        for reason, when in contract.skip.items()
    ]
    raw_names = ", ".join(f"r{i}" for i in range(len(contract.needed)))
    key = ", ".join(quoted(k) for k in contract.table.key)
    return f"""
with trimmed as (select file, line, reject, {", ".join(clean)} from raw_records),
seen as (select file, line, reject, nullif(concat_ws(',', {", ".join(redacted)}), '') as redacted, {", ".join(seen)}
    from trimmed),
typed as (select *, {", ".join(typed)} from seen),
ruled as (select *, coalesce(reject, {_case(_failures(contract))}) as rule, {_case(skips)} as skip from typed),
ranked as (
    select *, hash({raw_names}) as content,
        row_number() over same_key as place, first_value(hash({raw_names})) over same_key as first_content
    from ruled
    window same_key as (partition by rule is null and skip is null, {key} order by file, line)
)
select *,
    case when skip is not null and reject is null then 'skipped' when rule is not null then 'quarantined'
        when place > 1 and content = first_content then 'skipped' when place > 1 then 'quarantined'
        else 'staged' end as fate,
    case when skip is not null and reject is null then skip when rule is not null then rule
        when place > 1 and content = first_content then 'exact duplicate'
        when place > 1 then {literal(rule_id(contract, "key", "unique"))} else '' end as why
from ranked"""  # noqa: S608 - identifiers quoted, literals escaped, all from our own definitions


def _columns(contract: Contract) -> str:
    """Every staged column of the table, those that the contract does not map as typed nulls."""
    given = set(contract.columns)
    parts = []
    for name, kind in contract.table.staged.items():
        base = name.removesuffix("_title").removesuffix("_section").removesuffix("_subsection")
        parts.append(quoted(name) if name in given or base in given else f"cast(null as {kind}) as {quoted(name)}")
    return ", ".join(parts)


def stage(con: duckdb.DuckDBPyConnection, contract: Contract, raw: list[Path], staged: Path, fates: Path) -> list[Fate]:
    """Type, judge and write one contract's records; an unknown district stops the delivery."""
    paths = ", ".join(literal(str(p)) for p in raw)
    con.execute(f"create or replace temp view raw_records as from read_parquet([{paths}])")
    con.execute(f"create or replace temp table judged as {judged_sql(contract)}")
    _stop_on_unknown(con, contract)
    _copy(con, f"file, line, redacted, {_columns(contract)}", "fate = 'staged'", staged)
    _copy(con, "file, line, fate, why", "fate <> 'staged'", fates)
    counted = con.execute("select file, fate, why, count(*) from judged group by all order by all").fetchall()
    con.execute("drop table judged")
    return [Fate(*row) for row in counted]


def _copy(con: duckdb.DuckDBPyConnection, columns: str, which: str, path: Path) -> None:
    sql = f"select {columns} from judged where {which} order by file, line"  # noqa: S608 - from our own definitions
    con.execute(f"copy ({sql}) to {literal(str(path))} (format parquet, compression zstd)")


def _stop_on_unknown(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    for name in contract.columns:
        if contract.table.columns[name].on_unknown != "stop":
            continue
        rule = rule_id(contract, name, "code")
        n, first = con.execute(
            "select count(*), min((file, line)) from judged where fate = 'quarantined' and why = ?", [rule]
        ).fetchone() or (0, None)
        if n:
            raise ContractError(
                f"{contract.agency}/{contract.name}: {n:,} records have a code in {name} that no code list has, "
                f"first in {first[0]} line {first[1]} (rule {rule}). Add the code to its list, or ask the agency."
            )
