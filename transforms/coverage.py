"""Coverage: which districts an agency's records come from, year by year, told in words and never in counts.

In: the staging views and the data date of every agency. Out: table `coverage`: each agency, district and fiscal year
with `none`, `few`, `low`, `usual` or `high`. Few is under the threshold of disclosure control; nothing finer is said of
it, and each weighs alike in what is usual: the median of the district's own years that have records. Low is under half
of it, high over twice.

Records of the public docket alone are counted. All kinds together would be an upper limit of each, and less the cases
that are published one of the matters that are hidden. An agency that sends nothing of the public docket is told by what
it sends: no table counts it by district.
"""

import datetime as dt

import duckdb
import pandas as pd

from sources.contract import agencies
from sources.facts import districts
from sources.schema import tables
from transforms.staging import literal

COLUMNS = ["agency", "district", "fiscal_year", "level"]
LOW, HIGH = 0.5, 2.0


def coverage(
    con: duckdb.DuckDBPyConnection, as_of: dict[str, dt.date], first_fiscal_year: int, threshold: int
) -> pd.DataFrame:
    """One row an agency, district and fiscal year, from the first year that is published to that of the data date."""
    dates = ", ".join(f"({literal(key)}, date {literal(str(day))})" for key, day in sorted(as_of.items()))
    codes = ", ".join(map(literal, sorted(districts())))
    if not dates:
        return pd.DataFrame(columns=COLUMNS)
    return con.execute(f"""
with record as ({_records()}),
agency as (select * from (values {dates}) as t(agency, as_of) semi join record using (agency)),
counted as (
    select agency, district, year(day + interval 3 month) as fiscal_year, count(*) as n from record group by all
),
grid as (
    select agency, as_of, district, fiscal_year,
        least(1, date_diff('day', make_date(fiscal_year - 1, 10, 1), as_of + 1) / 365.0) as elapsed
    from agency, unnest([{codes}]) as d(district),
        unnest(range({first_fiscal_year}, year(as_of + interval 3 month) + 1)) as y(fiscal_year)
),
yearly as (
    select grid.agency, district, fiscal_year, coalesce(n, 0) as records, records / elapsed as n
    from grid left join counted using (agency, district, fiscal_year)
),
usual as (
    select agency, district, median(case when records < {threshold} then {threshold} - 1 else n end) as usual
    from yearly where n > 0 group by all
)
select agency, district, fiscal_year, case when n = 0 then 'none' when records < {threshold} then 'few'
    when n < {LOW} * usual then 'low'
    when n > {HIGH} * usual then 'high' else 'usual' end as level
from yearly left join usual using (agency, district)
order by agency, district, fiscal_year""").df()


def _records() -> str:
    """Agency, district and day of every record that has both: of the public docket where the agency sends such."""
    dated = [t for t in tables().values() if t.event_date and "district" in t.columns]
    is_public = {t.name: t.columns[str(t.event_date)].tier == "public_docket" for t in dated}
    on_docket = [key for key, agency in agencies().items() if any(is_public.get(c.feeds) for c in agency.contracts)]
    left_out = f" and agency not in ({', '.join(map(literal, on_docket))})"
    return "\nunion all\n".join(
        f"select agency, district, {t.event_date} as day from staging.{t.name}"
        f" where district is not null and {t.event_date} is not null{'' if is_public[t.name] else left_out}"
        for t in dated
    )
