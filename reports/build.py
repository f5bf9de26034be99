"""The report: an edition's published tables in, a static site out.

In: a folder with `manifest.json` and `tables/*.parquet`. Out: HTML pages, assets and downloads in `site`, which open by
double click with no server and no network. Nothing but published tables is read.
"""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from reports import exports, render
from reports.edition import load
from reports.sections import SECTIONS, downloads
from transforms.start import Start

#: (key, label, path) of the first page of every section.
NAV = [(s.key, s.label, "index.html" if s.key == "brief" else f"{s.key}.html") for s in SECTIONS]
Progress = Callable[[str, int], None]


def build(
    edition: Path, site: Path, progress: Progress = lambda step, done: None, start: Start = partial
) -> list[Path]:
    """Write the whole site and return its pages.

    The workbook is written beside the rest where `start(make, *given)` begins at once; it returns what waits.
    """
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    book = start(exports.workbook, edition, site)
    found = load(edition)
    render.write_assets(site)
    given = render.shared(found, NAV)
    written: list[Path] = []
    for section in SECTIONS:
        if section is downloads.SECTION:
            progress("downloads", 0)
            given["downloads"] = exports.write(found, site, book)
        for page in section.pages(found):
            written.append(render.write(page, given, site))
            progress("report", len(written))
    return written
