"""The draft of a contract from a profile: a person finishes it, nothing takes it in as it is.

In: `Profile`. Out: YAML. Columns are laid beside the canonical ones by their names and by what other contracts call
them; a column that may identify a person is put under `ignored`.
"""

import difflib
import re
from collections.abc import Collection

import yaml

from sources.contract import agencies
from sources.profile import ColumnProfile, Profile
from sources.schema import Column, Table, code_lists, tables

ENOUGH = 0.62
UNDECIDED = "to be decided (map it, or say why it is not read)"


def draft(profile: Profile) -> str:
    """YAML of a contract: what is certain is filled in, what is a guess is marked."""
    table, mapping = _best(profile)
    if not _fits(table, mapping):
        return _without_table(profile, table, mapping)
    head = [
        f"# Draft from {profile.name}: {profile.n_rows:,} records of a sample. Check every line, then put it into",
        "# sources/contracts/<agency>/<name>.yml with a fixture in tests/fixtures/<agency>/.",
        *(f"# {note}" for note in profile.notes),
        f"# key candidates: {', '.join(profile.keys) or 'none; a record may be known by its place: {file}:{line}'}",
        f"feeds: {table.name}   # {table.grain}",
        f"file: {_flow(_file(profile))}",
    ]
    formats = dict.fromkeys(f for c in profile.columns for f in c.date_formats)
    if formats:
        head.append(f"date_formats: {_flow(list(formats))}")
    body = ["columns:", *(line for name, column in mapping.items() for line in _mapped(name, table, column))]
    lacking = [n for n, c in table.columns.items() if c.required and n not in mapping]
    body += [f"  # {n} is required: {table.columns[n].says}" for n in lacking]
    used = {c.name for c in mapping.values()}
    rest = {c.name: _why(c) for c in profile.columns if c.name not in used}
    tail = ["ignored:", *(f"  {_flow(name)}: {reason}" for name, reason in rest.items())] if rest else []
    return "\n".join([*head, *body, *tail]) + "\n"


def _without_table(profile: Profile, near: Table, mapping: dict[str, ColumnProfile]) -> str:
    """A draft that lists the columns and names the nearest table, which is not near enough to be a guess."""
    lines = [
        f"# Draft from {profile.name}: {profile.n_rows:,} records of a sample. No table of sources/tables/ is near.",
        *(f"# {note}" for note in profile.notes),
        f"# nearest: {near.name} ({near.grain}), of which it has {len(mapping)} of {len(near.columns)} columns",
        f"# key candidates: {', '.join(profile.keys) or 'none'}",
        'feeds: "?"',
        f"file: {_flow(_file(profile))}",
        "columns: {}",
        "ignored:",
        *(f"  {_flow(c.name)}: {_why(c)}" for c in profile.columns),
    ]
    return "\n".join(lines if profile.columns else lines[:-1]) + "\n"


def _why(column: ColumnProfile) -> str:
    return "identifier suspected; never read" if column.is_identifier else UNDECIDED


def _file(profile: Profile) -> dict[str, object]:
    stem = re.sub(r"([-_ ]?\d[\d-]*)+", "*", profile.name.rsplit("/", 1)[-1].removesuffix(".gz"))
    found: dict[str, object] = {"format": profile.format, "glob": stem}
    if profile.format == "csv":
        found |= {"encoding": profile.encoding, "delimiter": profile.delimiter}
    if profile.header_row != 1:
        found["header_row"] = profile.header_row
    if profile.each:
        found["each"] = profile.each
    return found


def _mapped(name: str, table: Table, column: ColumnProfile) -> list[str]:
    canonical = table.columns[name]
    fields = [f"from: {_flow(column.name)}"]
    if canonical.tier == "identifier":
        fields.append("hash: true")
    if canonical.type == "district":
        fields.append(f"codes: districts.{column.districts or 'abbreviation'}")
    line = f"  {name}: {{{', '.join(fields)}}}   # guess: {canonical.says}"
    if canonical.type != "code" or not column.codes:
        return [line]
    ours = code_lists()[str(canonical.codes)]
    pairs = (f"      {_quote(code)}: {_nearest(code, ours)}" for code in column.codes)
    return [f"  {name}:   # guess: {canonical.says}", f"    {fields[0]}", "    codes:", *pairs]


def _nearest(code: str, ours: dict[str, str]) -> str:
    """Our code whose name or meaning is nearest to theirs, or a question."""
    near = {**{key.casefold(): key for key in ours}, **{says.casefold(): key for key, says in ours.items()}}
    found = difflib.get_close_matches(code.casefold(), near, 1, 0.6)
    return near[found[0]] if found else f'"?"   # one of {", ".join(ours)}'


def _best(profile: Profile) -> tuple[Table, dict[str, ColumnProfile]]:
    """The table that most columns fit, and the fitting columns."""
    found = [(table, _fit(profile, table)) for table in tables().values()]
    table, scored = max(found, key=lambda item: (_fits(*item), _score(*item)))
    return table, {name: column for name, (_, column) in scored.items()}


def _fits(table: Table, found: Collection[str]) -> bool:
    """Three columns, and half of those that the table requires: less is chance."""
    feeding = [c for a in agencies().values() for c in a.contracts if c.feeds == table.name]
    given = {n for c in feeding for n, mapped in c.columns.items() if mapped.value is not None}
    required = [n for n, c in table.columns.items() if c.required and n not in given]
    return len(found) >= 3 and 2 * sum(n in found for n in required) >= len(required)


def _score(table: Table, found: dict[str, tuple[float, ColumnProfile]]) -> float:
    """Likeness in all; a table with many columns must fit in more of them."""
    return float(sum(score for score, _ in found.values()) / len(table.columns) ** 0.5)


def _fit(profile: Profile, table: Table) -> dict[str, tuple[float, ColumnProfile]]:
    """Each canonical column with the one of theirs that is most like it; each of theirs is used once."""
    pairs = [
        (score, name, column)
        for name, canonical in table.columns.items()
        for column in profile.columns
        if (score := _likeness(table, name, canonical, column)) >= ENOUGH
    ]
    found: dict[str, tuple[float, ColumnProfile]] = {}
    used: set[str] = set()
    for score, name, column in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2].name)):
        if name not in found and column.name not in used:
            found[name] = score, column
            used.add(column.name)
    return {name: found[name] for name in table.columns if name in found}


def _likeness(table: Table, name: str, canonical: Column, column: ColumnProfile) -> float:
    if (column.is_identifier and canonical.tier != "identifier") or not _can_be(table, name, canonical, column):
        return 0.0
    theirs = _words(column.name)
    return max(difflib.SequenceMatcher(None, theirs, _words(known)).ratio() for known in _known(table, name))


def _can_be(table: Table, name: str, canonical: Column, column: ColumnProfile) -> bool:
    """Whether texts like those of the sample can be the values of a canonical column."""
    if canonical.type == "date" or column.date_formats:
        return canonical.type == "date" and bool(column.date_formats)
    if canonical.type in {"integer", "number"}:
        return column.is_number
    if canonical.type == "boolean":
        return column.is_boolean
    if canonical.type == "statute":
        return column.is_statute
    if canonical.type == "code":
        return len(column.codes) <= 2 * len(code_lists()[str(canonical.codes)])
    is_main = name == next((k for k in table.key if k.endswith("_ref")), "")  # it does not repeat again and again
    return not is_main or column.n_distinct * 5 >= column.n_filled


def _known(table: Table, name: str) -> list[str]:
    """A canonical column's name, and what the agencies that feed it call it."""
    feeding = [c for a in agencies().values() for c in a.contracts if c.feeds == table.name and name in c.columns]
    return [name, *(["id"] if table.key == [name] else []), *(s for c in feeding for s in c.columns[name].sources)]


def _words(name: str) -> str:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", name.split(".")[-1]).casefold()
    return re.sub(r"\b(on|dt|date)\b", "date", re.sub(r"\b(ref|no|num|number|id)\b", "id", plain)).strip()


def _flow(value: object) -> str:
    text = str(yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False))
    return text.removesuffix("...\n").strip()


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
