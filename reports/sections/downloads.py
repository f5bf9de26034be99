"""Downloads: every table as CSV, Parquet and XLSX, the data package, how to cite.

In: an edition (the files themselves are written by `reports.exports`). Out: `downloads.html`.
"""

from collections.abc import Iterable

from reports.edition import Edition
from reports.package import citation
from reports.section import Page, Section


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    yield Page("downloads.html", "Downloads", "downloads.html", "downloads", {"citation": citation(edition)})


SECTION = Section("downloads", "Downloads", pages)
