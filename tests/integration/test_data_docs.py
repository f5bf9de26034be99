"""Great Expectations' own pages: offline, without a script, without a value."""

import re

import pytest
from click.testing import CliRunner

from expectations.data_docs import offline
from expectations.finding import Finding
from pipelines.commands.status import status
from pipelines.receipt import listed
from sources.contract import agencies
from sources.errors import WorkspaceError


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://a.example/x.js"></script>',
        "<script>document.cookie</script>",
        '<link rel="stylesheet" href="//cdn.example/x.css"/>',
        "<img alt='x' src='http://a.example/logo.png?d=1'>",
        '<a class="b" href="https://a.example/newsletter">text</a>',
        "<style>a {background: url('https://a.example/x.png') no-repeat}</style>",
        '<form action="https://a.example"><input></form>',
    ],
)
def test_no_address_and_no_script_is_left(page):
    left = offline(f"<html><head></head><body>{page}<p>kept</p></body></html>").replace("default-src 'none'", "")
    assert "kept" in left
    assert not re.search(r"//|<script|document\.", left)


def test_the_pages_of_each_last_delivery_can_be_read_without_a_network(demo, tmp_path):
    workspace, _ = demo
    folder = tmp_path / "docs"
    result = CliRunner().invoke(status, [str(workspace.root), "--data-docs", str(folder)], standalone_mode=False)
    assert "Data Docs:" in result.output
    pages = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    for path, text in pages.items():
        assert not re.search(r"https?://|src=.//|<script", text), path
        assert "Content-Security-Policy" in text
    index = pages[folder / "index.html"]
    judged = {r.agency: r for key in agencies() for r in listed(workspace.deliveries / key) if r.findings}
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) == len(judged)
    assert all((folder / link.replace("&#x27;", "'")).is_file() for link in links)
    said = [Finding(**f) for f in judged["fbi"].findings]
    page = next(text for path, text in pages.items() if "validations" in path.parts and "FBI" in str(path))
    assert all(f.rule in page for f in said)


def test_a_folder_of_something_else_is_not_replaced(demo, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(WorkspaceError, match="Choose another folder"):
        CliRunner().invoke(
            status, [str(demo[0].root), "--data-docs", str(tmp_path)], standalone_mode=False, catch_exceptions=False
        )
    assert (tmp_path / "mine.txt").is_file()
