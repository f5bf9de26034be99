"""SQL that turns the text of an export into canonical types; every expression gives null where the text does not fit.

In: a contract, and the SQL of a text. Out: SQL. Casts are `try_` casts only: a plain one prints the value.
"""

from sources.contract import Contract, Mapped
from sources.schema import NO, YES, Column

# Title, separator and section: 18:1591, 18 USC 1591(a)(1), 18:1591.F, 18-1591, 18 U.S.C. § 1591, 018:01591.
STATUTE = (
    r"(?i)^\s*0*(\d{1,2})\s*(?::|-|/|\s*U\.?\s*S\.?\s*C\.?\s*A?\.?\s*(?:§+|Sec(?:tion|\.)?)?|\s)\s*"
    r"0*(\d{1,5})([A-Za-z]{0,2}\b(?:\s*\([^)]{1,6}\))*)"
)
# Without a separator: 181591 is title 18, 81324 is title 8 (there is no title above 54).
COMPACT = (
    r"^\s*(0[1-9]|[1-4]\d|5[0-4])0*(\d{3,5})([A-Za-z]{0,2}(?:\([^)]{1,6}\))*)(?:\.[A-Za-z])?\s*$",
    r"^\s*([6-9])(\d{3,4})([A-Za-z]{0,2}(?:\([^)]{1,6}\))*)(?:\.[A-Za-z])?\s*$",
)
NOTHING = "{'title': '', 'section': '', 'subsection': ''}"  # what a pattern gives where it does not fit


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def statute(text: str) -> str:
    """A struct of title, section and subsection of a statute in any of the shapes that agencies use; null if in none.

    The three patterns exclude one another, and the later ones are tried only on what the first does not fit.
    """
    names = "['title', 'section', 'subsection']"
    found = [f"regexp_extract({text}, {literal(pattern)}, {names})" for pattern in (STATUTE, *COMPACT)]
    return f"coalesce({', '.join(f'nullif({one}, {NOTHING})' for one in found)})"


def statute_columns(name: str, text: str) -> list[str]:
    """Title, section and subsection of a statute column; the subsection is written as in (a)(1)."""
    found = statute(text)
    return [
        f"try_cast({found}.title as integer) as {quoted(name + '_title')}",
        f"try_cast({found}.section as integer) as {quoted(name + '_section')}",
        f"nullif(replace({found}.subsection, ' ', ''), '') as {quoted(name + '_subsection')}",
    ]


def coded(contract: Contract, column: str, text: str) -> str:
    """Our code for theirs; null where the list has none."""
    codes = contract.code_map(column) or {}
    arms = " ".join(f"when {literal(theirs)} then {literal(ours)}" for theirs, ours in codes.items())
    return f"case {text} {arms} end" if arms else "cast(null as varchar)"


def tokens(text: str) -> str:
    """The entries of a list in text."""
    return f"list_filter(regexp_extract_all({text}, '[A-Za-z0-9_]+'), lambda t: t <> 'None')"


def typed(contract: Contract, name: str, column: Column, mapped: Mapped, text: str) -> str:
    """One canonical column from its text."""
    if mapped.parse == "list_sum":
        numbers = f"list_transform(regexp_extract_all({text}, '[0-9]+'), lambda t: try_cast(t as bigint))"
        return f"try_cast(list_sum({numbers}) as bigint)"
    if mapped.parse == "year_end":
        return f"cast(try_strptime({text} || '-09-30', '%Y-%m-%d') as date)"
    if column.type == "list":
        return f"array_to_string(list_transform({tokens(text)}, lambda t: {coded(contract, name, 't')}), ';')"
    if column.type == "date":
        tries = ", ".join(f"try_strptime({text}, {literal(f)})" for f in contract.date_formats)
        return f"cast(coalesce({tries}) as date)"
    if column.type == "integer":  # a cast alone would round 12.5
        return f"case when regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') then try_cast({text} as bigint) end"
    if column.type == "number":
        return f"case when isfinite(try_cast({text} as double)) then try_cast({text} as double) end"
    if column.type == "boolean":
        yes, no = (", ".join(map(literal, words)) for words in (YES, NO))
        return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"
    if column.type in {"code", "district"}:
        return coded(contract, name, text)
    return text
