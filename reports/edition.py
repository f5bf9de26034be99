"""An edition as the report reads it: the manifest and the published tables, and nothing else.

In: `manifest.json` and `tables/*.parquet` (docs/decisions/0002-published-tables.md). Out: `Edition`, which hands out
cells by source, metric, scope, area and period.
"""

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from reports.words import Cell
from sources.errors import EditionError
from transforms.clump import SIZE, clump

NEEDED = ("cells", "comparison", "benchmarks", "deliveries", "files", "fates", "findings")
KEY = ["source", "metric", "scope", "area", "period_kind"]
FIELDS = [
    "id", "metric", "area", "period", "value", "numerator", "denominator", "lower", "upper", "status", "is_provisional",
]  # fmt: skip
NATION = "ALL"
QUARTERLY = ("volume", "rates")
Bands = dict[tuple[str, str], tuple[float, float, float]]  # (area, period) -> expected, lower, upper


@dataclass(frozen=True)
class Edition:
    """The manifest and the tables of one edition.

    Pages print fiscal years, and quarters of the nation and the groups for the families in QUARTERLY; what is too thin
    by the quarter, and windows of twelve months, stay on disk and in the whole download.
    """

    folder: Path
    manifest: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @property
    def cells(self) -> pd.DataFrame:
        """Table `cells`, as far as pages print it."""
        return self.tables["cells"]

    @cached_property
    def refresh(self) -> dict[str, Any]:
        """What the refresh took (pipelines/costs.py); nothing where the edition does not say."""
        path = self.folder / "refresh.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    @property
    def every_cell(self) -> Path:
        """The file of the whole table `cells`."""
        return cells_file(self.folder)

    @cached_property
    def _series(self) -> dict[tuple[str, ...], list[Cell]]:
        columns = (self.cells[c].astype(object).where(self.cells[c].notna(), None).tolist() for c in FIELDS)
        keys = zip(*(self.cells[c].tolist() for c in KEY), strict=True)
        found: dict[tuple[str, ...], list[Cell]] = {}
        for key, cell in zip(keys, map(Cell, *columns), strict=True):
            found.setdefault(key, []).append(cell)
        for series in found.values():
            series.sort(key=lambda cell: cell.period)
        return found

    @cached_property
    def clumps(self) -> dict[tuple[str, str], float | None]:
        """(source, scope) -> how many defendants an interval counts for one."""
        sizes = self.cells[self.cells["metric"] == SIZE]
        return {(str(s), str(scope)): clump(rows) for (s, scope), rows in sizes.groupby(["source", "scope"])}

    @cached_property
    def expected(self) -> dict[tuple[str, str, str], Bands]:
        """(source, metric, scope) -> what the provisional counts are expected to become."""
        found: dict[tuple[str, str, str], Bands] = {}
        for r in rows(self.tables["completion"]) if "completion" in self.tables else []:
            found.setdefault((r.source, r.metric, r.scope), {})[r.area, r.period] = (r.expected, r.lower, r.upper)
        return found

    def series(self, source: str, metric: str, scope: str, area: str, period_kind: str = "fy") -> list[Cell]:
        """The cells of one line of a chart, in order of time."""
        return self._series.get((source, metric, scope, area, period_kind), [])

    def cell(self, source: str, metric: str, scope: str, area: str, period: str) -> Cell | None:
        """One number, or None where the source reports none."""
        kind = "quarter" if " Q" in period else "fy"
        return next((c for c in self.series(source, metric, scope, area, kind) if c.period == period), None)

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Definitions of the metrics that have cells, in the order of the way of a case."""
        have = set(self.cells["metric"].unique())
        order = {name: i for i, name in enumerate(ORDER)}
        names = sorted((n for n in self.manifest["metrics"] if n in have), key=lambda n: (order.get(n, 99), n))
        return {name: self.manifest["metrics"][name] for name in names}

    @property
    def local(self) -> dict[str, dict[str, Any]]:
        """The metrics that are counted by district."""
        return {name: m for name, m in self.metrics.items() if "district" in m["areas"]}

    def of_page(self, page: str) -> dict[str, dict[str, Any]]:
        """The metrics that a page answers: `trends` or `coordination`."""
        return {name: m for name, m in self.metrics.items() if m["page"] == page}

    @cached_property
    def views(self) -> list[tuple[str, str]]:
        """Every (source, scope) that has cells: the study's first source and scope lead."""
        have = {tuple(pair) for pair in self.cells[["source", "scope"]].drop_duplicates().to_numpy()}
        sources = list(dict.fromkeys(s for m in self.manifest["metrics"].values() for s in m["sources"]))
        scopes = sorted(self.manifest["scopes"], key=lambda s: self.manifest["scopes"][s]["order"])
        return [(source, scope) for source in sources for scope in scopes if (source, scope) in have]

    @cached_property
    def lead(self) -> tuple[str, str]:
        """The (source, scope) that a page shows first."""
        ours = [view for view in self.views if view[1] == self.manifest["study"]["scope"]]
        if not (ours or self.views):
            raise EditionError("The edition has no cells to print. Refresh again: palermo refresh")
        return (ours or self.views)[0]

    @cached_property
    def groups(self) -> dict[str, str]:
        """Label of every group by key, phases first, then the rest, then the nation."""
        study = self.manifest["study"]
        keys = [p["key"] for p in study["phases"]] + ["other", "spillover"]
        labels: dict[str, str] = {k: study["groups"][k] for k in keys if k in study["groups"]}
        if (self.cells["area"] == "unresolved").any():
            labels["unresolved"] = "District not known"
        return labels | {NATION: "All districts"}

    def group_of(self, district: str) -> str:
        """The group of a district."""
        study = self.manifest["study"]
        for phase in study["phases"]:
            if district in phase["districts"]:
                return str(phase["key"])
        return "spillover" if district in study["spillover"]["districts"] else "other"

    @property
    def threshold(self) -> int:
        """Counts of the restricted tier under this number are not shown."""
        return int(self.manifest["settings"]["disclosure"]["threshold"])

    def last_final(self, source: str, metric: str, scope: str, area: str = NATION) -> str | None:
        """The latest fiscal year that is not provisional."""
        final = [c.period for c in self.series(source, metric, scope, area) if not c.is_provisional]
        return final[-1] if final else None


ORDER = [
    "matters_received", "matters_declined", "cases_filed", "defendants_charged", "defendants_per_case",
    "median_days_referral_to_charge", "defendants_convicted", "conviction_rate", "cohort_convicted",
]  # fmt: skip


def load(folder: Path) -> Edition:
    """Read an edition, or say what is missing."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise EditionError(f"{folder.name}: manifest.json is missing. Make an edition first: palermo refresh")
    paths = sorted((folder / "tables").glob("*.parquet"))
    given = json.loads(manifest.read_text(encoding="utf-8"))
    thick = [name for name, m in given["metrics"].items() if m["family"] in QUARTERLY]
    by_quarter: list[Any] = [("area_kind", "!=", "district"), ("period_kind", "==", "quarter"), ("metric", "in", thick)]
    printed: list[Any] = [[("period_kind", "==", "fy")], by_quarter]
    whole = cells_file(folder)
    tables = {p.stem: pd.read_parquet(p, filters=printed if p == whole else None) for p in paths}
    if missing := [name for name in NEEDED if name not in tables]:
        raise EditionError(f"{folder.name}: no table {', '.join(missing)}. Refresh again: palermo refresh")
    return Edition(folder, given, tables)


def rows(frame: pd.DataFrame) -> list[Any]:
    """The rows of a table, each with its columns as attributes."""
    return list(frame.itertuples())


def cells_file(folder: Path) -> Path:
    """Where an edition keeps its numbers."""
    return folder / "tables" / "cells.parquet"


def clean(value: Any) -> Any:
    """None for a missing value of a table, the value otherwise."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA else value
