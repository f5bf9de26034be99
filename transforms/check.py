"""What a refresh would do with a file, found out without touching a warehouse.

In: a file or a folder, and the agency if it is known. Out: a `Verdict` for each contract that reads it: the fate of its
records, refused ones by rule with line numbers, unknown codes with counts, and columns with the nearest known name.
"""

import datetime as dt
import difflib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb

from sources.contract import Agency, Contract, agencies
from sources.errors import ArchiveError, DeliveryError, PalermoError
from sources.landing import Delivery, SourceFile, day_of
from sources.readers import Hasher, peek
from sources.readers.layout import Layouts, layouts
from sources.source_file import source_files
from transforms.intake import Bytes, Intake, Progress, take_in
from transforms.staging import literal, quoted

ENOUGH = 0.5  # share of a contract's columns by which a file is told to be its export
LINES = 20
MEMORY = "1GB"  # for DuckDB, which spills the rest to disk
CODES = 12
CODE_SHAPE = "[A-Za-z0-9][A-Za-z0-9 ._:/-]{{0,{more}}}"


@dataclass
class Verdict:
    """What would become of the files of one contract. `reason` says why a refresh would hold them."""

    agency: str
    contract: str
    files: list[str]
    reason: str = ""
    n_read: int = 0
    n_staged: int = 0
    n_quarantined: int = 0
    n_skipped: int = 0
    why: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    unparsed: dict[str, int] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    surplus: list[str] = field(default_factory=list)


@dataclass
class Check:
    """The verdicts on a file or folder.

    `is_guessed`: no pattern fits its name, its columns told the contract. `as_of`: its date; None where it bears none.
    """

    agency: Agency
    delivery: Delivery
    is_guessed: bool
    as_of: dt.date | None
    notes: list[str]
    verdicts: list[Verdict] = field(default_factory=list)
    intakes: dict[str, Intake] = field(default_factory=dict)

    @property
    def would_be_held(self) -> bool:
        """True if a refresh would not take the files in as they are."""
        return any(v.reason for v in self.verdicts) or any(note.startswith("held:") for note in self.notes)


def find(path: Path, key: str | None = None) -> Check:
    """The agency and the contracts that read a file or folder; raises DeliveryError if none does."""
    if not path.exists():
        raise DeliveryError(f"{path.name}: no such file or folder. Give the path of a delivery.")
    known = agencies()
    if key is not None and key not in known:
        raise DeliveryError(f"{key}: no agency of that name. Known: {', '.join(known)}.")
    chosen = [known[key]] if key else list(known.values())
    root, paths = (path, sorted(p for p in path.rglob("*") if p.is_file())) if path.is_dir() else (path.parent, [path])
    files = tuple(file for p in paths for file in source_files(root, p))
    found = [(agency, *_dated(agency, path.name, files)) for agency in chosen]
    fits = [sum(bool(delivery.matching(c)) for c in agency.contracts) for agency, delivery, _ in found]
    best = [item for item, n in zip(found, fits, strict=True) if n == max(fits)]
    agency, delivery, notes = best[0] if len(best) == 1 and max(fits) else _by_columns(best, path)
    as_of = None if notes else delivery.as_of
    absent = [c.file.glob for c in agency.contracts if not delivery.matching(c)]
    if absent:
        notes.append(f"held: a delivery of {agency.label} needs these files too: {', '.join(absent)}")
    return Check(agency, delivery, max(fits) == 0, as_of, notes)


def _dated(agency: Agency, name: str, files: tuple[SourceFile, ...]) -> tuple[Delivery, list[str]]:
    """The delivery, with today's date where it bears none (a refresh would hold it)."""
    try:
        return Delivery(agency.key, name, day_of(agency, name), files), []
    except DeliveryError as error:
        return Delivery(agency.key, name, dt.date.today(), files), [f"held: {error}"]


Found = tuple[Agency, Delivery, list[str]]


def _by_columns(found: list[Found], path: Path) -> Found:
    """Of several agencies, the one whose contract knows most of the columns; its pattern then fits by decree."""
    best: tuple[float, Found] | None = None
    for agency, delivery, notes in found:
        layout = layouts(delivery)
        for contract in agency.contracts:
            named = delivery.matching(contract)
            share = max((_share(contract, file, layout) for file in named or delivery.files), default=0.0)
            if best is None or share > best[0]:
                best = share, (agency if named else _any_name(agency, contract), delivery, notes)
    if best is None or best[0] < ENOUGH:
        what = "FILE, for each of its files" if path.is_dir() else path.name
        raise DeliveryError(f"{path.name}: no contract reads it. Draft one with: palermo profile {what}")
    return best[1]


def _any_name(agency: Agency, contract: Contract) -> Agency:
    file = contract.file.model_copy(update={"glob": "*"})
    return agency.model_copy(update={"contracts": [contract.model_copy(update={"file": file})]})


def _share(contract: Contract, file: SourceFile, layout: Layouts) -> float:
    try:
        names = peek.names(contract, file, layout)
    except ArchiveError:
        raise
    except (PalermoError, OSError, ValueError):
        return 0.0
    return sum(name in names for name in contract.needed) / len(contract.needed)


def run(
    check: Check,
    folder: Path,
    hasher: Hasher,
    progress: Progress = lambda _what, _rows: None,
    on_bytes: Bytes = lambda _read, _all: None,
) -> Check:
    """Take every contract's files in, below a folder that is thrown away, and note what became of them."""
    with duckdb.connect(config={"memory_limit": MEMORY}) as con, tempfile.TemporaryDirectory(dir=folder) as spill:
        con.execute(f"set temp_directory = {literal(spill)}")
        layout = layouts(check.delivery)
        for contract in check.agency.contracts:
            if files := check.delivery.matching(contract):
                verdict = Verdict(check.agency.key, contract.name, [f.name for f in files])
                check.verdicts.append(verdict)
                _columns(verdict, contract, files[0], layout)
                take = partial(take_in, con, hasher=hasher, progress=progress, on_bytes=on_bytes)
                _judge(take, check, contract, verdict, folder)
                if contract.name in check.intakes:
                    verdict.lines = _lines(con, folder / "fates" / f"{contract.name}.parquet")
                verdict.codes = _unknown(con, contract, folder / "raw" / f"{contract.name}.parquet")
    return check


def _judge(
    take: Callable[[Agency, Delivery, Path], Intake], check: Check, contract: Contract, verdict: Verdict, folder: Path
) -> None:
    try:
        intake = take(check.agency.model_copy(update={"contracts": [contract]}), check.delivery, folder)
    except ArchiveError:
        raise
    except DeliveryError as error:
        verdict.reason = str(error)
        return
    check.intakes[contract.name] = intake
    for fate in ("read", "staged", "quarantined", "skipped"):
        setattr(verdict, f"n_{fate}", intake.total(fate))
    verdict.why = intake.why[contract.name]
    verdict.unparsed = intake.unparsed.get(contract.name, {})


def _lines(con: duckdb.DuckDBPyConnection, fates: Path) -> dict[str, list[str]]:
    """For each rule and reason the first places that it met."""
    found = con.execute(
        f"select why, file, line from read_parquet({literal(str(fates))}) "
        f"qualify row_number() over (partition by why order by file, line) <= {LINES} order by why, file, line"
    ).fetchall()
    lines: dict[str, list[str]] = {}
    for why, file, line in found:
        lines.setdefault(why, []).append(f"{file.split('/')[-1]} line {line}")
    return lines


def _unknown(con: duckdb.DuckDBPyConnection, contract: Contract, raw: Path) -> dict[str, dict[str, int]]:
    """Codes that no list has, with their counts; a text that does not look like a code is counted and not shown.

    It looks like one if it is no longer than the longest code of the list; a name that slipped in mostly is longer.
    """
    found: dict[str, dict[str, int]] = {}
    for name, mapped in contract.columns.items():
        codes = contract.code_map(name)
        if not raw.is_file() or codes is None or mapped.unlisted or mapped.hash or mapped.parse:
            continue
        if len(mapped.sources) != 1:
            continue
        listed = ", ".join(map(literal, [*codes, *mapped.null_when])) or "''"
        text = f"nullif(trim({quoted(mapped.sources[0])}), '')"
        shape = CODE_SHAPE.format(more=max(map(len, codes), default=1) - 1)
        shown = f"case when regexp_full_match(t, {literal(shape)}) then t else '(no code)' end"
        rows = con.execute(
            f"select {shown} as code, count(*) from (select {text} as t from read_parquet({literal(str(raw))})) "
            f"where t not in ({listed}) and not regexp_full_match(t, '[*]+') group by 1 order by 2 desc, 1"
        ).fetchall()
        if rows:
            found[name] = dict(rows[:CODES])
    return found


def _columns(verdict: Verdict, contract: Contract, file: SourceFile, layout: Layouts) -> None:
    """Missing columns with the nearest surplus name, and surplus ones."""
    try:
        names = peek.names(contract, file, layout)
    except (PalermoError, OSError, ValueError):
        return
    if not names:
        return
    known = {*contract.needed, *contract.ignored}
    surplus = list(dict.fromkeys(n for n in names if n not in known))
    for name in contract.needed:
        if name not in names and name not in contract.optional:
            folded = {n.casefold(): n for n in surplus}
            near = difflib.get_close_matches(name.casefold(), folded, 1, 0.5)
            verdict.missing[name] = folded[near[0]] if near else ""
    if contract.ignore_rest is None:
        verdict.surplus = surplus
