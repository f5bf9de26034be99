"""The report: an edition's published tables in, a static site out.

In: a folder with `manifest.json` and `tables/*.parquet`. Out: HTML pages, assets and downloads in `site`, which open by
double click with no server and no network. Nothing but published tables is read.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from reports import exports, render
from reports.edition import load
from reports.section import Section
from reports.sections import SECTIONS

Progress = Callable[[str, int], None]


def build(edition: Path, site: Path, progress: Progress = lambda step, done: None) -> list[Path]:
    """Write the whole site and return its pages."""
    found = load(edition)
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    render.write_assets(site)
    sections = [s for s in SECTIONS if s.stands_in(found)]
    progress("downloads", 0)
    given = render.shared(found, _nav(sections)) | {"downloads": exports.write(found, site)}
    written: list[Path] = []
    for section in sections:
        for page in section.pages(found):
            written.append(render.write(page, given, site))
            progress("report", len(written))
    return written


def _nav(sections: list[Section]) -> list[tuple[str, str, str]]:
    """(key, label, path) of the first page of every section."""
    return [(s.key, s.label, "index.html" if s.key == "brief" else f"{s.key}.html") for s in sections]
