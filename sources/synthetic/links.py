"""Which records of the agencies are of one matter, and of one defendant: the truth that linkage is measured against.

In: records as they are written. Out: `truth/links.csv`: level, source, the agency's own number, and the matter (of a
defendant with the number of the participant). A record that two deliveries hold is written twice.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TextIO

from sources.synthetic.exports import fbi_number, hsi_number
from sources.synthetic.investigations import Investigation
from sources.synthetic.labor import oig_number
from sources.synthetic.matter import Matter


class Links:
    """The open list."""

    def __init__(self, path: Path, last: date) -> None:
        self.today = last.toordinal()
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(["level", "source", "record", "of"])

    def add(self, level: str, source: str, record: str, of: str) -> None:
        """Note one record."""
        self._rows.writerow([level, source, record, of])

    def investigation(self, found: Investigation, matter: Matter) -> None:
        """Note an investigation that led to the matter, once its agency has written that it referred it."""
        state = found.known(self.today)
        if state and state.referred and matter.entered <= self.today:
            number = {"fbi": fbi_number, "hsi": hsi_number, "dol_oig": oig_number}[found.agency](found)
            self.add("case", found.agency, number, matter.number)

    def close(self) -> None:
        """Finish the list."""
        self._file.close()
