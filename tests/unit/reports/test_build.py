"""The site as files: what is in it, how large, and what it must not hold."""

import json
import re
import shutil
import time
from html.parser import HTMLParser

import pandas as pd
import pytest

from reports import state
from reports.build import build
from reports.charts.drawn import LIMIT
from reports.edition import load
from reports.section import Figure
from reports.sections import SECTIONS, trends
from sources.errors import EditionError
from tests import edition as invented
from transforms.disclosure import Rule


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.inline = [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.found += [values[k] for k in ("href", "src") if values.get(k)]
        if "style" in values or any(k.startswith("on") for k in values) or tag == "style":
            self.inline.append((tag, values))
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.inline.append((tag, values))


def read(path):
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


@pytest.mark.parametrize("made", ["small", "with everything"])
def test_every_link_leads_somewhere_and_nothing_is_inline(request, made):
    site = request.getfixturevalue("site") if made == "small" else request.getfixturevalue("hostile")[1]
    for path in site.rglob("*.html"):
        links = read(path)
        assert links.inline == []
        for link in links.found:
            target, _, anchor = link.partition("#")
            if target.startswith("https://"):
                continue  # a published source
            assert not re.match(r"[a-z]+:", target), (path, link)
            file = (path.parent / target).resolve() if target else path
            if "downloads/districts/" in target:
                continue  # this edition has no cells of districts
            assert file.is_file(), (path, link)
            if anchor and file.suffix == ".html":
                assert f'id="{anchor}"' in file.read_text(encoding="utf-8"), (path, link)


def test_no_figure_is_over_the_limit_and_every_page_is_stamped(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        stamps = re.findall(r'<p class="stamp">(?:<strong>)?(.*?)<', text)
        assert stamps == ["INVENTED DATA: demo"] * 2, path
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in text
        for section in re.findall(r"<section[^>]*data-figure>.*?</section>", text, flags=re.DOTALL):
            assert len(section) < LIMIT


def test_94_districts_have_a_page(site):
    assert len(list((site / "districts").glob("*.html"))) == 94


@pytest.mark.slow
def test_94_districts_in_three_scopes_with_quarters_take_under_30_s_and_25_mb(tmp_path):
    quick = Rule(complementary=False)
    folder = invented.write(tmp_path / "edition", quarters=True, scopes=list(invented.SCOPES), rule=quick)
    start = time.process_time()  # of one core; the build has two
    build(folder, tmp_path / "site")
    assert time.process_time() - start < 30
    assert sum(p.stat().st_size for p in (tmp_path / "site").rglob("*") if p.is_file()) < 25e6


def test_real_data_is_not_stamped(folder, tmp_path):
    copy = tmp_path / "edition"
    shutil.copytree(folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    (copy / "manifest.json").write_text(json.dumps(manifest | {"is_invented": False}), encoding="utf-8")
    build(copy, tmp_path / "site")
    assert "INVENTED" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_every_figure_carries_its_card(edition):
    for metric in edition.metrics:
        figure = trends.figure(edition, metric)
        assert isinstance(figure, Figure)
        texts = [figure.question, figure.alt, figure.views[0].sentence, *vars(figure.card).values()]
        assert all(texts)
        assert figure.card.caveats[: len(edition.metrics[metric]["caveats"])] == edition.metrics[metric]["caveats"]


def test_a_page_with_nothing_to_print_says_so(folder, site, tmp_path):
    copy = tmp_path / "edition"
    shutil.copytree(folder, copy)
    (copy / "tables" / "changes.parquet").unlink()
    build(copy, tmp_path / "site")
    empty = (tmp_path / "site" / "changes.html").read_text(encoding="utf-8")
    assert "No count moved, or there is no earlier delivery" in empty
    assert "What moved: there is nothing to list." in empty and '<th scope="col">Measure</thead>' not in empty
    assert "No count moved" not in (site / "changes.html").read_text(encoding="utf-8")
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["metrics"] = {n: m for n, m in manifest["metrics"].items() if m["page"] != "coordination"}
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    cells = pd.read_parquet(copy / "tables" / "cells.parquet")
    cells[cells["metric"].isin(manifest["metrics"])].to_parquet(copy / "tables" / "cells.parquet", index=False)
    build(copy, tmp_path / "site")
    assert "a gap in the data, not a zero" in (tmp_path / "site" / "coordination.html").read_text(encoding="utf-8")
    assert len([*(tmp_path / "site" / "downloads").glob("*.csv")]) < len([*(site / "downloads").glob("*.csv")])


def test_a_metric_of_coordination_has_its_page_and_no_other(folder, tmp_path):
    copy = tmp_path / "edition"
    shutil.copytree(folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["metrics"]["defendants_per_case"]["page"] = "coordination"
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    build(copy, tmp_path / "site")
    pages = {n: (tmp_path / "site" / f"{n}.html").read_text(encoding="utf-8") for n in ("trends", "coordination")}
    assert ['id="defendants-per-case"' in pages[n] for n in pages] == [False, True]
    single = (tmp_path / "site" / "trends" / "defendants_per_case.html").read_text(encoding="utf-8")
    assert 'href="../coordination.html#defendants-per-case"' in single


def test_held_and_late_agencies_are_named_in_words(edition):
    assert state.late_lines(edition) == ["HSI: delivery of 2026-10-31 held, figures as of 2026-09-30"]


def test_agency_without_a_good_delivery_is_not_reported(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "edition")
    path = tmp_path / "edition" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["agencies"]["hsi"] |= {"held": [], "in_use": [], "as_of": None}
    manifest["agencies"]["eousa"] |= {"is_late": True}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert state.late_lines(load(tmp_path / "edition")) == [
        "EOUSA: no delivery for longer than its 31 days, figures as of 2026-09-30",
        "HSI: no good delivery yet, figures are not reported",
    ]


def test_missing_table_says_what_to_do(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "edition")
    (tmp_path / "edition" / "tables" / "fates.parquet").unlink()
    with pytest.raises(EditionError, match="no table fates"):
        load(tmp_path / "edition")
    with pytest.raises(EditionError, match="manifest"):
        load(tmp_path)


def test_sections_are_named_after_their_pages(edition):
    keys = [s.key for s in SECTIONS]
    assert keys[0] == "brief"
    assert len(keys) == len(set(keys))
