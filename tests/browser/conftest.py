"""A real Chromium, a site of an invented edition, and one whose free text is hostile."""

import shutil
from pathlib import Path

import pytest

from tests import edition as invented
from tests.conftest import made_once
from transforms.disclosure import Rule

HOSTILE = "\"><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>{{7*7}}</script>"
DRAWN = """() => [...document.querySelectorAll(".chart")]
    .every(c => c.querySelector(".main-svg[aria-hidden]") || !c.offsetParent)"""
LONG = {  # 5 to 50 s each; a quick one of each kind stays: brief, funnel, a measure, downloads
    "trends.html", "methods.html", "coordination.html", "comparison.html", "districts.html", "districts/GAN.html",
    "cohorts.html", "quality.html", "changes.html",
}  # fmt: skip
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


def long_ones_later(kind: str):
    return pytest.param(kind, marks=pytest.mark.slow) if kind in LONG else kind


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in Path(item.path).as_posix():
            item.add_marker(pytest.mark.browser)


def build_site(root: Path, **what) -> None:
    from reports.build import build

    build(invented.write(root / "edition", **what), root / "site")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    root, _ = made_once(tmp_path_factory, "site", lambda root: build_site(root, evaluation=True))
    return root / "site"


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory):
    """With quarters, which need no complementary suppression here."""
    what = {"places": False, "text": HOSTILE, "evaluation": True, "quarters": True, "rule": Rule(complementary=False)}
    root, _ = made_once(tmp_path_factory, "hostile", lambda root: build_site(root, **what))
    return root / "site"


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: run .ci/browser, which installs Debian's package where it can")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def opened_page(chromium, path: Path, **options):
    """A page from disk with the network cut; it remembers console messages and requests."""
    context = chromium.new_context(offline=True, **({"viewport": {"width": 1280, "height": 900}} | options))
    page = context.new_page()
    page.noise, page.requests = [], []
    page.on("console", lambda message: page.noise.append(message.text))
    page.on("pageerror", lambda error: page.noise.append(str(error)))
    page.on("dialog", lambda dialog: (page.noise.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(path.as_uri())
    if options.get("java_script_enabled", True):
        page.wait_for_function(DRAWN)
    return page


@pytest.fixture
def open_page(chromium):
    """Open pages for one test."""
    pages = []

    def opener(path: Path, **options):
        pages.append(opened_page(chromium, path, **options))
        return pages[-1]

    yield opener
    for page in pages:
        page.context.close()
