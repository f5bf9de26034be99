"""Re-links: records that two views of the same programme hold and link otherwise.

In: tables `known`, `found` of a connection (as it stands) and `known_before`, `found_before` (an earlier view), as
`links.view` makes them. Out: rows of the ledger: level, source, key, kind (joined, left or moved), key of the cluster
before and after. Clusters keep their keys, those of records of the hub, so what merges or splits are their members.
"""

import datetime as dt

import duckdb
import pandas as pd

COLUMNS = ["level", "source", "record_key", "kind", "before", "after", "since", "until"]
MOVES = """
with kept as (select level, record_key, source from known semi join known_before using (level, record_key)),
was as (select level, key_l as record_key, key_r from found_before where probability >= {cut}),
now as (select level, key_l as record_key, key_r from found where probability >= {cut})
select kept.level, kept.source, kept.record_key,
    case when was.key_r is null then 'joined' when now.key_r is null then 'left' else 'moved' end as kind,
    was.key_r as before, now.key_r as after
from kept left join was using (level, record_key) left join now using (level, record_key)
where was.key_r is distinct from now.key_r
order by kept.level, kept.source, kept.record_key
"""


def relinked(con: duckdb.DuckDBPyConnection, cut: float, since: dt.date, until: dt.date) -> pd.DataFrame:
    """Records that both views know and that join a cluster, leave one or move to another one."""
    found = con.execute(MOVES.format(cut=cut)).df()
    return found.assign(since=since.isoformat(), until=until.isoformat())[COLUMNS]
