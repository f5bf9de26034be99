"""HSI's second export: JSON lines, one investigation a line with its subjects inside.

In: investigations and the matters behind them. Out: `hsi_subjects_<day>.jsonl`, complete every month.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from sources.synthetic.exports import hsi_number
from sources.synthetic.investigations import Investigation
from sources.synthetic.matter import Matter

ROLES = ("P", "A", "A", "A", "B")


class SubjectsExport:
    """One file of all investigations with their subjects."""

    def __init__(self, folder: Path, day: date) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.today = day.toordinal()
        self._file = (folder / f"hsi_subjects_{day}.jsonl").open("w", encoding="utf-8", newline="")

    def add(self, found: Investigation, matter: Matter) -> None:
        """Write the investigation; one that led to the matter has the matter's defendants as its subjects."""
        if found.known(self.today) is None:
            return
        people = matter.defendants if found.referred else matter.defendants[:1]
        subjects = []
        for number, who in enumerate(people, 1):
            is_charged = bool(found.referred and who.history and who.joined_entered <= self.today)
            arrested = is_charged and 0 < who.arrested <= self.today
            subjects.append({
                "number": number, "role": ROLES[min(number - 1, 4)], "violation": found.statute,
                "arrest_date": date.fromordinal(who.arrested).isoformat() if arrested else None, "charged": is_charged,
            })  # fmt: skip
        line = {
            "case_number": hsi_number(found), "opened": date.fromordinal(found.opened).isoformat(),
            "office": found.district.city, "subjects": subjects,
        }  # fmt: skip
        self._file.write(json.dumps(line) + "\n")

    def finish(self) -> None:
        """Close the file."""
        self._file.close()
