"""The counting rules of the published national series of LIONS, on a small dump that was counted by hand.

The rules, as the data set beside the checkout follows them (its README; EOUSA, National Caseload Data, FAQ):
1. A case is a criminal matter (class R) with a filing in district court and a named investigative agency.
2. A case is dated by its first filing in district court; a later one is no new case. So are all of its defendants.
3. It is terminated in the month in which the last of its district-court stages that has ended did.
4. Then every defendant takes the disposition of the case: GT, NC and GD are guilty, NG is not guilty, DM and DJ are
   dismissed, TR and RE are transfers by Rule 20 or 21, all else is other.
"""

import datetime as dt

import duckdb
import pandas as pd
import pytest

from sources.contract import agencies
from sources.landing import candidates, read_delivery
from sources.readers import keyed_hash
from sources.schema import tables
from sources.synthetic.delivery import LionsDelivery
from sources.synthetic.lions import FILLED, LINE, day_text
from tests.conftest import public_data
from transforms.in_use import Feed, staging_view_sql
from transforms.intake import take_in
from transforms.model import models, upstream

DAY = dt.date(2012, 9, 30)
COLUMNS = [
    "cases_filed", "defendants_filed", "cases_terminated", "defendants_terminated", "guilty", "not_guilty",
    "dismissed", "rule_20_21", "other",
]  # fmt: skip
# case, class, agency, defendants, stages: (court, filed, disposition, disposed)
CASES = [
    ("plain", "R", "FBIS", 2, [("DC", "2011-10-03", "GT", "2012-03-15")]),
    (
        "superseded",
        "R",
        "FBIS",
        1,
        [("DC", "2011-10-20", "NW", "2011-12-01"), ("DC", "2011-12-01", "NC", "2012-03-20")],
    ),
    ("acquitted", "R", "ICES", 1, [("MG", "2011-09-02", "", ""), ("DC", "2011-11-07", "NG", "2012-04-02")]),
    ("dropped", "R", "FBIS", 3, [("DC", "2011-11-09", "DM", "2012-04-30")]),
    ("moved", "R", "LABR", 1, [("DC", "2011-11-30", "TR", "2012-04-11")]),
    ("joined", "R", "LABR", 1, [("DC", "2011-12-05", "OC", "2012-05-01")]),
    ("open", "R", "FBIS", 4, [("DC", "2011-12-31", "", "")]),
    ("no agency", "R", "", 5, [("DC", "2011-10-10", "GT", "2012-03-01")]),
    ("civil", "V", "FBIS", 6, [("DC", "2011-10-10", "DJ", "2012-03-01")]),
    ("magistrate only", "R", "FBIS", 7, [("MG", "2011-10-11", "DM", "2011-10-30")]),
    ("declined", "R", "FBIS", 8, []),
]
BY_HAND = {
    "2011-10-01": (2, 3, 0, 0, 0, 0, 0, 0, 0),  # plain, superseded
    "2011-11-01": (3, 5, 0, 0, 0, 0, 0, 0, 0),  # acquitted, dropped, moved
    "2011-12-01": (2, 5, 0, 0, 0, 0, 0, 0, 0),  # joined, open; the superseding stage is no new case
    "2012-03-01": (0, 0, 2, 3, 3, 0, 0, 0, 0),  # plain, superseded: not when the first stage gave way
    "2012-04-01": (0, 0, 3, 5, 0, 1, 3, 1, 0),  # acquitted, dropped, moved
    "2012-05-01": (0, 0, 1, 1, 0, 0, 0, 0, 1),  # joined
}


def day(text):
    return day_text(dt.date.fromisoformat(text).toordinal()) if text else ""


def line(table, **values):
    return LINE[table] % tuple(values.get(column, "") for column in FILLED[table].split())


def write(folder):
    """The dump, in the official layout, with its own README."""
    dump = LionsDelivery(folder, DAY, is_zipped=False)
    dump.start_district("GAN")
    for number, (_, kind, agency, n_defendants, stages) in enumerate(CASES, 1):
        at = {"DISTRICT": "GAN", "CASEID": f"20110000{number:02d}"}
        received = {"RECVD_DATE": day("2011-08-01"), "SYS_INIT_DATE": day("2011-08-02")}
        dump.write("GS_CASE", line("GS_CASE", DISTRICT="GAN", ID=at["CASEID"], CLASS=kind, STATUS="A", **received))
        who = [("A", "IN", agency)] if agency else []
        for n, (type_, role, code) in enumerate([*who, *[("I", "D", "")] * n_defendants], 1):
            dump.write("GS_PARTICIPANT", line("GS_PARTICIPANT", **at, ID=n, TYPE=type_, ROLE=role, AGENCY=code))
        for n, (court, filed, disposition, disposed) in enumerate(stages, 1):
            ends = {"DISPOSITION": disposition, "DISP_DATE": day(disposed)}
            dump.write("GS_COURT_HIST", line("GS_COURT_HIST", **at, ID=n, COURT=court, FILING_DATE=day(filed), **ends))
    dump.finish()


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """The national months of the dump, read, staged and counted as in a refresh."""
    root, agency = tmp_path_factory.mktemp("dump"), agencies()["eousa"]
    write(root / "landing" / DAY.isoformat())
    [(name, place, paths)] = candidates(agency, root / "landing")
    with duckdb.connect() as con:
        take_in(con, agency, read_delivery(agency, name, place, paths), root / "out", keyed_hash(b"k"))
        con.execute("create schema staging; create schema core; create schema mart")
        above = upstream(["mart.criminal_month"])
        feeds = [
            Feed("eousa", agency.mode, c, path, DAY, name)
            for c in agency.contracts
            if (path := root / "out" / "staged" / f"{c.name}.parquet").is_file()
        ]
        for table in (tables()[key.removeprefix("staging.")] for key in above if key.startswith("staging.")):
            con.execute(staging_view_sql(table, [f for f in feeds if f.contract.feeds == table.name]))
        for model in (model for model in models() if model.key in above):
            model.build(con)
        yield con.execute("select * from mart.criminal_month order by starts_on").df().set_index("starts_on")


def test_months_are_those_counted_by_hand(months):
    assert list(months) == COLUMNS
    got = {str(at.date()): tuple(int(n) for n in row) for at, row in zip(months.index, months.to_numpy(), strict=True)}
    assert got == BY_HAND


def test_every_terminated_defendant_has_one_outcome(months):
    assert (months[COLUMNS[4:]].sum(axis=1) == months["defendants_terminated"]).all()


@pytest.mark.real_data
def test_the_published_series_has_the_same_columns_and_adds_up_in_the_same_way():
    sent = pd.read_csv(public_data("eousa_lions_national_monthly") / "agency_monthly.csv.gz")
    nation = sent[(sent["department"] == "ALL") & (sent["subagency"] == "ALL") & (sent["occ"] == "lead")]
    assert [c for c in nation if c in COLUMNS] == COLUMNS
    assert (nation[COLUMNS[4:]].sum(axis=1) == nation["defendants_terminated"]).all()
    fy2011 = nation[nation["ym"].between("2010-10", "2011-09")]
    assert (fy2011["cases_filed"].sum(), fy2011["defendants_filed"].sum()) == (66_676, 95_872)
    assert round(fy2011["guilty"].sum() / fy2011["defendants_terminated"].sum(), 4) == 0.9516
