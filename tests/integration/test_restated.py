"""A definition that changed, a late record, a corrected, a withdrawn and a new one at once: each to the unit.

The cases are counted by hand in `released`. After the release a case counts only if it has two defendants or more.
"""

import re
import shutil
from contextlib import contextmanager
from html import unescape

import pandas as pd
import pytest

from pipelines import edition, gate, past, version
from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from sources.contract import agencies
from tests.integration.released import FIRST, KNOWN_NOW, SECOND
from tests.world import collection_of, digests
from transforms.changes import CAUSES
from transforms.metric import Change, Part, metrics

HEADINGS = ["As released", "Now", "New", "Late", "Corrected", "Withdrawn", "Definition", "Defined otherwise"]


@contextmanager
def two_or_more():
    """A case counts only if it has two defendants or more, and the version of the code is another one."""
    old, known = metrics()["cases_filed"], version._digest
    change = Change(date="2026-12", what="two defendants or more", why="schemes are what is asked for")
    new = old.model_copy(update={
        "numerator": Part(says="cases with two defendants or more", sql="n_defendants >= 2"),
        "changed": [*old.changed, change],
    })  # fmt: skip

    def other(places, kinds=version.KINDS):
        return known(places, kinds)[::-1] if places == version.COUNTING else known(places, kinds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(metrics(), "cases_filed", new)
        patch.setattr(version, "_digest", other)
        yield


def copied(left, place):
    return Workspace(shutil.copytree(left[0].root, place, symlinks=True))


@pytest.fixture
def released(left, tmp_path):
    """A copy of the workspace whose edition was released."""
    return copied(left, tmp_path / "w")


@pytest.fixture(scope="module")
def moved(left, tmp_path_factory):
    """A copy of it after the next delivery and the other definition."""
    made = copied(left, tmp_path_factory.mktemp("moved") / "w")
    collection_of(made.landing / "htd" / SECOND, KNOWN_NOW)
    with two_or_more():
        refresh(made)
    return made, left[1]


def restated(made):
    return pd.read_parquet(made.current() / "tables" / "restated.parquet")


def row(frame, metric, period, area="ALL"):
    (found,) = frame[
        (frame["metric"] == metric) & (frame["period"] == period) & (frame["area"] == area)
        & (frame["scope"] == "chapter77")
    ].to_dict("records")  # fmt: skip
    return [int(found[c]) for c in ("before", "after", *CAUSES, "definition")]


def printed(page, key, label):
    """The rows of every table of a figure, by the text of their first two cells."""
    figure = page[page.index(f'id="{key}"') :]
    figure = figure[figure.index(label) : figure.index('class="card"')]
    rows = re.findall(r'<th scope="row">(.*?)(?=<tr|</tbody>)', figure, flags=re.DOTALL)
    cells = [[unescape(re.sub(r"<[^>]*>", "", c)).strip() for c in re.split(r"<td[^>]*>", r)] for r in rows]
    return {tuple(r[:2]): r[2:] for r in reversed(cells)}  # of two views that hold a count the first printed


def test_each_under_its_heading_on_the_page_to_the_unit(moved):
    made, release = moved
    frame = restated(made)
    #                                              released, now, new, late, corrected, withdrawn, definition
    assert row(frame, "cases_filed", "FY2012") == [7, 4, 0, 1, -1, -1, -2]
    assert row(frame, "cases_filed", "FY2012 Q2") == [7, 3, 0, 0, -1, -1, -2]
    assert row(frame, "cases_filed", "FY2018") == [1, 2, 1, 0, 0, 0, 0]
    assert row(frame, "defendants_charged", "FY2012") == [14, 11, 0, 2, -2, -3, 0]
    parts = frame[[*CAUSES, "definition"]].sum(axis=1)
    assert (frame["before"] + parts == frame["after"]).all() and set(frame["release"]) == {release}

    page = (made.report / "changes.html").read_text()
    label = "Chapter 77, HumanTraffickingData.org, by fiscal year"
    heads = page[page.index('id="restated"') :]
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)', heads[heads.index(label) :])[2:10] == HEADINGS
    rows = printed(page, "restated", label)
    by_two = "the measure"
    assert rows["Cases filed, FY2012", "All districts"] == ["7", "4", "0", "+1", "-1", "-1", "-2", by_two]
    assert rows["Cases filed, FY2018", "All districts"] == ["1", "2", "+1", "0", "0", "0", "0", ""]
    assert rows["Defendants charged, FY2012", "All districts"] == ["14", "11", "0", "+2", "-2", "-3", "0", ""]
    assert "1 definition differs from those of the release" in page
    assert "2026-12: two defendants or more (schemes are what is asked for)" in page


def test_every_count_that_differs_from_the_release_is_there_and_no_other(moved):
    made, release = moved
    frame = restated(made).set_index("id")
    then, now = (
        pd.read_parquet(folder / "tables" / "cells.parquet").set_index("id")
        for folder in (made.releases / release, made.current())
    )
    public = [n for n, m in metrics().items() if (m.kind, m.method, m.tier) == ("count", "rows", "public_docket")]
    both = then[["metric", "area_kind", "period_kind", "value"]].join(now["value"].rename("now"), how="inner")
    both = both[both["metric"].isin(public) & both["area_kind"].isin(["nation", "group"])]
    both = both[both["period_kind"].isin(["fy", "quarter"])]
    differ = both[both["value"] != both["now"]]
    assert len(differ) > 20 and set(differ.index) <= set(frame.index)
    assert (frame.loc[differ.index, "after"] == differ["now"]).all()
    cancel = frame.drop(index=differ.index)
    assert (cancel["before"] == cancel["after"]).all() and (cancel[[*CAUSES, "definition"]] != 0).any(axis=1).all()


@pytest.mark.slow
def test_a_definition_alone_moves_nothing_under_the_other_headings(released):
    with two_or_more():
        refresh(released)
    frame = restated(released)
    assert len(frame) and set(frame["metric"]) == {"cases_filed"} and set(frame["because"]) == {"the measure"}
    assert (frame[list(CAUSES)] == 0).all(axis=None)
    assert row(frame, "cases_filed", "FY2012") == [7, 5, 0, 0, 0, 0, -2]


@pytest.mark.slow
def test_a_district_that_the_study_moves_moves_groups_and_not_the_nation(released):
    text = released.study.read_text()
    released.study.write_text(text.replace("districts: [GAN,", "districts: [CO, GAN,"))
    refresh(released)
    frame = restated(released)
    assert row(frame, "cases_filed", "FY2014", "phase_1") == [0, 1, 0, 0, 0, 0, 1]
    assert row(frame, "defendants_charged", "FY2014", "other") == [2, 0, 0, 0, 0, 0, -2]
    assert (frame["area"] != "ALL").all() and set(frame["because"]) == {"the study"}


def replace_the_bytes(made):
    shutil.rmtree(made.landing / "htd" / FIRST)
    collection_of(made.landing / "htd" / FIRST, {n: case for n, case in KNOWN_NOW.items() if n != 102})


@pytest.mark.slow
def test_bytes_that_were_replaced_are_not_blamed_on_a_definition(released):
    replace_the_bytes(released)
    refresh(released)
    frame = restated(released)
    assert len(frame) and frame[[*CAUSES, "definition"]].isna().all(axis=None) and set(frame["because"]) == {""}
    assert "not in the store any more" in (released.report / "changes.html").read_text()


def test_a_manifest_that_does_not_say_which_bytes_it_had_names_no_records(moved):
    made, _ = moved
    manifest = edition.read(made.current())
    assert past.used_by(made, manifest)
    for agency in manifest["agencies"].values():
        del agency["digests"]
    assert past.used_by(made, manifest) is None


def test_a_release_whose_bytes_are_gone_names_no_records(released):
    manifest = edition.read(released.current())
    assert past.used_by(released, manifest)
    replace_the_bytes(released)
    gate.receive(released, agencies()["htd"])
    assert past.used_by(released, manifest) is None


@pytest.mark.slow
def test_the_edition_made_before_is_no_input(moved, released):
    """A workspace that had another edition in between comes to the bytes of one that had none."""
    collection_of(released.landing / "htd" / SECOND, KNOWN_NOW)
    between = refresh(released).edition  # by the old definition
    with two_or_more():
        name = refresh(released).edition
    assert moved[0].current().name == name != between
    assert digests(released.editions / name) == digests(moved[0].editions / name)
