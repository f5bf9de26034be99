"""The Labor Department's two exports: the Inspector General's investigations and the Wage and Hour Division's actions.

In: matters, districts and dice. Out: `oig_investigations_<day>.parquet`, complete every month, and `whd_whisard.csv`,
whose actions are civil and lead to no matter.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from sources.facts import districts, table
from sources.synthetic.dice import Dice
from sources.synthetic.investigations import Caseload, Investigation
from sources.synthetic.plants import Spoiler
from sources.synthetic.world import District, World

OIG = pa.schema(
    [
        ("case_no", pa.string()),
        ("open_date", pa.date32()),
        ("close_date", pa.timestamp("us")),
        ("programme_area", pa.string()),
        ("region", pa.string()),
        ("judicial_district", pa.dictionary(pa.int8(), pa.string())),
        ("referral_date", pa.date32()),
        ("usao_number", pa.string()),
        ("statute", pa.string()),
        ("n_subjects", pa.int32()),
        ("n_workers", pa.float64()),
        ("joint_with", pa.string()),
        ("case_status", pa.string()),
    ]
)
ACTS = (
    "flsa", "flsa_mw", "flsa_ot", "flsa_15a3", "flsa_cl", "sca", "mspa", "h1b", "fmla", "dbra", "h2a", "h2b", "osha",
)  # fmt: skip
WHD = [
    "case_id", "trade_nm", "legal_name", "street_addr_1_txt", "cty_nm", "st_cd", "zip_cd", "naic_cd",
    "naics_code_description", "case_violtn_cnt", "cmp_assd_cnt", "ee_violtd_cnt", "bw_atp_amt", "ee_atp_cnt",
    "findings_start_date", "findings_end_date",
    *(f"{act}_{kind}" for act in ACTS for kind in ("violtn_cnt", "bw_atp_amt", "ee_atp_cnt", "cmp_assd_amt")),
    "ld_dt",
]  # fmt: skip
STATUTES = ("18:1589", "18 USC 1592(a)", "181590")


class OigCaseload(Caseload):
    """Draws the Inspector General's investigations; statutes come in another shape."""

    exporting: ClassVar[dict[str, str]] = {"LABO": "dol_oig"}
    stream = 4


def oig_number(found: Investigation) -> str:
    """The number by which the Inspector General knows an investigation."""
    return f"OIG-{found.district.number:02d}-{found.number:05d}"


class OigExport:
    """One Parquet file of all investigations."""

    def __init__(self, folder: Path, day: date, spoiler: Spoiler) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.day, self.path, self._spoiler = day, folder / f"oig_investigations_{day}.parquet", spoiler
        self._rows: list[tuple[object, ...]] = []  # the number of a row is its line

    def add(self, found: Investigation) -> None:
        """Note an investigation as it is known on the day."""
        if (now := found.known(self.day.toordinal())) is None:
            return
        row = (
            oig_number(found), date.fromordinal(found.opened), now.closed,
            "Labor trafficking", found.district.city, found.district.pacer, now.referred, now.matter or None,
            STATUTES[found.number % 3], found.subjects, float(found.victims), found.joint or None, now.status[0],
        )  # fmt: skip
        self._rows.append(row)
        if self._spoiler.is_due(len(self._rows)):
            self._rows.append((f"{row[0]}-9{len(self._rows)}", *row[1:9], -1, *row[10:]))
            self._spoiler.note("dol_oig", self.day, (self.path.name, len(self._rows)), "fewer_than_no_subjects")

    def finish(self) -> None:
        """Write the file, by way of CSV: for a list Arrow would load pandas first, which takes longer than all this."""
        text = io.StringIO()
        csv.writer(text).writerows(self._rows)
        types = {field.name: pa.string() if pa.types.is_dictionary(field.type) else field.type for field in OIG}
        table = arrow_csv.read_csv(
            pa.BufferReader(text.getvalue().encode()),
            arrow_csv.ReadOptions(column_names=OIG.names),
            convert_options=arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=True),
        )
        pq.write_table(table.cast(OIG), self.path, compression="zstd")


class WhisardExport:
    """The public file: concluded actions by state, employers' names withheld."""

    def __init__(self, folder: Path, world: World, day: date, spoiler: Spoiler) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.day, self.world, self._n, self._line, self._spoiler = day, world, 0, 1, spoiler
        self._file = (folder / "whd_whisard.csv").open("w", encoding="cp1252", newline="")
        self._file.write(",".join(WHD) + "\n")
        self._states = {row["lions_abbreviation"]: row["state"] for row in table("districts")}

    def add(self, district: District) -> None:
        """Draw the actions of a district and write those that are concluded."""
        dice, facts = Dice(self.world.seed, district.number, 5), self.world.parameters["whisard"]
        for year in self.world.years:
            for _ in range(dice.poisson(facts["a_year"] * self.world.scale * district.weight / len(districts()))):
                start = date(year - 1, 10, 1).toordinal() + dice.between(0, 364)
                end = start + dice.between(1, 700)
                found = [self._violations(dice, act) for act in ACTS]
                self._n += 1
                if end <= self.day.toordinal():
                    self._write(district, start, end, found, dice.days(facts["back_wages"]))

    def _violations(self, dice: Dice, act: str) -> int:
        facts = self.world.parameters["whisard"]
        return dice.days(facts["violations"]) if dice.chance(facts["share"].get(act, 0.02)) else 0

    def _write(self, district: District, start: int, end: int, found: list[int], wages: int) -> None:
        name = '"Invented Employer, Inc."' if self._n % 10 else "Invented Caf\xe9"
        acts = [field for n in found for field in (str(n), "0", "0", "0")]
        row = [
            str(1_000_000 + self._n), name, name, "1 Invented Street", district.city.replace(",", " "),
            self._states[district.code], str(601 + self._n % 99_000), "722511", "Restaurants", str(sum(found)), "0",
            str(sum(found) // 2), f"{wages}.50", "0", date.fromordinal(start).isoformat(),
            date.fromordinal(end).isoformat(), *acts, self.day.isoformat(),
        ]  # fmt: skip
        self._put(row)
        if self._spoiler.is_due(self._line):
            at = WHD.index("findings_start_date")
            self._put([f"9{row[0]}", *row[1:at], "2014-02-30", *row[at + 1 :]])
            self._spoiler.note("dol_whd", self.day, ("whd_whisard.csv", self._line), "bad_date")

    def _put(self, row: list[str]) -> None:
        """One line."""
        self._file.write(",".join(row) + "\n")
        self._line += 1

    def finish(self) -> None:
        """Close the file."""
        self._file.close()
