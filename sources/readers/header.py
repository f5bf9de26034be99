"""The header of an export against its contract: where each needed column stands, or what is wrong with it.

In: a contract and the header's names. Out: positions. An unlisted column is a signal: it stops the delivery. A row
that has hardly any of the names is no header, and is not printed: it may be a record.
"""

from collections.abc import Sequence

from sources.contract import Contract
from sources.errors import ContractError

SEARCHED = 30
DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def check_header(contract: Contract, header: Sequence[str]) -> list[int | None]:
    """Positions of the needed columns (None: optional and absent); a header that does not fit stops the delivery."""
    place = f"{contract.agency}/{contract.name}"
    where = f"sources/contracts/{place}.yml"
    names = [h.strip() for h in header]
    if missing := [n for n in contract.needed if n not in names and n not in contract.optional]:
        raise ContractError(
            f"{place}: column {quoted_list(missing)} is missing.{_hint(contract, names)} "
            f"Ask the agency, or mend {where}."
        )
    known = {*contract.needed, *contract.ignored}
    twice = sorted({n for n in names if n and names.count(n) > 1 and (n in known or contract.ignore_rest is None)})
    if twice:
        raise ContractError(f"{place}: column {quoted_list(twice)} is there twice. Ask the agency which one counts.")
    unknown = [n for n in names if n and n not in known]
    if unknown and contract.ignore_rest is None:
        raise ContractError(f"{place}: column {quoted_list(unknown)} is neither mapped nor ignored. Add it to {where}.")
    return [names.index(n) if n in names else None for n in contract.needed]


def find_header(contract: Contract, rows: Sequence[Sequence[str]]) -> int:
    """Index of the header: as the contract says, or the row of the first 30 with most of the needed names."""
    if contract.file.header_row:
        return contract.file.header_row - 1
    needed = set(contract.needed)
    fits = [len(needed & {cell.strip() for cell in row}) for row in rows[:SEARCHED]]
    return fits.index(max(fits)) if fits else 0


def _hint(contract: Contract, names: Sequence[str]) -> str:
    """What the header has instead, unless it looks like anything but a header."""
    if len(names) == 1:
        other = [words for sign, words in DELIMITERS.items() if sign in names[0] and sign != contract.file.delimiter]
        return f" The file seems to be delimited by {other[0]}." if other else " The file has one column only."
    present = sum(n in names for n in contract.needed)
    if present * 2 < len(contract.needed):
        return " The row where the header should be has few of the names."
    surplus = sorted(set(names) - set(contract.needed) - set(contract.ignored) - {""})
    return f" The file has {quoted_list(surplus)}, which the contract does not know." if surplus else ""


def quoted_list(names: Sequence[str]) -> str:
    """The first six names, each cut to 40 characters."""
    return ", ".join(f'"{n[:40]}"' for n in names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
