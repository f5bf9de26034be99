"""Small invented deliveries of the research collection, and workspaces that keep no run history: fast and whole."""

import csv
import hashlib
import random
from pathlib import Path

from pipelines import workspace
from pipelines.workspace import Workspace


def quick_workspace(root: Path) -> Workspace:
    """A workspace that keeps no history of runs."""
    made = workspace.init(root, is_invented=True)
    (made.dagster_home / "dagster.yaml").unlink()
    return made


def collection(folder: Path, *, seed: int = 1, n_cases: int = 60, drop: str | None = None) -> Path:
    """One delivery of the collection: `cases.csv` and `defendants.csv`; `drop` leaves out a column."""
    dice = random.Random(seed)
    cases, defendants = [], []
    for number in range(1, n_cases + 1):
        year = dice.randint(2008, 2015)
        cases.append(
            {
                "id": number, "state": dice.choice(["GA", "TX", "OH"]), "n_victims": dice.randint(0, 4),
                "n_minors": dice.randint(0, 1), "n_foreigners": dice.randint(0, 1), "n_defendants": 1,
                "federal_district": 5, "year": year, "n_females": 0, "n_males": 1,
            }
        )  # fmt: skip
        for one in range(dice.randint(1, 3)):
            guilty = dice.random() < 0.7
            defendants.append(_defendant(number, one, f"{year}-03-0{one + 1}", year + 1, is_guilty=guilty))
    folder.mkdir(parents=True)
    _write(folder / "cases.csv", cases, drop)
    _write(folder / "defendants.csv", defendants, drop)
    return folder


def collection_of(folder: Path, cases: dict[int, tuple[str, int]]) -> Path:
    """A delivery of the collection that holds these cases and no others: number -> (charged on, defendants)."""
    heads = [
        {"id": number, "state": "OH", "n_victims": 1, "n_minors": 0, "n_foreigners": 0, "federal_district": 5}
        for number in cases
    ]
    people = [
        _defendant(number, one, day, 2018, is_guilty=True) for number, (day, n) in cases.items() for one in range(n)
    ]
    folder.mkdir(parents=True)
    _write(folder / "cases.csv", heads, None)
    _write(folder / "defendants.csv", people, None)
    return folder


def _defendant(case: int, nth: int, charged_on: str, ended_in: int, *, is_guilty: bool) -> dict[str, object]:
    return {
        "id": case * 10 + nth, "case_id": case, "charge_date": charged_on, "statute_sentence": "1591",
        "statute_plea_guilty": "['1']" if is_guilty else "", "statute_trial_guilty": "", "statute_trial_ng": "",
        "statute_plea_dismissed": "", "statute_counts_np": "",
        "year_terminated": ended_in, "total_months_sentenced": 60 if is_guilty else "",
    }  # fmt: skip


def _write(path: Path, rows: list[dict[str, object]], drop: str | None) -> None:
    names = [name for name in rows[0] if name != drop]
    with path.open("w", encoding="utf-8", newline="") as text:
        out = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


TIMED = ("refresh.json", "quality.html")  # what the refresh took, and the page that prints it


def digests(folder: Path) -> dict[str, str]:
    """Path and SHA-256 of every file below a folder, but those of an edition that say how long its refresh took."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and p.name not in TIMED)
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
