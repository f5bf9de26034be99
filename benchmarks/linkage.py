"""Linkage at the size of a nation: records of agencies against as many matters, in memory, from Parquet to links.

Size 1 is 125,000 records on each side, so 8 is a million. The records are invented: a matter has a district, a day of
thirty years, a statute, subjects and an agency; of the agency's records 70 % carry the number, days are off by up to
four weeks in 40 %, subjects in 15 %, statutes in 8 %. `pairs alone` is what is joined
before the model learns and scores. Precision and recall at the middle threshold are told on standard error.
"""

import sys
from pathlib import Path

import duckdb

from benchmarks import Bar
from transforms.linkage import links, passes
from transforms.linkage.plan import plan

TITLE = "Records of agencies to matters"
AT_ONE = 125_000
MATTERS = """
create temp table matter as
with drawn as (
    select i, hash(i, 'district') % 94 as d, (hash(i, 'day') % 10950)::int as day,
        hash(i, 'statute') % 1000 / 1000.0 as s, hash(i, 'subjects') % 1000 / 1000.0 as n, hash(i, 'agency') % 3 as a
    from range({n}) as t(i)
)
select i, 'D' || d as district, 'D' || d || '-' || i as number, date '1995-10-01' + day as received_on,
    case when s < 0.5 then '18:1591' when s < 0.65 then '18:1589' when s < 0.8 then '18:1594'
        when s < 0.9 then '18:2421' else '8:1324' end as statute,
    case when n < 0.52 then 1 when n < 0.75 then 2 when n < 0.84 then 3
        else 4 + (hash(i, 'many') % 12)::int end as n_subjects,
    case a when 0 then '+fbi' when 1 then '+hsi' else '+fbi+hsi' end as agencies, hash(i, 'which') % 2 as which
from drawn
"""
RECORDS = """
create temp table said as
select 'eousa' as source, 'eousa/' || number as record_key, district, number as matter_number,
    received_on as referred_on, statute, n_subjects, agencies
from matter
union all
select substr(agency, 2), substr(agency, 2) || '/' || md5(number), district,
    case when hash(i, 'known') % 10 < 7 then number end,
    received_on + case when hash(i, 'off') % 10 < 4 then (hash(i, 'days') % 57)::int - 28 else 0 end,
    case when hash(i, 'other') % 100 < 8 then '18:371' else statute end,
    n_subjects + case when hash(i, 'miscount') % 100 < 15 then 1 else 0 end, agency
from (
    select *, case when agencies <> '+fbi+hsi' then agencies when which = 0 then '+fbi' else '+hsi' end as agency
    from matter
)
"""
RECORD = """
select * replace (cast(n_subjects as bigint) as n_subjects), cast(null as varchar) as docket_number,
    cast(null as date) as taken_up_on, cast(null as date) as filed_on
from said order by record_key
"""
TRUTH = "select 'eousa/' || number as matter, md5(number) as ref from matter"
JUDGED = """
select avg(cast(matter = key_r as integer)), sum(cast(matter = key_r as integer)) / (select count(*) from '{truth}')
from link inner join '{truth}' on ref = split_part(key_l, '/', 2) where probability >= {cut}
"""


def prepare(folder: Path, size: float) -> int:
    """The records and the truth; returns the bytes of the records."""
    with duckdb.connect() as con:
        con.execute(MATTERS.format(n=round(size * AT_ONE)))
        con.execute(RECORDS)
        con.execute(f"copy ({RECORD}) to '{folder}/record.parquet'")
        con.execute(f"copy ({TRUTH}) to '{folder}/truth.parquet'")
    return (folder / "record.parquet").stat().st_size


def warm(folder: Path) -> None:
    """Splink is loaded with this module."""


def _records(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection as a refresh links on: one thread, so that sums are the same."""
    con = duckdb.connect(config={"threads": 1})
    con.execute(f"create temp table record as select * from '{folder}/record.parquet'")
    con.execute("create temp table decision (key_l varchar, key_r varchar, is_same boolean)")
    return con


def _palermo(folder: Path) -> int:
    with _records(folder) as con:
        links.find(con, plan())
        judged = JUDGED.format(truth=folder / "truth.parquet", cut=plan().thresholds["middle"])
        precision, recall = con.execute(judged).fetchall()[0]
        print(f"precision {precision:.4f}, recall {recall:.4f}", file=sys.stderr)
        return _count(con)


def _pairs(folder: Path) -> int:
    with _records(folder) as con:
        passes.run(con, plan())
        return _count(con)


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("select count(*) from record").fetchall()[0][0])


WAYS = {"palermo": _palermo, "pairs alone": _pairs}
BARS = [Bar("palermo", (), at_most=8192, of="mb")]
