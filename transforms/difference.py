"""Two editions side by side: every figure that moved, and of public counts how much of it by which cause.

In: `cells` of both, and what moved between their records, both counted by today's code (transforms/changes.py). Out: a
row a figure that is not the same in both. What records do not explain is the definition: code, study or settings.
"""

from typing import Any

import pandas as pd

from transforms.changes import CAUSES

DEFINITION = "definition"
BECAUSE = "because"
COLUMNS = [
    *("id", "source", "metric", "scope", "area_kind", "area", "period_kind", "period"),
    *("before", "after", "status_before", "status_after", *CAUSES, DEFINITION),
]
ADDRESS = COLUMNS[:8]


def difference(before: pd.DataFrame, after: pd.DataFrame, moved: pd.DataFrame | None, counts: set[str]) -> pd.DataFrame:
    """Rows of COLUMNS by ID. Causes are null where a figure is not cut by cause: it is no public count of the nation or
    a group by year or quarter (`counts` names the metrics that are), is hidden or absent in one, or `moved` is None.

    The definition is what today's code makes of the earlier records, less what the earlier edition made of them.
    """
    both = _side(before, "before").merge(_side(after, "after"), on=ADDRESS, how="outer")
    for side in ("before", "after"):
        both[f"status_{side}"] = both[f"status_{side}"].fillna("absent")
    if moved is None:
        both = both.assign(**dict.fromkeys([*CAUSES, DEFINITION], float("nan")))
    else:
        both = both.merge(moved[["id", *CAUSES]], on="id", how="left")
        is_cut = _is_cut(both, counts)
        causes = both[list(CAUSES)].fillna(0.0)
        both[list(CAUSES)] = causes.where(is_cut)
        both[DEFINITION] = (both["after"] - both["before"] - causes.sum(axis=1)).where(is_cut)
    same = both["before"].eq(both["after"]) | (both["before"].isna() & both["after"].isna())
    same &= (both["status_before"] == both["status_after"]) & ~both[[*CAUSES, DEFINITION]].fillna(0.0).ne(0).any(axis=1)
    return both.loc[~same, COLUMNS].sort_values("id", kind="stable", ignore_index=True)


def _side(cells: pd.DataFrame, name: str) -> pd.DataFrame:
    return cells[[*ADDRESS, "value", "status"]].rename(columns={"value": name, "status": f"status_{name}"})


def _is_cut(both: pd.DataFrame, counts: set[str]) -> "pd.Series[bool]":
    """The public counts of the nation and the groups by year and quarter that both editions show."""
    is_cut = both["metric"].isin(counts) & both["area_kind"].isin(["nation", "group"])
    is_cut &= both["period_kind"].isin(["fy", "quarter"])
    return is_cut & both["before"].notna() & both["after"].notna()


def counts_of_both(found: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of a difference those that can be cut by cause."""
    return found[_is_cut(found, set(found["metric"]))]


def definitions(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """What two manifests define otherwise: `kind` and `name` (a metric, scope, split, setting, the study, a part of the
    code), and `how`, with the reason on record.
    """
    found = []
    for kind in ("metrics", "scopes", "splits"):
        was, now = before.get(kind, {}), after.get(kind, {})
        differ = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
        found += [_entry(kind[:-1], name, _how(was.get(name), now.get(name))) for name in differ]
    if before["study_sha256"] != after["study_sha256"]:
        how = _how(before.get("study", {}), after.get("study", {}))
        found.append(_entry("study", "", f"{how}; {before['study_sha256'][:12]} -> {after['study_sha256'][:12]}"))
    for kind, field in (("setting", "settings"), ("code", "code_parts")):
        was, now = before.get(field, {}), after.get(field, {})
        found += [_entry(kind, k, f"{was.get(k)} -> {v}") for k, v in now.items() if was.get(k) != v]
    if before["code_version"] != after["code_version"]:
        found.append(_entry("version", "", f"{before['code_version']} -> {after['code_version']}"))
    return found


def _entry(kind: str, name: str, how: str) -> dict[str, str]:
    return {"kind": kind, "name": name, "how": how}


def _how(was: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    """Added, taken out, or which fields differ, with the reason that the definition records."""
    if was is None or now is None:
        return "added" if was is None else "taken out"
    fields = ", ".join(sorted(k for k in {*was, *now} if was.get(k) != now.get(k)))
    told = [c for c in now.get("changed", []) if c not in was.get("changed", [])]
    return f"{fields or 'words'} differ" + "".join(f"; {c['date']}: {c['what']} ({c['why']})" for c in told)


def because(figures: pd.DataFrame, differ: list[dict[str, str]]) -> list[str]:
    """Of each figure that a definition moved, the definitions that differ and bear on it; nothing for the others."""
    return [
        "; ".join(_says(one) for one in differ if _bears_on(one, row)) if row[DEFINITION] else ""
        for row in figures.fillna({DEFINITION: 0.0}).to_dict("records")
    ]


def _bears_on(one: dict[str, str], row: dict[Any, Any]) -> bool:
    if one["kind"] in ("metric", "scope"):
        return bool(row[one["kind"]] == one["name"])
    return one["kind"] == "code" or (one["kind"] == "study" and row["area_kind"] == "group")


def _says(one: dict[str, str]) -> str:
    return {"metric": "the measure", "scope": "the scope", "study": "the study"}.get(one["kind"], one["name"])
