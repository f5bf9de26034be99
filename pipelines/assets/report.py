"""The published tables behind disclosure control, and the site: together one edition."""

import shutil
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd

from expectations.finding import CheckSpec, Level
from expectations.whole import whole_specs
from pipelines import apart, costs, edition, journal, tables
from pipelines.assets.gate import POOL, check_name
from pipelines.assets.models import VIEWS
from pipelines.resource import Programme
from transforms import published
from transforms.counting import marts, of_mart

LINKS = dg.AssetKey(["linkage", "link"])
TABLES = dg.AssetKey(["published", "tables"])
SITE = dg.AssetKey(["report", "site"])
LEVELS: tuple[Level, ...] = ("cross-agency", "edition")


def tables_asset() -> dg.AssetsDefinition:
    """The links, and all tables of the edition, written aside."""
    specs = [spec for level in LEVELS for spec in whole_specs(level)]

    links = dg.AssetSpec(
        LINKS, deps=[VIEWS], group_name="linkage",
        description="Which records of the agencies are of one matter: by keys, by rules, then by a model of agreement.",
        kinds={"duckdb", "splink"},
    )  # fmt: skip
    tables_ = dg.AssetSpec(
        TABLES, deps=[LINKS, *(dg.AssetKey(["metric", m.name]) for mart in marts() for m in of_mart(mart))],
        group_name="published", kinds={"parquet"},
        description="The one door to a report: cells after disclosure control, the comparison, deliveries and checks.",
    )  # fmt: skip

    @dg.multi_asset(
        name="published__tables",
        specs=[links, tables_],
        pool=POOL,
        check_specs=[dg.AssetCheckSpec(_name(s), asset=TABLES, description=s.says) for s in specs],
    )
    def publish(context: dg.AssetExecutionContext, programme: Programme) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        workspace, receipts = programme.workspace, programme.receipts()
        with programme.step(context, "published") as cost:
            identity = edition.identity(workspace, receipts)
            folder = edition.draft(workspace, identity)
            shutil.rmtree(folder, ignore_errors=True)
            places = folder / "tables"
            places.mkdir(parents=True)
            made = tables.make(workspace, receipts, programme.begun(), programme.progress)
            written = {name: published.write(frame, places / f"{name}.parquet") for name, frame in made.items()}
            edition.write(folder, edition.manifest(workspace, identity, receipts, written))
            rows = {table: int(str(about["rows"])) for table, about in written.items()}
            cost.rows, cost.bytes = sum(rows.values()), sum(p.stat().st_size for p in places.iterdir())
        metadata: dict[str, Any] = rows | cost.metadata | {"edition": identity}
        yield dg.MaterializeResult(asset_key=LINKS, metadata={"rows": rows["links"]})
        yield dg.MaterializeResult(
            asset_key=TABLES, metadata=metadata, check_results=list(_results(specs, made["whole"]))
        )

    return publish


def _name(spec: CheckSpec) -> str:
    return check_name("", spec.rule, spec.level)


def _results(specs: list[CheckSpec], whole: pd.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """One result a rule; one whose tables are not there is not judged, and nothing is claimed."""
    found = whole.set_index("rule").to_dict("index")
    for spec in specs:
        severity = dg.AssetCheckSeverity.ERROR if spec.severity == "error" else dg.AssetCheckSeverity.WARN
        one = found.get(spec.rule)
        counts = {k: int(one[k]) for k in ("n_checked", "n_failed")} if one else {"not_judged": True}
        passed = bool(one["passed"]) if one else True
        yield dg.AssetCheckResult(check_name=_name(spec), passed=passed, severity=severity, metadata=counts)


def site_asset() -> dg.AssetsDefinition:
    """The pages of the edition; then it becomes the current one."""

    @dg.asset(
        key=SITE, deps=[TABLES], group_name="report", description="The pages that leaders open.", kinds={"plotly"}
    )
    def build(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        from reports.build import build as build_site

        workspace, name = programme.workspace, programme.edition()
        with programme.step(context, "report") as cost:
            folder = edition.draft(workspace, name)
            costs.write(folder, journal.so_far())
            pages = build_site(folder, folder / "site", programme.progress, apart.start)
            cost.bytes = sum(p.stat().st_size for p in (folder / "site").rglob("*") if p.is_file())
            edition.publish(workspace, name)
            journal.tell("edition published", edition=name)
        return dg.MaterializeResult(metadata={"edition": name, "pages": len(pages), **cost.metadata})

    return build
