"""Writes the invented world: three monthly deliveries of every agency, and the truth.

In: a folder, a seed, a scale (1 is about 12,000 gs_case records, 500 the size of the real dump). Out: `landing/` and
`truth/`. Matters are drawn, written and forgotten one by one, so memory does not grow with the scale
(but for the workbooks' table of strings, which ends with Excel's last row).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sources.synthetic import world as worlds
from sources.synthetic.commission import FIRST_FILE, CommissionExport
from sources.synthetic.county import write_county
from sources.synthetic.courts import CourtsExport
from sources.synthetic.delivery import LionsDelivery
from sources.synthetic.docket import Docket
from sources.synthetic.exports import FbiExport, HsiExport
from sources.synthetic.investigations import Caseload
from sources.synthetic.labor import OigCaseload, OigExport, WhisardExport
from sources.synthetic.links import Links
from sources.synthetic.lions import records
from sources.synthetic.matter import Matter
from sources.synthetic.plants import PlantedRows, Planter, Spoiler
from sources.synthetic.subjects import SubjectsExport
from sources.synthetic.truth import Truth
from sources.synthetic.unit import DocketExport
from sources.synthetic.world import GROWING, TYPES, District, World

Progress = Callable[[str, int, int], None]
DAMAGED_DELIVERY = 2


def generate(
    out: Path,
    *,
    seed: int = 2011,
    scale: float = 1.0,
    n_deliveries: int = 3,
    dirt: bool = True,
    progress: Progress | None = None,
) -> None:
    """Write the exports and the truth of the world of a seed."""
    world = worlds.load(seed, scale, n_deliveries)
    (out / "truth").mkdir(parents=True, exist_ok=True)
    press = Press(world, out, dirt)
    for number, district in enumerate(world.districts, 1):
        press.print_district(district)
        if progress:
            progress(district.code, number, len(world.districts))
    press.finish(out / "truth")


class Press:
    """All open files of the world, and what is noted while they are written."""

    def __init__(self, world: World, out: Path, dirt: bool) -> None:
        landing, days = out / "landing", world.deliveries
        each = world.parameters["planted"] if dirt else 0
        self.world, self.dirt = world, dirt
        self.planted = PlantedRows(out / "truth" / "planted.csv")
        self.truth = Truth(world)
        self.planter = Planter(world, self.planted, dirt)
        spoiler = partial(Spoiler, self.planted, each)
        self.outcomes: Counter[str] = Counter()
        self.lions = [LionsDelivery(landing / "eousa" / str(day), day, n == 0) for n, day in enumerate(days)]
        self.fbi = [
            FbiExport(landing / "fbi", day, days[n - 1] if n else None, self.planted, each)
            for n, day in enumerate(days)
        ]
        self.hsi = [
            HsiExport(landing / "hsi", day, dirt and n == DAMAGED_DELIVERY, self.planted, each)
            for n, day in enumerate(days)
        ]
        self.subjects = [SubjectsExport(landing / "hsi", day) for day in days]
        self.oig = [OigExport(landing / "dol_oig", day, spoiler()) for day in days]
        self.links = Links(out / "truth" / "links.csv", days[-1])
        self.others = _others(landing, world, self.links, spoiler)
        self.whisard = WhisardExport(landing / "dol_whd" / str(days[0]), world, days[0], spoiler())
        write_county(landing / "cook_county" / "2017-12-31", world)

    def print_district(self, district: District) -> None:
        """Draw and write a district, one matter after the other."""
        for delivery in self.lions:
            delivery.start_district(district.code)
        self.planter.start_district(district, self.lions)
        for export in self.others:
            export.start_district(self.world, district)
        self.whisard.add(district)
        caseload, oig = Caseload(self.world, district), OigCaseload(self.world, district)
        for matter in draw(self.world, district):
            self.planter.mark(matter)
            self.truth.add(matter)
            self._note_outcomes(matter)
            self._print_matter(matter)
            self._print_elsewhere(matter, caseload, oig)
        self.planter.end_district(self.lions)

    def _print_elsewhere(self, matter: Matter, caseload: Caseload, oig: OigCaseload) -> None:
        """The same matter as the other agencies know it."""
        for found in caseload.behind(matter):
            self.links.investigation(found, matter)
            for export in self.fbi if found.agency == "fbi" else self.hsi:
                export.add(found)
            if found.agency == "hsi":
                for file in self.subjects:
                    file.add(found, matter)
        for found in oig.behind(matter):
            self.links.investigation(found, matter)
            for parquet in self.oig:
                parquet.add(found)
        for other in self.others:
            other.add(matter)

    def finish(self, folder: Path) -> None:
        """Close everything and write the truth; dumps are packed beside the rest: that leaves Python's lock."""
        with ThreadPoolExecutor(1) as beside:
            packed = [beside.submit(dump.finish) for dump in self.lions]
            for files in (self.fbi, self.hsi, self.subjects, self.oig, self.others, [self.whisard]):
                for export in files:
                    export.finish()
            self.planted.close()
            self.links.close()
            self.truth.write(folder / "metrics.csv")
            self.truth.write_cohorts(folder / "cohorts.csv")
            for dump in packed:
                dump.result()
        (folder / "world.json").write_text(json.dumps(self._summary(), indent=2) + "\n", "utf-8")

    def _print_matter(self, matter: Matter) -> None:
        """Write a matter into every delivery that knows it; a settled one is put into records once."""
        settled: list[tuple[str, str]] | None = None
        is_settled = matter.last_entered <= self.lions[0].today
        before = None
        for delivery in self.lions:
            if matter.entered <= delivery.today:
                settled = settled if settled and is_settled else list(records(matter, delivery.today))
                for table, record in settled:
                    delivery.write(table, record)
                    if table == "GS_CASE":
                        self.planter.after_case(matter, delivery)
                        self.planter.late(matter, delivery, before)
                self.planter.after_matter(matter, delivery)
            before = delivery

    def _note_outcomes(self, matter: Matter) -> None:
        """Final outcomes of all charged defendants in the trafficking matters, known yet or not."""
        if matter.kind in GROWING:
            self.outcomes.update(who.disposition or "never" for who in matter.defendants if who.history)

    def _summary(self) -> dict[str, object]:
        """What was put in: effects, outcomes and planted rows."""
        world, total = self.world, self.outcomes.total() or 1
        return {
            "seed": world.seed,
            "scale": world.scale,
            "deliveries": [str(day) for day in world.deliveries],
            "dirt": self.dirt,
            "effects": world.parameters["effects"],
            "effect_on": "matters received, scope acteam, from the first fiscal year of the phase",
            "first_fiscal_years": world.phase_starts,
            "cohort_outcomes_planted": world.parameters["outcomes"],
            "cohort_dispositions_drawn": {code: n / total for code, n in sorted(self.outcomes.items())},
            "planted": dict(sorted(self.planted.counts.items())),
        }


def _others(
    landing: Path, world: World, links: Links, spoiler: Callable[[], Spoiler]
) -> list[CourtsExport | CommissionExport | DocketExport]:
    """The exports that show matters in another agency's way: the courts, the Commission and the unit."""
    days, last = world.deliveries, world.parameters["last_fiscal_year"]
    early = range(FIRST_FILE, last - 1)
    found: list[CourtsExport | CommissionExport | DocketExport] = [
        CourtsExport(landing / "fjc" / str(days[0]), world, days[0], False, links, spoiler()),
        CommissionExport(landing / "ussc" / str(days[0]), days[0], early, links, spoiler()),
        DocketExport(landing / "crt_htpu", world, days[0], links, spoiler()),
    ]
    if len(days) > 1:
        found += [
            CourtsExport(landing / "fjc" / str(days[-1]), world, days[-1], True, links, spoiler()),
            CommissionExport(landing / "ussc" / str(days[-1]), days[-1], range(last - 1, last), links, spoiler()),
            DocketExport(landing / "crt_htpu", world, days[-1], links, spoiler()),
        ]
    return found


def draw(world: World, district: District) -> Iterator[Matter]:
    """The matters of a district, year by year; a year's rate is overdispersed."""
    docket, shape = Docket(world, district), world.parameters["overdispersion_shape"]
    for year in world.years:
        for kind in TYPES:
            mean = world.expected(district, year, kind) * docket.dice.gamma(shape)
            for _ in range(docket.dice.poisson(mean)):
                yield docket.draw(year, kind)
