"""A secret in every identifier column of every agency's export is in no artefact, other texts only inside the store."""

import logging
import re
import shutil
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipelines import workspace
from pipelines.commands.check import check
from pipelines.commands.explain import explain
from pipelines.commands.status import status
from pipelines.refresh import refresh
from sources.contract import agencies
from sources.landing import candidates, read_delivery
from tests.integration.planted import IDENTIFIER, TEXT, plant
from tests.world import collection

FIXTURES = Path(__file__).parents[1] / "fixtures"
CODES = re.compile(r"unknown codes in .*")  # whoever holds the file is told its unknown codes, on the screen alone
SHORT = 5  # fields of a fixed-width record cut a secret off
INSIDE = ("store/deliveries", "store/past", "store/warehouse.duckdb")  # rows of records, which stay in the store


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A workspace with its run history, and every agency's awkward fixture with the secrets in it."""
    made = workspace.init(tmp_path_factory.mktemp("secret") / "w", is_invented=True)
    n = 0
    for key, agency in agencies().items():
        landing = made.landing / key
        shutil.copytree(FIXTURES / key, landing, ignore=shutil.ignore_patterns("expected.yml"), dirs_exist_ok=True)
        [(name, root, paths)] = candidates(agency, landing)
        n += plant(agency, read_delivery(agency, name, root, paths))
    assert n > 40
    collection(made.landing / "htd" / "2018-09-30", n_cases=80)
    return made


def texts(root: Path):
    """(path below a folder, everything that stands in it) of every file, unpacked."""
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
        place, data = path.relative_to(root).as_posix(), path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            data += repr(table.schema.names).encode() + repr(table.to_pylist()).encode()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                data += b"".join(archive.read(name) for name in archive.namelist())
        yield place, data + place.encode()


@pytest.mark.slow
def test_no_identifier_is_anywhere_and_no_text_of_a_record_outside_the_store(planted, caplog, capfd, tmp_path):
    caplog.set_level(logging.DEBUG)
    outcome = refresh(planted)
    told = []
    for key in agencies():
        [(_, root, paths), *_] = candidates(agencies()[key], planted.landing / key)
        file = root if agencies()[key].delivery == "folder" else paths[0]
        result = CliRunner().invoke(check, [str(file), "--agency", key, "--return-sheet", str(tmp_path / "sheets")])
        told.append(CODES.sub("", result.output) + repr(result.exception or ""))
    told.append(CliRunner().invoke(status, [str(planted.root), "--json"]).output)
    address = f"htd/cases_filed/listed/ALL/FY2012@{outcome.edition}"
    told.append(CliRunner().invoke(explain, [address, "--workspace", str(planted.root)]).output)
    assert all(told) and caplog.text
    seen = capfd.readouterr()
    told += [caplog.text, seen.out, seen.err, repr(outcome)]
    assert not [text[:200] for text in told if IDENTIFIER[:SHORT] in text or TEXT[:SHORT] in text]

    found = dict(texts(planted.root)) | {f"sheets/{k}": v for k, v in texts(tmp_path / "sheets")}
    landed = [place for place, data in found.items() if IDENTIFIER[:SHORT].encode() in data]
    assert len(landed) > 20 and all(place.startswith("landing/") for place in landed), landed
    spoilt = [place for place, data in found.items() if TEXT[:SHORT].encode() in data]
    assert any(place.startswith("store/deliveries") for place in spoilt), "the search finds nothing"
    assert [p for p in spoilt if not p.startswith(("landing/", *INSIDE))] == []
    assert any(place.startswith("store/dagster/") for place in found)
    assert any(place.startswith("returns/") for place in found)
