"""A number that must not leave is nowhere in a site: not in a sentence, a chart, a table or a download."""

import io
import re
import zipfile

import pandas as pd
import pytest

from pipelines import edition, releases
from reports.build import build
from sources.errors import EditionError
from sources.facts import districts
from tests import edition as invented
from transforms.disclosure import Exposure, Rule

FY2025 = slice(84, 88)
SMALL = 5
LARGE = {"OHN": 97907, "NYS": 97919}  # of whom one must hide with the small count, for the nation is known


def plant(scope, counts):
    """In the last final year matters came in from three districts alone."""
    codes, matters = list(districts()), counts["matters_received"]
    matters[:, FY2025] = 0
    for code, n in {"GAN": SMALL, **LARGE}.items():
        matters[codes.index(code), FY2025.start] = n


def made(folder, **rule):
    edition = invented.write(folder, plant=plant, rule=Rule(**rule))
    build(edition, edition / "site")
    return edition


def files(folder):
    """(name, text) of every file that can be read, those inside archives too."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            yield path.name, pd.read_parquet(path).to_csv(index=False)
        elif path.suffix in {".xlsx", ".zip"}:
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                yield path.name, "".join(archive.read(n).decode() for n in archive.namelist())
        elif path.is_file() and path.name != "plotly.min.js":
            yield path.name, path.read_text(encoding="utf-8")


def holding(folder, number):
    """Names of the files that hold a number, with or without a comma."""
    written = re.compile(rf"(?<![\w.])(?:{number}|{number:,})(?!\d)")
    return {name for name, text in files(folder) if written.search(text)}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    return made(tmp_path_factory.mktemp("guarded") / "2026-09-30-guarded")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The same truth; only the small counts themselves are hidden."""
    return made(tmp_path_factory.mktemp("bare") / "2026-09-30-bare00", complementary=False)


def hidden(edition):
    cells = pd.read_parquet(edition / "tables" / "cells.parquet").query("metric == 'matters_received'")
    return set(cells[(cells["period"] == "FY2025") & (cells["status"] == "suppressed")]["area"])


def test_a_count_that_hides_for_another_is_nowhere_in_the_site(guarded, bare):
    gone = [n for code, n in LARGE.items() if code in hidden(guarded)]
    assert gone and not set(LARGE) & hidden(bare)
    for number in gone:
        assert holding(guarded, number) == set()
        shown = holding(bare, number)  # where it would have stood
        assert {"index.html", "trends.html", "funnel.html", "matters_received.csv", "palermo.xlsx", "cells.csv.zip",
                "cells.parquet"} <= shown  # fmt: skip


def test_the_attacker_finds_the_planted_count_without_complementary_suppression_and_nothing_with_it(guarded, bare):
    assert found(guarded) == []
    received = [e for e in found(bare) if e.metric == "matters_received" and e.period == "FY2025"]
    planted = [e for e in received if e.area in {"GAN", "phase_1"}]
    assert {(e.lowest, e.highest) for e in planted} == {(SMALL, SMALL)}


def found(edition) -> list[Exposure]:
    import yaml

    from transforms.disclosure import attack
    from transforms.metric import metrics
    from transforms.study import Study, default_text

    cells = pd.read_parquet(edition / "tables" / "cells.parquet")
    tiers = {name: m.tier for name, m in metrics().items()}
    return attack(cells, tiers, Rule(), Study(**yaml.safe_load(default_text())).group_of)


def test_a_whole_report_is_released_only_when_the_attacker_finds_nothing(guarded, bare, tmp_path):
    place = releases.release(guarded, edition.read(guarded), tmp_path / "out", "data owner")
    assert (place / "site" / "index.html").is_file() and (place / "release.json").is_file()
    with pytest.raises(EditionError, match="not released"):
        releases.release(bare, edition.read(bare), tmp_path / "out", "data owner")
    assert [p.name for p in (tmp_path / "out").iterdir()] == [guarded.name]
