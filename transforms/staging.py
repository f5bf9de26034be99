"""Staging: text as received -> typed and coded rows, by SQL that is generated from a contract and its table.

In: records in chunks (file, line, reject, the needed columns as text). Out: staged Parquet, one fate for every record
(staged, quarantined with a rule, or skipped with a reason), and the text of those that were refused: all other text
stays in the delivery, where file and line find it. Memory is that of a chunk, however many there are.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute

from sources.contract import PLACE, Contract, Mapped
from sources.errors import ContractError, DeliveryError
from sources.schema import Column
from transforms.stream import Records
from transforms.typing_sql import literal, quoted, statute_columns, tokens, typed
from transforms.written import Written

__all__ = ["Fate", "judged_sql", "literal", "quoted", "rule_id", "stage", "unparsed"]

EARLIEST = "1901-01-01"  # 1900 is what many systems write for no date
AHEAD = dt.timedelta(days=366)  # a date further after the delivery is an error of typing

Marked = tuple[set[str], set[str]]  # the columns of text in which a blank stands anywhere, and those with a star


@dataclass(frozen=True)
class Fate:
    """How many records of one file met one fate, and why (a rule's ID, a reason, or nothing where staged)."""

    file: str
    fate: str
    why: str
    n: int


def rule_id(contract: Contract, column: str, what: str) -> str:
    """ID of a row rule that follows from the table: matter.received_on.date."""
    return f"{contract.feeds}.{column}.{what}"


def _raw(contract: Contract, name: str) -> str:
    return f"r{contract.needed.index(name)}"


def _text(contract: Contract, mapped: Mapped) -> str:
    """The text that a canonical column is made of: their words for nothing are null, several columns are joined."""
    if mapped.value == PLACE:
        return "concat(file, ':', line)"
    if mapped.value is not None:
        return literal(mapped.value)
    texts = [_raw(contract, name) for name in mapped.sources]
    if mapped.null_when:
        nothing = ", ".join(map(literal, mapped.null_when))
        texts = [f"case when {text} not in ({nothing}) then {text} end" for text in texts]
    return texts[0] if len(texts) == 1 else f"nullif(concat_ws({literal(mapped.join)}, {', '.join(texts)}), '')"


def _failures(contract: Contract, latest: dt.date | None = None) -> list[tuple[str, str]]:
    """(condition, rule) for everything that a row can break, in the order in which it is reported."""
    found = []
    for i, (name, mapped) in enumerate(contract.columns.items()):
        column, text, value = contract.table.columns[name], f"m{i}", quoted(name)
        if column.type == "list":
            given = f"coalesce(len(string_split(nullif({value}, ''), ';')), 0)"
            found.append((f"{text} is not null and len({tokens(text)}) <> {given}", rule_id(contract, name, "code")))
        elif column.type not in {"text", "statute"} and mapped.unlisted is None and mapped.parse != "list_sum":
            what = "code" if column.type == "district" else column.type
            found.append((f"{text} is not null and {value} is null", rule_id(contract, name, what)))
        if column.required:
            found.append((f"{value} is null", rule_id(contract, name, "required")))
        found += [(condition, rule_id(contract, name, "range")) for condition in _range(column, value, latest)]
    return found


def _range(column: Column, value: str, latest: dt.date | None) -> list[str]:
    found = []
    if column.type == "date":
        found.append(f"{value} < date {literal(column.earliest or EARLIEST)}")
        if latest:
            found.append(f"{value} > date {literal(latest.isoformat())}")
    if column.at_least is not None:
        found.append(f"{value} < {column.at_least:g}")
    return found


def _case(arms: list[tuple[str, str]]) -> str:
    if not arms:
        return "cast(null as varchar)"
    return "case " + " ".join(f"when {condition} then {literal(what)}" for condition, what in arms) + " end"


def _clean(contract: Contract, name: str, may_hold_blanks: bool) -> str:
    """A text without the blanks around it; nothing is null. Fields of fixed width come so from the reader."""
    if contract.file.format == "fixed_width":
        return quoted(name)
    return f"nullif({f'trim({quoted(name)})' if may_hold_blanks else quoted(name)}, '')"


def _is_redacted(text: str) -> str:
    """Whether a text is all stars; hardly any text sorts before '+', so hardly any is looked at closely."""
    return f"{text} < '+' and regexp_full_match({text}, '[*]+')"


def judged_sql(contract: Contract, latest: dt.date | None = None, marked: Marked | None = None) -> str:
    """The SELECT that types every record of `raw_records`, but for the parts of statutes, and gives it a fate.

    `marked` says which columns hold a blank or a star at all; where it is not given, any may.
    """
    needed = contract.needed
    blanks, stars = marked or (set(needed), set(needed))
    clean = [f"{_clean(contract, n, n in blanks)} as t{i}" for i, n in enumerate(needed)]
    starred = {f"t{i}": n for i, n in enumerate(needed) if n in stars}
    seen = [f"case when {_is_redacted(t)} then null else {t} end as r{t[1:]}" for t in starred]
    seen += [f"t{i} as r{i}" for i in range(len(needed)) if f"t{i}" not in starred]
    redacted = [f"case when {_is_redacted(t)} then {literal(n)} end" for t, n in starred.items()] or ["null"]
    texts = [f"{_text(contract, m)} as m{i}" for i, m in enumerate(contract.columns.values())]
    columns = []
    for i, (name, mapped) in enumerate(contract.columns.items()):
        column = contract.table.columns[name]
        columns.append(f"{typed(contract, name, column, mapped, f'm{i}')} as {quoted(name)}")
    skips = [
        (" and ".join(f"{_raw(contract, c)} in ({', '.join(map(literal, v))})" for c, v in when.items()), reason)
        for reason, when in contract.skip.items()
    ]
    staged = ", ".join(_staged(contract))
    return f"""
with trimmed as (select file, line, reject, {", ".join(clean)} from raw_records),
seen as (select file, line, reject, nullif(concat_ws(',', {", ".join(redacted)}), '') as redacted, {", ".join(seen)}
    from trimmed),
texts as (select *, {", ".join(texts)} from seen),
typed as (select *, {", ".join(columns)} from texts),
ruled as (select *, coalesce(reject, {_case(_failures(contract, latest))}) as rule,
    case when reject is null then {_case(skips)} when not contains(reject, '.') then reject end as skip from typed)
select file, line, redacted, {staged},
    case when skip is not null then 'skipped' when rule is not null then 'quarantined' else 'staged' end as fate,
    coalesce(skip, rule, '') as why
from ruled"""


def _staged(contract: Contract) -> list[str]:
    """Every staged column of the table: as typed nulls what the contract does not map, and the parts of statutes."""
    return [
        quoted(name) if name in contract.columns else f"cast(null as {kind}) as {quoted(name)}"
        for name, kind in contract.table.staged.items()
    ]


def _marked(contract: Contract, chunk: pa.Table) -> Marked:
    """What need not be trimmed or asked for redaction is told from bytes, in a tenth of the time that asking takes."""
    texts = {
        name: [bytes(part.buffers()[2] or b"") for part in chunk[name].chunks if part.null_count < len(part)]
        for name in contract.needed
    }
    blanks, stars = ({name for name in texts if any(mark in text for text in texts[name])} for mark in (b" ", b"*"))
    return blanks, stars


def stage(
    con: duckdb.DuckDBPyConnection,
    records: Records,
    folder: Path,
    as_of: dt.date | None = None,
    told: Callable[[int], None] = lambda _rows: None,
) -> list[Fate]:
    """Type, judge and write one contract's records; an unknown district stops the delivery.

    Below the folder: staged rows in `staged/`, the fate of all others in `fates/`, what was refused as it was received
    in `raw/`.
    """
    contract = records.contract
    raw, staged, fates = (folder / part / f"{contract.name}.parquet" for part in ("raw", "staged", "fates"))
    latest = as_of and as_of + AHEAD
    kept = ["file", "line", "redacted", *contract.table.staged]
    with Written(raw) as texts, Written(staged) as good, Written(fates) as others:
        for chunk in records.chunks(told):
            con.register("raw_records", chunk)
            judged = con.sql(judged_sql(contract, latest, _marked(contract, chunk))).to_arrow_table()
            con.unregister("raw_records")
            if not judged["line"].equals(chunk["line"]):
                raise DeliveryError(f"{contract.agency}/{contract.name}: records changed places. Report it.")
            judged = _with_statutes(con, contract, judged)
            is_good = pa.compute.equal(judged["fate"], "staged")
            good.write(judged.select(kept).filter(is_good))
            others.write(judged.select(["file", "line", "fate", "why"]).filter(pa.compute.invert(is_good)))
            texts.write(chunk.filter(pa.compute.equal(judged["fate"], "quarantined")))
        _stop_on_unknown(con, contract, others.close())
        if _judge_repeats(con, contract, good.close(), fates):
            _keep_repeats(con, records, fates, texts)
    return [
        Fate(*row)
        for row in con.execute(
            f"select file, 'staged', '', count(*) from {_rows(staged)} group by all union all "
            f"select file, fate, why, count(*) from {_rows(fates)} group by all order by all"
        ).fetchall()
    ]


def _with_statutes(con: duckdb.DuckDBPyConnection, contract: Contract, judged: pa.Table) -> pa.Table:
    """Judged records with the parts of their statutes: a text that comes a thousand times is parsed once."""
    if not (names := _statutes(contract)):
        return judged
    texts = pa.compute.unique(pa.chunked_array([part for name in names for part in judged[name].chunks], pa.string()))
    con.register("statutes", pa.table({"text": texts}))
    parts = con.sql(f"select {', '.join(statute_columns('of', 'text'))} from statutes").to_arrow_table()
    for name in names:
        place = pa.compute.index_in(judged[name], texts)
        for part in parts.column_names:
            at = judged.schema.get_field_index(part.replace("of", name, 1))
            judged = judged.set_column(at, judged.field(at), parts[part].take(place))
    return judged


def _statutes(contract: Contract) -> list[str]:
    return [name for name in contract.columns if contract.table.columns[name].type == "statute"]


def _keep_repeats(con: duckdb.DuckDBPyConnection, records: Records, fates: Path, texts: Written) -> None:
    """The text of the records that were refused for their key, which nobody knew when they were read."""
    why = literal(rule_id(records.contract, "key", "unique"))
    for chunk in records.quietly().chunks(lambda _rows: None):
        con.register("raw_records", chunk)
        wanted = f"select file, line from {_rows(fates)} where why = {why}"
        found = f"from raw_records semi join ({wanted}) using (file, line) order by file, line"
        texts.write(con.sql(found).to_arrow_table())
        con.unregister("raw_records")


def _rows(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def unparsed(con: duckdb.DuckDBPyConnection, contract: Contract, staged: Path) -> dict[str, int]:
    """For each statute column, the staged records whose text gives no title and section."""
    if not (names := _statutes(contract)):
        return {}
    counts = ", ".join(f"count({quoted(n)}) - count({quoted(n + '_section')})" for n in names)
    row = con.execute(f"select {counts} from {_rows(staged)}").fetchone() or ()
    return {name: n for name, n in zip(names, row, strict=True) if n}


def _judge_repeats(con: duckdb.DuckDBPyConnection, contract: Contract, staged: Path, fates: Path) -> bool:
    """A key comes once: the same record again is skipped, another under the key quarantined (returns whether any was).

    Equal keys have equal hashes, so where all hashes differ no key repeats; else only the keys that repeat are ranked
    (ranking all rows would take most of the time and memory) and the files are written again without the repeats.
    """
    key = ", ".join(map(quoted, contract.table.key))
    alike = con.execute(f"select count(*) - count(distinct hash({key})) from {_rows(staged)}").fetchone() or (0,)
    if not alike[0]:
        return False
    content = ", ".join(map(quoted, ["redacted", *contract.table.staged]))
    numbered = f"read_parquet({literal(str(staged))}, file_row_number = true)"
    con.execute(f"""
create or replace temp table repeats as
with again as (select {key} from {_rows(staged)} group by all having count(*) > 1),
ranked as (
    select file_row_number, file, line,
        ({content}) is not distinct from first_value(({content})) over same_key as is_same,
        row_number() over same_key as place
    from {numbered} as record semi join again using ({key})
    window same_key as (partition by {key} order by file_row_number))
select file_row_number, file, line,
    case when is_same then 'skipped' else 'quarantined' end as fate,
    case when is_same then 'exact duplicate' else {literal(rule_id(contract, "key", "unique"))} end as why
from ranked where place > 1""")
    others = f"select file, line, fate, why from {_rows(fates)} union all select file, line, fate, why from repeats"
    _again(con, f"{others} order by file, line", fates)
    left = "file_row_number not in (select file_row_number from repeats)"
    _again(con, f"select * exclude (file_row_number) from {numbered} where {left} order by file_row_number", staged)
    refused = con.execute("select count(*) from repeats where fate = 'quarantined'").fetchone() or (0,)
    con.execute("drop table repeats")
    return bool(refused[0])


def _again(con: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    """Write a file again from itself."""
    draft = path.with_suffix(".again")
    con.execute(f"copy ({sql}) to {literal(str(draft))} (format parquet, compression zstd)")
    draft.replace(path)


def _stop_on_unknown(con: duckdb.DuckDBPyConnection, contract: Contract, fates: Path) -> None:
    for name in contract.columns:
        if contract.table.columns[name].on_unknown != "stop":
            continue
        rule = rule_id(contract, name, "code")
        n, first = con.execute(
            f"select count(*), min((file, line)) from {_rows(fates)} where fate = 'quarantined' and why = ?", [rule]
        ).fetchone() or (0, None)
        if n:
            raise ContractError(
                f"{contract.agency}/{contract.name}: {n:,} records have a code in {name} that no code list has, "
                f"first in {first[0]} line {first[1]} (rule {rule}). Add the code to its list, or ask the agency."
            )
