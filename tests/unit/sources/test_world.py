"""One invented world in every agency's export: the same matters, each agency's own dates, codes and gaps."""

from pathlib import Path

import duckdb
import pytest

from sources.contract import agencies
from sources.errors import DeliveryError
from sources.landing import candidates, read_delivery
from sources.readers import keyed_hash
from sources.schema import tables
from sources.synthetic import generate
from transforms.in_use import Feed, staging_view_sql
from transforms.intake import Intake, take_in

LAST = "2026-09-30"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The world, taken in: a connection with the staging views, the intakes and the feeds."""
    out = tmp_path_factory.mktemp("world")
    generate(out, scale=0.05)
    con = duckdb.connect()
    con.execute("create schema staging")
    intakes: dict[tuple[str, str], Intake] = {}
    feeds: list[Feed] = []
    held: list[str] = []
    for key, agency in agencies().items():
        for name, root, paths in candidates(agency, out / "landing" / key):
            delivery = read_delivery(agency, name, root, paths)
            folder = out / "store" / key / delivery.key
            try:
                intakes[key, name] = take_in(con, agency, delivery, folder, keyed_hash(b"k"))
            except DeliveryError:
                held.append(f"{key} {name}")
                continue
            for contract in agency.contracts:
                path = folder / "staged" / f"{contract.name}.parquet"
                feeds.append(Feed(key, agency.mode, contract, path, delivery.as_of, delivery.key, name))
    attach(con, feeds)
    yield con, intakes, feeds, held
    con.close()


def attach(con, feeds: list[Feed]) -> None:
    for table in tables().values():
        con.execute(staging_view_sql(table, feeds))


def one(con, sql: str) -> tuple:
    return con.execute(sql).fetchone()


def test_every_record_of_every_delivery_is_accounted_for_and_one_delivery_is_held(world):
    _, intakes, _, held = world
    assert held == [f"hsi {LAST}"]
    assert {agency for agency, _ in intakes} == set(agencies()) - {"htd"}
    for intake in intakes.values():
        assert intake.total("read") == sum(intake.total(f) for f in ("staged", "quarantined", "skipped")) > 0


def test_every_agency_but_the_research_collection_feeds_its_tables(world):
    con, *_ = world
    empty = [t for t in tables() if one(con, f"select count(*) from staging.{t}") == (0,)]
    assert empty == ["case_record", "defendant_record"]


def test_a_zipped_dump_and_a_folder_give_the_same(world, tmp_path):
    import zipfile

    con, *_ = world
    generate(tmp_path, scale=0.01, n_deliveries=1)
    zipped = tmp_path / "landing" / "eousa" / "2026-07-31"
    plain = tmp_path / "plain"
    for path in zipped.glob("*.ZIP"):
        zipfile.ZipFile(path).extractall(plain / path.stem)
    agency = agencies()["eousa"]
    whys, counts = [], []
    for n, folder in enumerate((zipped, plain)):
        files = [p for p in folder.rglob("*") if p.is_file()]
        delivery = read_delivery(agency, "2026-07-31", folder, files)
        intake = take_in(con, agency, delivery, tmp_path / f"out{n}", keyed_hash(b"k"))
        whys.append(intake.why)
        counts.append([(t.contract, t.n_read, t.n_staged) for t in intake.tallies])
        for contract in agency.contracts:
            path = tmp_path / f"out{n}" / "staged" / f"{contract.name}.parquet"
            con.execute(f"create or replace temp table n{n}_{contract.name} as select * exclude file from '{path}'")
    assert whys[0] == whys[1] and counts[0] == counts[1]
    for contract in agency.contracts:
        assert one(con, f"select count(*) from (from n0_{contract.name} except all from n1_{contract.name})") == (0,)


def test_deliveries_in_any_order_give_the_same_rows(world):
    con, _, feeds, _ = world
    found = set()
    for order in (feeds, feeds[::-1], feeds[1:] + feeds[:1], feeds[::2] + feeds[1::2]):
        attach(con, order)
        rows = "select count(*), sum(hash(investigation_ref, learned_on, line)) from staging.investigation"
        found.add(con.execute(rows).fetchone())
    assert len(found) == 1


def test_the_courts_have_nearly_all_defendants_of_the_dump_once_as_a_filing(world):
    con, *_ = world
    (charged,) = one(
        con,
        """
        select count(distinct (p.district, p.matter_ref, p.participant_ref)) from staging.defendant_proceeding p
        join staging.proceeding c using (district, matter_ref, proceeding_ref) where c.court = 'DC'""",
    )
    filings, defendants, rows = one(
        con,
        """
        select count(*) filter (is_filing), count(distinct defendant_ref), count(*) from staging.court_defendant""",
    )
    assert filings == defendants
    assert 0.95 * charged < filings < charged
    assert rows > 1.5 * filings, "pending defendants return every year"


def test_statutes_of_the_courts_are_all_read_and_life_is_no_number(world):
    con, *_ = world
    unread, life, most = one(
        con,
        """
        select count(filing_statute_1) - count(filing_statute_1_section),
            count(*) filter (prison_term = 'LIFE' and prison_months is not null), max(prison_months)
        from staging.court_defendant""",
    )
    assert (unread, life) == (0, 0)
    assert 100 < most <= 960


def test_the_commission_has_sentences_by_its_own_districts_and_no_docket(world):
    con, *_ = world
    n, sentenced, districts = one(
        con,
        """
        select count(*), (select count(*) from staging.sentence), count(distinct district)
        from staging.sentenced_offender""",
    )
    assert 0.3 * sentenced < n < sentenced
    assert districts > 20


def test_investigations_and_subjects_join_by_the_hashed_number(world):
    con, *_ = world
    (alone,) = one(
        con,
        """
        select count(*) from staging.investigation_subject s
        anti join staging.investigation i on s.investigation_ref = i.investigation_ref and i.agency = 'hsi'""",
    )
    assert alone == 0


@pytest.mark.parametrize("table", ["investigation", "supported_matter"])
def test_the_matter_that_an_agency_names_is_in_the_dump_unless_it_was_mistyped(world, table):
    con, *_ = world
    named, found = one(
        con,
        f"""
        select count(usao_matter), count(m.matter_ref) from staging.{table} a
        left join staging.matter m on a.usao_matter = m.district || '-' || m.matter_ref""",
    )
    (without,) = one(con, f"select count(*) from staging.{table} where usao_matter is null")
    assert 0 < 0.95 * named <= found <= named
    assert without > 0, "some numbers are missing"


def test_labor_has_civil_actions_and_its_inspector_general_investigations(world):
    con, *_ = world
    assert one(con, "select count(*) > 50, min(n_violations) >= 0 from staging.compliance_action") == (True, True)
    assert one(con, "select count(*) > 5 from staging.investigation where agency = 'dol_oig'") == (True,)


def test_the_bytes_of_all_exports_repeat(tmp_path):
    for name in "ab":
        generate(tmp_path / name, scale=0.005)
    files = [
        {p.relative_to(tmp_path / name): p.read_bytes() for p in sorted((tmp_path / name).rglob("*")) if p.is_file()}
        for name in "ab"
    ]
    assert files[0] == files[1]
    assert {Path(p).parts[1] for p in files[0] if Path(p).parts[0] == "landing"} == set(agencies()) - {"htd"}
