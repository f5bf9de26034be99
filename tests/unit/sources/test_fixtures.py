"""Every agency has an awkward delivery, and what becomes of each of its records is written beside it.

To add an agency is to add its contract and such a fixture; nothing here or elsewhere names one.
"""

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from sources.contract import Agency, agencies, load
from sources.landing import candidates, read_delivery
from sources.readers import keyed_hash
from transforms.intake import take_in

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures"
PACKAGES = ("sources", "transforms", "expectations", "reports", "pipelines")


def became(agency: Agency, landing: Path, out: Path) -> dict[str, dict[str, object]]:
    """What became of the records of an agency's one delivery, by contract."""
    [(name, root, paths)] = candidates(agency, landing)
    found: dict[str, dict[str, object]] = {}
    with duckdb.connect() as con:
        intake = take_in(con, agency, read_delivery(agency, name, root, paths), out, keyed_hash(b"k"))
        assert intake.total("read") == sum(intake.total(f) for f in ("staged", "quarantined", "skipped")) > 0
        for contract in agency.contracts:
            path = out / "{}" / f"{contract.name}.parquet"
            (staged,) = con.execute(f"select count(*) from '{str(path).format('staged')}'").fetchone()
            fates = con.execute(f"select file, line, why from '{str(path).format('fates')}' order by 1, 2").fetchall()
            found[contract.name] = {"staged": staged}
            if fates:
                found[contract.name]["fates"] = [f"{file.split('/')[-1]} line {n}: {why}" for file, n, why in fates]
            if contract.name in intake.unparsed:
                found[contract.name]["unparsed"] = intake.unparsed[contract.name]
    return found


@pytest.mark.parametrize("agency", agencies().values(), ids=agencies().keys())
def test_every_record_of_the_awkward_delivery_meets_its_fate(agency, tmp_path):
    landing = FIXTURES / agency.key
    assert landing.is_dir(), f"{agency.key} has a contract and no fixture in tests/fixtures/{agency.key}"
    visible = tmp_path / "landing"
    shutil.copytree(landing, visible, ignore=shutil.ignore_patterns("expected.yml"))
    expected = yaml.safe_load((landing / "expected.yml").read_text("utf-8"))
    assert became(agency, visible, tmp_path / "out") == expected


def test_every_table_of_the_staging_layer_is_fed_by_a_fixture():
    from sources.schema import tables

    assert {c.feeds for a in agencies().values() for c in a.contracts} == set(tables())


def test_another_county_is_a_folder_of_contracts_and_a_delivery_and_no_code(tmp_path):
    """Lake County sends the same counts under other names: two YAML files say so."""
    folder = tmp_path / "lake_county"
    folder.mkdir()
    (folder / "agency.yml").write_text("label: Lake County\nname: Lake County\nmode: replace\ndelivery: folder\n")
    (folder / "counts.yml").write_text("""
feeds: disposition_count
file: {format: csv, glob: "counts*.txt", delimiter: "|", header_row: 0}
columns:
  jurisdiction: {value: US-IL-17097}
  record_ref: {value: "{file}:{line}"}
  district: {value: ILN, codes: districts.abbreviation}
  year: {from: Yr}
  outcome: {from: Result, codes: {"P": CONVICTED_PLEA, "D": DISMISSED}}
  n_defendants: {from: N}
ignored: {Clerk: never read}
""")
    landing = tmp_path / "landing" / "2026-09-30"
    landing.mkdir(parents=True)
    (landing / "counts_2026.txt").write_text("Lake County\n\nYr|Result|N|Clerk\n2020|P|7|x\n2021|Q|3|x\n2021|D|3|x\n")
    found = became(load(folder), tmp_path / "landing", tmp_path / "out")
    assert found == {"counts": {"staged": 2, "fates": ["counts_2026.txt line 5: disposition_count.outcome.code"]}}


def test_no_code_and_no_sql_names_the_county():
    named = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".sql"} and "cook_county" in path.read_text("utf-8")
    ]
    assert named == ["sources/synthetic/generate.py"]  # where its invented export is put
