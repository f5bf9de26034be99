"""A county prosecutor's open data, in the shape of Cook County's: counts of dispositions, and intake decisions.

In: a seed and a scale. Out: `disposition_outcomes.csv` and `intake.csv.gz`.
"""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

from sources.synthetic.dice import Dice
from sources.synthetic.world import World

DISPOSITIONS = {"Plea Of Guilty": 0.6, "Nolle Prosecution": 0.16, "FNPC": 0.12, "Finding Guilty": 0.05, "FNG": 0.03,
                "Verdict Guilty": 0.02, "BFW": 0.01, "": 0.01}  # fmt: skip
OFFENCES = {
    "Narcotics": 0.4,
    "Theft": 0.2,
    "Burglary": 0.15,
    "Prostitution": 0.02,
    "Human Trafficking": 0.005,
    "Other": 0.2,
}
RACES = ("Black", "White", "HISPANIC", "Asian", "ASIAN", "")
YEARS = range(2011, 2017)


def write_county(folder: Path, world: World) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    dice, a_year = Dice(world.seed, 1_000_003), world.parameters["county"]["a_year"] * world.scale
    lines = ["YEAR,DISPOSITION,OFFENSE TYPE,RACE,DEFENDANT COUNT"]
    for year in YEARS:
        for offence, share in OFFENCES.items():
            for disposition, part in DISPOSITIONS.items():
                for race in RACES:
                    if n := dice.poisson(a_year * share * part / len(RACES)):
                        lines.append(f"{year},{disposition},{offence},{race},{n}")
    (folder / "disposition_outcomes.csv").write_text("\n".join(lines) + "\n", "utf-8")
    intake = ["result,year,charge.cat,age,gender,race,chicagoPD,multiple.defendents"]
    for year in YEARS:
        for _ in range(dice.poisson(a_year / 10)):
            result = dice.pick({"1": 0.92, "0": 0.044, "": 0.036})
            intake.append(f"{result},{year},{dice.pick(OFFENCES)},21-25,,,Other PD,One")
    with (
        (folder / "intake.csv.gz").open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, date(2017, 1, 1).toordinal()) as out,
    ):
        out.write(("\n".join(intake) + "\n").encode())
