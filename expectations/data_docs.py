"""Great Expectations' own pages (Data Docs) of what the gate found, made to be read without a network.

In: findings of deliveries. Out: a folder with `index.html`. The pages hold rules, tolerated shares and observed shares:
no value of a record, because the judge never had one. Great Expectations loads styles and scripts from five places in
the net; here every address is taken out and a policy forbids the rest. Its index needs a script, so the index is ours.
"""

import html
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from expectations.finding import Finding
from expectations.run import context
from expectations.suite import suites
from sources.contract import Agency

SITE = "palermo"
# The only format that holds no value of a row (others list the values that failed).
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0, "unexpected_metrics_with_values": False}
CUT = [
    re.compile(r"<script\b.*?</script>", re.S | re.I),
    re.compile(r"<(?:link|img)\b[^>]*(?:https?:)?//[^>]*>", re.I),
    re.compile(r"<form\b.*?</form>", re.S | re.I),
]
FAR = re.compile(r"url\(['\"]?(?:https?:)?//[^)]*\)", re.I)
ADDRESS = re.compile(r"""\s(?:href|src|action)=["'](?:https?:)?//[^"']*["']""", re.I)
HEAD = """<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; font-src 'self'">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:1rem auto;max-width:80rem;padding:0 1rem}
table{border-collapse:collapse}td,th{border-bottom:1px solid #bbb;padding:.25rem .5rem;text-align:left}
.modal,.cooltip,.btn,footer,.footer{display:none}</style>"""
INDEX = """<!doctype html><html lang="en"><head>HEAD<meta charset="utf-8"><title>Data Docs</title></head><body><main>
<h1>Great Expectations' pages of what the gate found</h1><table><thead><tr><th scope="col">delivery</th>
<th scope="col">checks</th><th scope="col">not tolerated</th></tr></thead><tbody>ROWS</tbody></table></main></body>
</html>
"""


def write(folder: Path, judged: Iterable[tuple[Agency, str, list[Finding]]]) -> Path:
    """Write the pages of (agency, delivery, its findings); returns the page to open. A folder there is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    site = context()
    for name in list(site.get_config().data_docs_sites or {}):
        site.delete_data_docs_site(name)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())}
    builder = {"class_name": "DefaultSiteIndexBuilder"}
    config = {"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": builder}
    site.add_data_docs_site(SITE, config)
    told = [_judge(site, agency, delivery, findings) for agency, delivery, findings in judged if findings]
    site.build_data_docs()
    for path in folder.rglob("*.gif"):
        path.unlink()
    for path in folder.rglob("*.html"):
        path.write_text(offline(path.read_text(encoding="utf-8")), encoding="utf-8")
    rows = "".join(_row(folder, *one) for one in told)
    (folder / "index.html").write_text(INDEX.replace("HEAD", HEAD).replace("ROWS", rows), encoding="utf-8")
    return folder / "index.html"


def _row(folder: Path, suite: str, n: int, n_failed: int) -> str:
    """One line of the index, with a link to the suite's only result."""
    page = next((folder / "validations" / suite).rglob("*.html")).relative_to(folder).as_posix()
    link = f'<a href="{html.escape(page)}">{html.escape(suite)}</a>'
    return f'<tr><th scope="row">{link}</th><td>{n}</td><td>{n_failed}</td></tr>'


def offline(page: str) -> str:
    """A page without scripts and without any address outside its folder."""
    for pattern in CUT:
        page = pattern.sub("", page)
    return ADDRESS.sub("", FAR.sub("none", page)).replace("<head>", f"<head>{HEAD}", 1)


def _judge(site: Any, agency: Agency, delivery: str, findings: list[Finding]) -> tuple[str, int, int]:
    """The suite of one delivery, with how many checks it has and how many were not tolerated."""
    import great_expectations as gx

    found = {f"{f.contract}/{f.rule}": f for f in findings}
    names = {f"{c.spec.contract}/{c.spec.rule}": c for c in suites(agency)}
    checks = {name: names[name] for name in found if name in names}
    shares = {name: f.n_failed / f.n_checked if f.n_checked else 0.0 for name, f in found.items()}
    name = re.sub(r"[^A-Za-z0-9 -]", "_", f"{agency.label} {delivery}")  # a point would be a folder
    asset = site.data_sources.add_pandas(name).add_dataframe_asset("gate")
    suite = gx.ExpectationSuite(
        name,
        [_expectation(column, c.at_most, c.spec.severity, c.spec.says) for column, c in checks.items()],
    )
    definition = gx.ValidationDefinition(
        name=suite.name, data=asset.add_batch_definition_whole_dataframe("gate"), suite=site.suites.add(suite)
    )
    frame = pd.DataFrame([shares])
    run = site.validation_definitions.add(definition).run
    result = run(batch_parameters={"dataframe": frame}, result_format=RESULT_FORMAT)
    return name, len(result.results), sum(not one.success for one in result.results)


def _expectation(name: str, at_most: float, severity: str, says: str) -> Any:
    """Of the rows that a check looks at, no larger share fails than its rule tolerates."""
    from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity

    weight = {"error": FailureSeverity.CRITICAL, "warn": FailureSeverity.WARNING}[severity]
    return ExpectColumnMaxToBeBetween(column=name, max_value=at_most, severity=weight, notes=says)
