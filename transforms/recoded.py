"""The recode detector over the warehouse: for each phase of a study, was it more cases or other coding?

In: a connection with the staging, core and mart tables, a study, and the published cells. Out: the table `recode`
(docs/decisions/0002-published-tables.md). Each phase's windows are read for the phase, the other districts and the
nation. Counts of a restricted family are shown for the nation alone, where none of them is small and every year that
they are a sum of is shown; where a number is hidden so is what was read from it, for a reading bounds its total.
"""

from collections.abc import Iterator

import duckdb
import pandas as pd

from transforms.recode import Family, families, recode, sentences
from transforms.study import Phase, Study

NUMBERS = [
    *("n_before", "n_after", "per_year_before", "per_year_after", "share_before", "share_after"),
    *("growth_per_year", "shift_per_year"),
]
COLUMNS = [
    *("source", "family", "label", "counts", "code", "means", "area_kind", "area", "phase"),
    *("before_from", "before_to", "after_from", "after_to", *NUMBERS, "reading", "sentence", "status"),
]


def recoded(con: duckdb.DuckDBPyConnection, study: Study, cells: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """One row a source, family, phase, area and code."""
    found = []
    for family in families().values():
        counts = con.execute(family.counts).df()
        for source, of_source in counts.groupby("source"):
            for phase in study.phases:
                for kind, area, part in _areas(of_source, phase):
                    found.append(_read(str(source), family, phase, kind, area, part, cells, threshold))
    return pd.concat(found, ignore_index=True)[COLUMNS] if found else pd.DataFrame(columns=COLUMNS)


def _areas(counts: pd.DataFrame, phase: Phase) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "nation", "ALL", counts
    for group in (phase.key, "other"):
        yield "group", group, counts[counts["group_key"] == group]


def _read(
    source: str,
    family: Family,
    phase: Phase,
    kind: str,
    area: str,
    counts: pd.DataFrame,
    cells: pd.DataFrame,
    threshold: int,
) -> pd.DataFrame:
    table = recode(counts, family, phase.before, phase.after).astype(dict.fromkeys(NUMBERS, "float64"))
    table["sentence"] = sentences(table, family, phase.before, phase.after)[: len(table)]
    is_shown = family.tier == "public_docket" or (
        kind == "nation" and _are_large(counts, phase, threshold) and _years_are_shown(cells, source, phase)
    )
    if not is_shown:
        table[NUMBERS] = float("nan")
        table["reading"], table["sentence"] = "not shown", "Not shown."
    return table.assign(
        source=source, label=family.label, counts=family.of, means=table["code"].map(family.codes),
        area_kind=kind, area=area, phase=phase.key, before_from=phase.before[0], before_to=phase.before[1],
        after_from=phase.after[0], after_to=phase.after[1], status="shown" if is_shown else "suppressed",
    )  # fmt: skip


def _are_large(counts: pd.DataFrame, phase: Phase, threshold: int) -> bool:
    """Every code of every year, so that the windows of two phases cannot be differenced down to a small one."""
    inside = counts["fiscal_year"].between(*phase.before) | counts["fiscal_year"].between(*phase.after)
    yearly = counts[inside].groupby(["fiscal_year", "code"])["n"].sum()
    return bool((yearly >= threshold).all())


def _years_are_shown(cells: pd.DataFrame, source: str, phase: Phase) -> bool:
    """A sum over years must not tell a year that is hidden."""
    nation = cells[(cells["source"] == source) & (cells["area"] == "ALL") & (cells["period_kind"] == "fy")]
    year = nation["period"].str[2:].astype(int)
    inside = nation[year.between(*phase.before) | year.between(*phase.after)]
    return not (inside["status"] == "suppressed").any()
