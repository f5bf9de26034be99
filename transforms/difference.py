"""Two editions side by side: every figure that moved, and of public counts how much of it by which cause.

In: `cells` of both, and what moved between their records, both counted by today's code (transforms/changes.py). Out: a
row a figure that is not the same in both. What records do not explain is the definition: code, study or settings.
"""

from typing import Any

import pandas as pd

from transforms.changes import CAUSES

DEFINITION = "definition"
COLUMNS = [
    *("id", "source", "metric", "scope", "area_kind", "area", "period_kind", "period"),
    *("before", "after", "status_before", "status_after", *CAUSES, DEFINITION),
]
ADDRESS = COLUMNS[:8]


def difference(before: pd.DataFrame, after: pd.DataFrame, moved: pd.DataFrame | None, counts: set[str]) -> pd.DataFrame:
    """Rows of COLUMNS by ID. Causes are null where a figure is not cut by cause: it is no public count of the nation or
    a group by year or quarter (`counts` names the metrics that are), is hidden or absent in one, or `moved` is None.
    """
    both = _side(before, "before").merge(_side(after, "after"), on=ADDRESS, how="outer")
    for side in ("before", "after"):
        both[f"status_{side}"] = both[f"status_{side}"].fillna("absent")
    same = both["before"].eq(both["after"]) | (both["before"].isna() & both["after"].isna())
    both = both[~same | (both["status_before"] != both["status_after"])]
    if moved is None:
        return both.assign(**dict.fromkeys([*CAUSES, DEFINITION], float("nan")))[COLUMNS].reset_index(drop=True)
    both = both.merge(moved[["id", *CAUSES]], on="id", how="left")
    is_cut = both["metric"].isin(counts) & both["area_kind"].isin(["nation", "group"])
    is_cut &= both["period_kind"].isin(["fy", "quarter"]) & both["before"].notna() & both["after"].notna()
    causes = both[list(CAUSES)].fillna(0.0)
    both[list(CAUSES)] = causes.where(is_cut)
    both[DEFINITION] = (both["after"] - both["before"] - causes.sum(axis=1)).where(is_cut)
    return both[COLUMNS].sort_values("id", kind="stable", ignore_index=True)


def _side(cells: pd.DataFrame, name: str) -> pd.DataFrame:
    return cells[[*ADDRESS, "value", "status"]].rename(columns={"value": name, "status": f"status_{name}"})


def definitions(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """What two manifests define otherwise: `what` (a metric, scope, split, setting, the study, the code), and why."""
    found = []
    for kind in ("metrics", "scopes", "splits"):
        was, now = before.get(kind, {}), after.get(kind, {})
        for name in sorted({*was, *now}):
            if was.get(name) != now.get(name):
                found.append({"what": f"{kind[:-1]} {name}", "how": _how(was.get(name), now.get(name))})
    settings = [(f"setting {k}", before["settings"].get(k), v) for k, v in after["settings"].items()]
    found += [{"what": name, "how": f"{was} -> {now}"} for name, was, now in settings if was != now]
    if before["study_sha256"] != after["study_sha256"]:
        found.append({"what": "study", "how": f"{before['study_sha256'][:12]} -> {after['study_sha256'][:12]}"})
    if before["code_version"] != after["code_version"]:
        found.append({"what": "code", "how": f"{before['code_version']} -> {after['code_version']}"})
    return found


def _how(was: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    """Added, taken out, or which fields differ, with the reason that the definition records."""
    if was is None or now is None:
        return "added" if was is None else "taken out"
    fields = ", ".join(sorted(k for k in {*was, *now} if was.get(k) != now.get(k)))
    told = [c for c in now.get("changed", []) if c not in was.get("changed", [])]
    return f"{fields} differ" + "".join(f"; {c['date']}: {c['what']} ({c['why']})" for c in told)
