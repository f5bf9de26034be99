"""Print how long disclosure control takes on the invented world at full size, and what stays shown.

Run: python -m tests.unit.disclosure.benchmark
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from sources.facts import districts
from sources.synthetic import generate
from transforms.disclosure import Rule, attack, protect
from transforms.study import Study, default_text

METRICS = ["matters_received", "matters_declined"]
SCOPES = ["acteam", "chapter77", "htpu_proxy", "listed"]


def world(study: Study) -> pd.DataFrame:
    """Every cell of the restricted metrics, zeros too."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        truth = pd.read_csv(Path(folder) / "truth" / "metrics.csv").rename(columns={"district": "area"})
    years = sorted(set(truth["period"].str[:6]))
    periods = [p for year in years for p in (year, *(f"{year} Q{q}" for q in range(1, 5)))]
    areas = ["ALL", *study.groups, *districts()]
    every = pd.MultiIndex.from_product([METRICS, SCOPES, areas, periods], names=["metric", "scope", "area", "period"])
    cells = truth.set_index(every.names)["numerator"].reindex(every, fill_value=0).reset_index()
    kind = np.where(cells["area"].isin(list(study.groups)), "group", "district")
    cells["area_kind"] = np.where(cells["area"] == "ALL", "nation", kind)
    cells["period_kind"] = np.where(cells["period"].str.len() == 6, "fy", "quarter")
    return cells.assign(denominator=np.nan, value=cells["numerator"], lower=np.nan, upper=np.nan, status="shown")


def main() -> None:
    study = Study(**yaml.safe_load(default_text()))
    cells, tiers = world(study), dict.fromkeys(METRICS, "restricted")
    rule = Rule()
    start, cpu = time.perf_counter(), time.process_time()
    published = protect(cells, tiers, rule, study.group_of)
    print(f"protect {len(cells):,} cells in {time.perf_counter() - start:.1f} s")
    print(f"  of the processor {time.process_time() - cpu:.1f} s")
    start = time.perf_counter()
    found = attack(published, tiers, rule, study.group_of)
    print(f"  attack {time.perf_counter() - start:.1f} s, {len(found)} found")
    small = cells["numerator"].between(1, rule.threshold - 1)
    levels = cells.assign(small=small, hidden=published["status"] == "suppressed", cells=1)
    levels = levels[levels["scope"] != "htpu_proxy"]
    by = ["metric", "area_kind", "period_kind"]
    print(levels.groupby(by)[["cells", "small", "hidden"]].sum().to_string())


if __name__ == "__main__":
    main()
