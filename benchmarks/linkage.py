"""Linkage at the size of a nation: a million records of agencies against a million matters, in memory.

    python -m benchmarks.linkage 100000 1000000     # records on each side

The records are invented: a matter has a district, a year of thirty, a day, a statute, subjects and an agency; of the
agency's records 70 % carry the number, days are off by up to four weeks in 40 %, subjects in 15 %, statutes in 8 %.
Prints seconds, records a second, the highest memory of the process, and precision and recall at the middle threshold.
"""

import resource
import sys
import time

import duckdb

from transforms.linkage import links
from transforms.linkage.plan import plan

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
create temp table record as
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
TRUTH = "select 'eousa/' || number as matter, md5(number) as ref from matter"


def main(sizes: list[int]) -> None:
    """Print one line for each size."""
    print("records on each side   seconds   records / s   highest memory   precision   recall")
    for n in sizes:
        with duckdb.connect(config={"threads": 1}) as con:
            con.execute(MATTERS.format(n=n))
            con.execute(RECORDS)
            con.execute(
                "create or replace temp table record as select *, cast(null as varchar) as docket_number,"
                " cast(null as date) as taken_up_on, cast(null as date) as filed_on from record order by record_key"
            )
            con.execute("create temp table decision (key_l varchar, key_r varchar, is_same boolean)")
            begun = time.perf_counter()
            links.find(con, plan())
            seconds = time.perf_counter() - begun
            cut = plan().thresholds["middle"]
            kept, right = con.execute(
                f"select count(*), count(*) filter (where matter = key_r) from link"
                f" inner join ({TRUTH}) on ref = split_part(key_l, '/', 2) where probability >= {cut}"
            ).fetchall()[0]
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(
                f"{n:>20,} {seconds:>9.1f} {2 * n / seconds:>13,.0f} {memory:>13.2f} GB"
                f" {right / kept:>11.4f} {right / n:>8.4f}"
            )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100_000])
