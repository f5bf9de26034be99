"""A contract: what one export of an agency promises, column by column, in `contracts/<agency>/<name>.yml`.

In: YAML. Out: `Agency` and `Contract` values. The staging SQL is generated from a contract and its canonical table
by `transforms.staging`.
"""

import datetime as dt
import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources import definition
from sources.errors import DefinitionError, in_words
from sources.facts import table
from sources.schema import Table, code_lists, tables

PLACE = "{file}:{line}"
Mode = Literal["cumulative", "replace", "append", "snapshot"]


class Frozen(BaseModel):
    """A definition: unknown fields are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class File(Frozen):
    """Which files, and how to read them.

    `fixed_width` takes its layout from the delivery's own README. `encoding: detect` reads each record as UTF-8, or
    where it is none as cp1252; a byte order mark always wins. `drop_bytes` are deleted unseen. `header_row: 0` looks
    for the header in the first 30 rows; `header_rows` is 2 where a merged title stands over the columns' own. `sheets`
    is a pattern for the sheets that hold records, else the first one does. `each` is the list in a JSON object that
    gives a record an entry.
    """

    format: Literal["fixed_width", "csv", "xlsx", "json_lines", "parquet"]
    glob: str
    table: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    drop_bytes: list[int] = []
    quoted_newlines: bool = False
    header_row: int = 1
    header_rows: Literal[1, 2] = 1
    sheets: str | None = None
    each: str | None = None


class Mapped(Frozen):
    """Where a canonical column comes from: a column of theirs, several (joined), or one `value` for all records.

    `codes` maps theirs to ours, or names a fact: `districts.pacer_court_id`. `null_when` are their words for nothing.
    An `optional` column of theirs may be absent from a file. The value "{file}:{line}" is the place of the record: the
    key of an export whose records have no number.
    """

    from_: str | list[str] = Field(default=[], alias="from")
    join: str = ";"
    value: str | None = None
    codes: dict[str, str] | str | None = None
    null_when: list[str] = []
    hash: bool = False
    optional: bool = False
    parse: Literal["list", "list_sum", "year_end", "statutes"] | None = None
    unlisted: Literal["null"] | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> "Mapped":
        if bool(self.sources) == (self.value is not None):
            raise ValueError("a column has either `from` or `value`")
        return self

    @property
    def sources(self) -> list[str]:
        """The columns of the export that it is made of."""
        return [self.from_] if isinstance(self.from_, str) else self.from_


class Volume(Frozen):
    """Rows of a healthy delivery: about 80 % and 200 % of one, and how many records may be refused.

    A few records are no share: up to `spare_quarantined` of them never hold a delivery.
    """

    min_rows: int = 1
    max_rows: int | None = None
    max_quarantined: float = 0.02
    spare_quarantined: int = 30


class Contract(Frozen):
    """What one export promises. `skip` names the rows that are left out, with the reason, before any rule."""

    agency: str
    name: str
    feeds: str
    file: File
    date_formats: list[str] = ["%Y-%m-%d"]
    volume: Volume = Volume()
    columns: dict[str, Mapped]
    skip: dict[str, dict[str, list[str]]] = {}
    ignored: dict[str, str] = {}
    ignore_rest: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Contract":
        if self.feeds not in tables():
            raise ValueError(f"feeds {self.feeds}, which is no table in sources/tables/")
        known = tables()[self.feeds].columns
        if wrong := sorted(set(self.columns) - set(known)):
            raise ValueError(f"{', '.join(wrong)}: not a column of {self.feeds}")
        if lacks := sorted(n for n, c in known.items() if c.required and n not in self.columns):
            raise ValueError(f"{', '.join(lacks)}: required by {self.feeds} and not mapped")
        if plain := sorted(n for n, m in self.columns.items() if known[n].tier == "identifier" and not m.hash):
            raise ValueError(f"{', '.join(plain)}: an identifier must be hashed (hash: true)")
        if both := sorted(set(self.needed) & set(self.ignored)):
            raise ValueError(f"{', '.join(both)}: both read and ignored")
        for name, mapped in self.columns.items():
            codes = known[name].codes
            if (
                codes
                and isinstance(mapped.codes, dict)
                and (bad := set(mapped.codes.values()) - set(code_lists()[codes]))
            ):
                raise ValueError(f"{name}: maps to {', '.join(sorted(bad))}, not in sources/codes/{codes}.yml")
        return self

    @property
    def table(self) -> Table:
        """The canonical table that this contract feeds."""
        return tables()[self.feeds]

    @property
    def is_by_place(self) -> bool:
        """Whether its records bear no number of their own and are known by file and line."""
        return any(mapped.value == PLACE for mapped in self.columns.values())

    @property
    def needed(self) -> list[str]:
        """The columns of the export that are read, in the order of the contract."""
        conditions = [column for condition in self.skip.values() for column in condition]
        return list(dict.fromkeys([n for m in self.columns.values() for n in m.sources] + conditions))

    @property
    def optional(self) -> set[str]:
        """The columns of the export that a file may lack."""
        return {n for m in self.columns.values() if m.optional for n in m.sources}

    @property
    def hashed(self) -> set[str]:
        """The columns of the export that are replaced by a keyed hash while they are read."""
        return {n for m in self.columns.values() if m.hash for n in m.sources}

    def code_map(self, column: str) -> dict[str, str] | None:
        """Their code to ours for one canonical column; None where nothing is coded."""
        mapped, canonical = self.columns[column], self.table.columns[column]
        if isinstance(mapped.codes, dict):
            return mapped.codes
        if isinstance(mapped.codes, str):
            name, theirs = mapped.codes.split(".")
            ours = "abbreviation" if name == "districts" else "district"
            return _unpadded({row[theirs]: row[ours] for row in table(name)})
        if canonical.codes is not None:
            return {code: code for code in code_lists()[canonical.codes]}
        return None


def _unpadded(codes: dict[str, str]) -> dict[str, str]:
    """Codes with, beside "08", an "8" that has lost its zero, where no other code is written so."""
    short = {code.lstrip("0") or "0": ours for code, ours in codes.items() if code.isdigit()}
    return codes | {code: ours for code, ours in short.items() if code not in codes}


class Agency(Frozen):
    """Who sends the exports, and how its deliveries follow each other."""

    key: str
    label: str
    name: str
    mode: Mode
    delivery: Literal["file", "folder"]
    cadence_days: int | None = None  # none: no longer sent
    complete_to: dt.date | None = None  # of a collection that ended: later years hold some of their records
    data_as_of: str | None = None
    is_assumed: bool = False
    ignored_files: dict[str, str] = {}
    contracts: list[Contract] = []

    @property
    def digest(self) -> str:
        """Changes when a contract of the agency, or a table that it feeds, changes."""
        parts = [self.model_dump_json(), *(c.table.model_dump_json() for c in self.contracts)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


Definition = TypeVar("Definition", bound=Frozen)


@cache
def agencies() -> dict[str, Agency]:
    """Every agency with its contracts, by key."""
    folders = sorted(files("sources").joinpath("contracts").iterdir(), key=lambda p: p.name)
    return {f.name: load(f) for f in folders if f.is_dir() and f.joinpath("agency.yml").is_file()}


def load(folder: Traversable) -> Agency:
    """The agency of one folder: `agency.yml`, and a contract in every other YAML file."""
    contracts = []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yml") and path.name != "agency.yml":
            found = _read(folder, path)
            contracts.append(_made(folder, path, Contract, agency=folder.name, name=path.name[:-4], **found))
    path = folder.joinpath("agency.yml")
    return _made(folder, path, Agency, key=folder.name, contracts=contracts, **_read(folder, path))


def _read(folder: Traversable, path: Traversable) -> dict[str, Any]:
    try:
        found = definition.read(path)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        raise DefinitionError(f"{_place(folder, path)}: no YAML ({where}). Mend the file.") from None
    return dict(found or {})


def _made(folder: Traversable, path: Traversable, kind: type[Definition], **fields: Any) -> Definition:
    try:
        return kind(**fields)
    except (ValueError, TypeError) as error:
        raise DefinitionError(f"{_place(folder, path)}: {in_words(error)}. Mend the contract.") from None


def _place(folder: Traversable, path: Traversable) -> str:
    return f"sources/contracts/{folder.name}/{path.name}"
