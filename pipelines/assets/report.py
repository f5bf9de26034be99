"""The published tables behind disclosure control, and the site: together one edition."""

import json
import shutil

import dagster as dg

from pipelines import edition, tables
from pipelines.assets.gate import POOL
from pipelines.resource import Programme
from transforms import published
from transforms.metric import metrics

TABLES = dg.AssetKey(["published", "tables"])
SITE = dg.AssetKey(["report", "site"])


def tables_asset() -> dg.AssetsDefinition:
    """All tables of the edition, written aside."""

    @dg.asset(
        key=TABLES, deps=[dg.AssetKey(["metric", name]) for name in metrics()], group_name="published", pool=POOL,
        description="The one door to a report: cells after disclosure control, the comparison, deliveries and checks.",
        kinds={"parquet"},
    )  # fmt: skip
    def publish(programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        workspace, receipts = programme.workspace, programme.receipts()
        name = edition.identity(workspace, receipts)
        folder = edition.draft(workspace, name)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tables").mkdir(parents=True)
        written = {
            table: published.write(frame, folder / "tables" / f"{table}.parquet")
            for table, frame in tables.make(workspace, receipts, programme.progress).items()
        }
        text = json.dumps(edition.manifest(workspace, name, receipts, written), indent=1, sort_keys=True)
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        return dg.MaterializeResult(metadata={"edition": name} | {t: int(str(w["rows"])) for t, w in written.items()})

    return publish


def site_asset() -> dg.AssetsDefinition:
    """The pages of the edition; then it becomes the current one."""

    @dg.asset(
        key=SITE, deps=[TABLES], group_name="report", description="The pages that leaders open.", kinds={"plotly"}
    )
    def build(programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        from reports.build import build as build_site

        programme.progress("report", 0)
        workspace, name = programme.workspace, programme.edition()
        folder = edition.draft(workspace, name)
        pages = build_site(folder, folder / "site", programme.progress)
        edition.publish(workspace, name)
        return dg.MaterializeResult(metadata={"edition": name, "pages": len(pages)})

    return build
