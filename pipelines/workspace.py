"""A workspace: the folder of one programme, with its settings, drop folders, store and editions; never in the code.

In: a folder made by `palermo init`. Out: `Workspace`, its paths, its settings and the key that hashes identifiers.

    palermo.toml  study.yml          settings; what is compared with what
    landing/<agency>/                what agencies send, never written to
    store/                           deliveries taken in, warehouse, key, Dagster's home: can be rebuilt from landing
    editions/<edition>/              manifest, tables and site of every edition; `report` links to the last one's site
"""

import datetime as dt
import os
import secrets
import shlex
import stat
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines import aside
from reports.claims import Claim, refused
from sources.contract import agencies
from sources.errors import WorkspaceError, in_words
from transforms import study
from transforms.study import Study

SETTINGS = """\
# Settings of this workspace. Every field has a default; unknown fields are refused.
is_invented = {is_invented}        # true stamps "INVENTED DATA" on every page
first_fiscal_year = 2000   # the first year that is published
provisional_months = 12    # the last months whose figures are still filling up

[disclosure]
threshold = 11             # counts of the restricted tier from 1 to 10 are not shown
# releases = "releases"    # the folder of what was released: every refresh guards what lies in it
"""
DAGSTER = """\
telemetry: {enabled: false}
concurrency: {runs: {max_concurrent_runs: 1}, pools: {default_limit: 1}}
run_monitoring: {enabled: true}
run_retries: {enabled: true, max_retries: 2}
"""
KEY_VARIABLE = "PALERMO_HASH_KEY"
KEY_BYTES = 32  # a shorter key could be found by trying
ENOUGH = "Set it to the key in use, or to a new one (openssl rand -hex 32): what another key has hashed is read again."
PATTERN = frozenset("*?[=")  # globs, which DuckDB has no way to quote where it is confined, and Hive's name=value


class Disclosure(BaseModel):
    """What the data owner lets out."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    threshold: int = Field(default=11, ge=2, le=1000)  # under 2 nothing is hidden
    releases: str = Field(default="releases", exclude=True)  # an edition names the releases, not where they lie


class Alerts(BaseModel):
    """Who is told, and how (pipelines/alerts.py)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    smtp: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")
    mail_from: str = "palermo@localhost"
    mail_to: list[str] = []
    webhook: str | None = Field(default=None, pattern=r"^https?://")
    file: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")


class Settings(BaseModel):
    """`palermo.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    is_invented: bool = False
    first_fiscal_year: int = Field(default=2000, ge=1970, le=2100)
    provisional_months: int = Field(default=12, ge=0, le=120)
    settled_seconds: float = Field(default=60.0, ge=0, exclude=True)  # a file unchanged for so long is complete
    engine: Literal["duckdb", "spark"] = Field(default="duckdb", exclude=True)  # who builds the models; docs/spark.md
    spark: str = Field(default="local[*]", exclude=True, pattern=r"^(sc://|spark://|yarn$|k8s://|local)")
    disclosure: Disclosure = Disclosure()
    alerts: Alerts = Field(default=Alerts(), exclude=True)  # changes no figure, and an edition names no address


@dataclass(frozen=True)
class Workspace:
    """Paths and settings of one workspace, as it stands or as it stood on a day.

    `is_beside`: for the marts of another day that a run makes on its way, beside its own.
    """

    root: Path
    as_of: dt.date | None = None
    is_beside: bool = False

    @property
    def landing(self) -> Path:
        """Drop folders, one an agency."""
        return self.root / "landing"

    @property
    def landed_bytes(self) -> int:
        """The size of what lies in the drop folders."""
        return sum(place.stat().st_size for place in self.landing.rglob("*") if place.is_file())

    @property
    def store(self) -> Path:
        """Everything that can be rebuilt."""
        return self.root / "store"

    @property
    def shut(self) -> list[Path]:
        """Its folders in which this user can make no file."""
        return [p for p in (self.root, self.store, self.editions) if p.is_dir() and not os.access(p, os.W_OK)]

    @property
    def deliveries(self) -> Path:
        """Deliveries taken in: raw, staged and fates of each, with a receipt."""
        return self.store / "deliveries"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file; a run as of a past day has its own, and so have the marts made beside a run."""
        name = "beside" if self.is_beside else "past" if self.as_of else "warehouse"
        return self.store / f"{name}.duckdb"

    @property
    def returns(self) -> Path:
        """Return sheets for the agencies: what was refused, by line and rule, and why a delivery is held."""
        return self.root / "returns"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage: runs, events, schedules."""
        return self.store / "dagster"

    @property
    def editions(self) -> Path:
        """Every edition, a folder each."""
        return self.root / "editions"

    @property
    def report(self) -> Path:
        """A link to the site of the last edition: the path to give to readers, and what makes an edition the last."""
        return self.root / "report"

    @property
    def releases(self) -> Path:
        """Editions that left: what a refresh must not open."""
        return self.root / self.settings.disclosure.releases

    @property
    def study(self) -> Path:
        """The study file."""
        return self.root / "study.yml"

    @property
    def study_lock(self) -> Path:
        """The lock of the study, beside it; absent until `palermo study lock`."""
        return self.root / "study.lock"

    @property
    def link_decisions(self) -> Path:
        """What people decided about records of one matter; absent until `palermo review` reads a decision."""
        return self.root / "linkage_decisions.csv"

    @cached_property
    def settings(self) -> Settings:
        """The settings; a wrong field is refused by name."""
        path = self.root / "palermo.toml"
        if not path.is_file():
            raise WorkspaceError(
                f"{self.root}: no workspace here (no palermo.toml). Make one: palermo init {self.root}"
            )
        try:
            return Settings(**tomllib.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:  # no TOML, or a wrong field
            raise WorkspaceError(f"palermo.toml: {in_words(error)}. Mend the file.") from None

    def read_study(self) -> Study:
        """The study; a label that no sentence of a report could print is refused by name."""
        found = study.load(self.study)
        for phase in found.phases:
            if word := refused(Claim(phase.label)):
                raise WorkspaceError(
                    f'study.yml: the label "{phase.label}" of {phase.key} says "{word}", which no count can carry. '
                    "Choose a label that only names the sites."
                )
        return found

    def key(self) -> bytes:
        """The key that hashes identifiers: from the environment, else from a file that only its owner can read."""
        if given := os.environ.get(KEY_VARIABLE):
            return _long(given.encode(), KEY_VARIABLE, ENOUGH)
        path = self.key_file
        if not path.is_file():
            raise WorkspaceError(f"{path}: no key for identifiers. Set {KEY_VARIABLE}, or put a key there, mode 0600.")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise WorkspaceError(f"{path}: others can read the key. Run: chmod 600 {path}")
        step = f"Put the key back from its backup; if there is none, remove the file and run: palermo init {self.root}"
        return _long(path.read_bytes().strip(), str(path), step)

    @property
    def key_id(self) -> str:
        """What stands beside every hash to say which key made it; it tells nothing about the key."""
        from sources.readers import keyed_hash  # PyArrow takes a quarter of a second to load

        return keyed_hash(self.key())("the ID of this key")[:8]

    @property
    def key_file(self) -> Path:
        """Where the key lies that is used, unless the environment gives one."""
        return self.store / "hash.key"

    @property
    def retired_keys(self) -> Path:
        """Keys that were used before, `<id>.key`."""
        return self.store / "keys"

    def current(self) -> Path | None:
        """The folder of the last edition: the one whose site `report` points at."""
        if not self.report.is_symlink():
            return None
        folder = self.root / self.report.readlink().parent
        return folder if folder.is_dir() else None


def init(root: Path, *, is_invented: bool = False) -> Workspace:
    """Make a workspace, or complete one; nothing that is there is changed."""
    os.umask(0o077)
    workspace = Workspace(root)
    _plain(root.resolve())
    for folder in (workspace.deliveries, workspace.dagster_home, workspace.editions):
        folder.mkdir(parents=True, exist_ok=True)
    for agency in agencies():
        (workspace.landing / agency).mkdir(parents=True, exist_ok=True)
    _write_new(root / "palermo.toml", SETTINGS.format(is_invented=str(is_invented).lower()))
    _write_new(workspace.study, study.demo_text() if is_invented else study.default_text())
    _write_new(workspace.dagster_home / "dagster.yaml", DAGSTER)
    _write_new(workspace.key_file, secrets.token_hex(KEY_BYTES))
    return workspace


def _write_new(path: Path, text: str) -> None:
    if not path.exists():
        aside.secret(path, text)


def _long(key: bytes, where: str, step: str) -> bytes:
    if len(key) < KEY_BYTES:
        raise WorkspaceError(f"{where}: a key of {len(key)} bytes, where {KEY_BYTES} are the least. {step}")
    return key


def find(given: str | None = None) -> Workspace:
    """The workspace that is meant: the one given, PALERMO_WORKSPACE, this folder, or ./workspace or ./demo in it."""
    if given := given or os.environ.get("PALERMO_WORKSPACE"):
        return Workspace(_plain(Path(given).resolve()))
    for folder in (Path(), Path("workspace"), Path("demo")):
        if (folder / "palermo.toml").is_file():
            return Workspace(_plain(folder.resolve()))
    return Workspace(_plain(Path("workspace").resolve()))


def meant(given: str | None = None) -> Workspace:
    """The workspace that is meant, as `find` says; refused where there is none, or where its settings are not right."""
    found = find(given)
    _ = found.settings
    return found


def option(given: str | None, flag: str = "--workspace ") -> str:
    """What a next command needs to find the workspace that was given; nothing where none was."""
    return f" {flag}{shlex.quote(given)}" if given else ""


def _plain(root: Path) -> Path:
    """A path that names one folder to every reader of Parquet; refused where it could name many, or add a column."""
    if found := sorted(set(str(root)) & PATTERN):
        raise WorkspaceError(
            f"{root}: a path with {' '.join(found)} is a pattern to what reads the tables, so rows of a folder beside "
            "it could be counted. Move or rename the folder so that its path has none of * ? [ =, then run this again."
        )
    return root
