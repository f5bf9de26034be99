"""Re-links: records that two views of the same programme hold and link otherwise.

In: tables `record`, `link` of a connection (as it stands) and `record_before`, `link_before` (an earlier view). Out:
rows of the ledger: source, key, kind (joined, left or moved), matter before and after, probability.
"""

import datetime as dt

import duckdb
import pandas as pd

COLUMNS = ["source", "record_key", "kind", "matter_before", "matter_after", "since", "until"]
MOVES = """
with known as (select record_key, source from record semi join record_before using (record_key)),
was as (select key_l, key_r from link_before where probability >= {cut}),
now as (select key_l, key_r from link where probability >= {cut})
select known.source, known.record_key,
    case when was.key_r is null then 'joined' when now.key_r is null then 'left' else 'moved' end as kind,
    was.key_r as matter_before, now.key_r as matter_after
from known left join was on known.record_key = was.key_l left join now on known.record_key = now.key_l
where was.key_r is distinct from now.key_r
order by known.source, known.record_key
"""


def relinked(con: duckdb.DuckDBPyConnection, cut: float, since: dt.date, until: dt.date) -> pd.DataFrame:
    """Records that both views know and that join a matter, leave one or move to another one."""
    found = con.execute(MOVES.format(cut=cut)).df()
    return found.assign(since=since.isoformat(), until=until.isoformat())[COLUMNS]
