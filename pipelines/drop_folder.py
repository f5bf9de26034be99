"""The drop-folder sensor: a refresh when files have arrived and stopped growing, keyed on their hashes.

In: the landing folders of the workspace. Out: one run request for each new state of the files.
"""

import hashlib
import json
import time
from pathlib import Path

import dagster as dg

from pipelines.gate import has_news
from pipelines.workspace import find
from sources.contract import agencies
from sources.landing import candidates, sha256


def arrivals(landing: Path, known: dict[str, str], settled: float) -> tuple[dict[str, str], bool]:
    """`path size mtime -> hash` of every file in the drop folders, and whether all have stopped growing."""
    found, now = {}, time.time()
    for agency in agencies().values():
        for _, _, paths in candidates(agency, landing / agency.key):
            for path in paths:
                at = path.stat()
                if now - at.st_mtime < settled:
                    return known, False
                place = f"{path.relative_to(landing)} {at.st_size} {at.st_mtime_ns}"
                found[place] = known.get(place) or _hash(path)
    return found, True


def _hash(path: Path) -> str:
    """The hash of a file; none of what may not be read, which is asked for again."""
    try:
        return sha256(path)
    except OSError:
        return ""


def drop_folder_sensor(job_name: str) -> dg.SensorDefinition:
    """Asks for a refresh once the files of the drop folders have changed and settled."""

    @dg.sensor(
        name="drop_folder", job_name=job_name, minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Refreshes when deliveries have arrived in landing/ and stopped growing.",
    )  # fmt: skip
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        workspace = find()
        if not workspace.landing.is_dir():
            return dg.SkipReason(f"no workspace at {workspace.root}; make one with palermo init")
        n, known = json.loads(context.cursor) if context.cursor else (0, {})
        found, is_settled = arrivals(workspace.landing, known, workspace.settings.settled_seconds)
        if not is_settled:
            return dg.SkipReason("a file is still being written")
        if not found or found == known:
            return dg.SkipReason("nothing new in landing/")
        if not known and not any(has_news(workspace, agency) for agency in agencies().values()):
            reason = "landing/ holds what the last refresh took in"
            return dg.SensorResult(skip_reason=reason, cursor=json.dumps([n, found]))
        state = hashlib.sha256(
            "\n".join(sorted(f"{k.split()[0]} {v}" for k, v in found.items())).encode("utf-8", "surrogateescape")
        ).hexdigest()
        run_key = f"{n + 1} {state}"  # a state that comes back is new: Dagster runs no key twice
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=run_key)], cursor=json.dumps([n + 1, found]))

    return watch
