"""Pages to files: the templates, the assets beside them, and plotly.js once for the whole site.

In: `Page` values and an edition. Out: HTML files and the folder `assets/`.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from reports import theme, tiles
from reports.edition import Edition
from reports.section import Page
from reports.state import STAMP, footer, late_lines

ASSETS = ("palermo.css", "palermo.js", "plotly.css")
WEB = ("https://", "http://")


@cache
def environment() -> jinja2.Environment:
    """Templates with autoescape on and undefined names refused."""
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters["figure_json"] = Markup  # text of charts.drawn, which holds no "<"
    found.filters["web"] = lambda url: url if str(url).startswith(WEB) else ""
    found.filters["host"] = lambda url: urlsplit(str(url)).hostname
    return found


def _template(name: str) -> str:
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8")


def shared(edition: Edition, nav: list[tuple[str, str, str]]) -> dict[str, Any]:
    """What every page is given: header, stamp, late lines, footer."""
    return {
        "nav": nav, "programme": edition.manifest["programme"], "late": late_lines(edition),
        "stamp": STAMP if edition.manifest["is_invented"] else "", "footer": footer(edition),
        "threshold": edition.threshold,
    }  # fmt: skip


def write(page: Page, given: dict[str, Any], site: Path) -> Path:
    """One page."""
    html = environment().get_template(page.template).render(page=page, root=page.root, **{**given, **page.content})
    path = site / page.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return path


def write_assets(site: Path) -> None:
    """Styles, the one script of ours, and plotly.js from its package."""
    from plotly.offline import get_plotlyjs

    folder = site / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ASSETS:
        text = files("reports").joinpath("assets", name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "theme.css").write_text(theme.css(), encoding="utf-8")
    (folder / "theme.js").write_text(theme.script(), encoding="utf-8")
    (folder / "tiles.css").write_text(tiles.css(), encoding="utf-8")
    (folder / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")
