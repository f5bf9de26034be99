"""The invented exports: repeatable bytes, official widths, planted rows in their places, a truth that adds up."""

import csv
import hashlib
import json
import zipfile
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from sources.synthetic import generate
from sources.synthetic.lions import FILLED, LAYOUT, WIDTH
from sources.synthetic.matter import is_chapter_77
from sources.synthetic.truth import quarter

SCALE = 0.05
LAST = "2026-09-30"
Row = dict[str, str]
SPANS = {
    table: [(c["column"], int(c["start"]) - 1, int(c["end"])) for c in LAYOUT[table] if c["column"] in names.split()]
    for table, names in FILLED.items()
}


def digests(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def fields(table: str, record: str) -> Row:
    return {name: record[start:end].strip() for name, start, end in SPANS[table]}


def lions_file(out: Path, delivery: str, place: str) -> list[str]:
    disk, name = place.split("/")
    folder = out / "landing" / "eousa" / delivery
    if disk.endswith(".ZIP"):
        content = zipfile.ZipFile(folder / disk).read(name)
    else:
        content = (folder / disk / name).read_bytes()
    return content.decode("latin-1").split("\r\n")[:-1]


def lions_places(out: Path, delivery: str) -> list[str]:
    folder = out / "landing" / "eousa" / delivery
    zipped = [f"{z.name}/{n}" for z in folder.glob("*.ZIP") for n in zipfile.ZipFile(z).namelist()]
    return sorted(p for p in [*zipped, *(f"{q.parent.name}/{q.name}" for q in folder.glob("*/*"))] if "README" not in p)


def table_of(place: str) -> str:
    name = place.split("/")[1].removesuffix(".txt").upper()
    return "GS_PARTICIPANT" if name.startswith("GS_PARTICIPANT") else name


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("world")
    generate(out, scale=SCALE)
    return out


@pytest.fixture(scope="module")
def planted(world) -> list[Row]:
    return rows_of(world / "truth" / "planted.csv")


@pytest.fixture(scope="module")
def last_dump(world, planted) -> dict[str, list[Row]]:
    """The records of the last dump that should be staged."""
    bad = {(r["file"], int(r["line"])) for r in planted if r["delivery"] == LAST and r["fate"] != "staged"}
    dump: dict[str, list[Row]] = defaultdict(list)
    for place in lions_places(world, LAST):
        for number, record in enumerate(lions_file(world, LAST, place), 1):
            if (place, number) not in bad:
                dump[table_of(place)].append(fields(table_of(place), record))
    return dump


def test_same_seed_same_bytes_and_another_seed_other_bytes(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        generate(tmp_path / name, seed=seed, scale=0.01)
    first, again, other = (digests(tmp_path / name) for name in "abc")
    assert first == again
    assert first != other


def test_every_record_has_the_official_width_unless_planted(world, planted):
    odd = {(r["delivery"], r["file"], int(r["line"])) for r in planted if r["kind"] in ("short_record", "long_record")}
    found = {
        (delivery, place, number)
        for delivery in ("2026-07-31", "2026-08-31", LAST)
        for place in lions_places(world, delivery)
        for number, record in enumerate(lions_file(world, delivery, place), 1)
        if len(record) != WIDTH[table_of(place)]
    }
    assert found == odd


def test_planted_lions_rows_stand_where_the_list_says(world, planted):
    looks = {
        "bad_date": lambda r: "31-FEB-2015" in r,
        "missing_required": lambda r: not r[64:75].strip(),
        "short_record": lambda r: len(r) == 200,
        "long_record": lambda r: r.endswith("SPILLED OVER"),
        "cr_in_record": lambda r: "\r" in r,
        "latin1": lambda r: "\xe9" in r,
        "redacted_lead_charge": lambda r: r[157:182] == "*" * 25,
        "unknown_code": lambda r: r[13] == "Q" or r[42:44] == "ZZ",
    }
    for row in planted:
        if row["agency"] == "eousa" and row["kind"] in looks:
            record = lions_file(world, row["delivery"], row["file"])[int(row["line"]) - 1]
            assert looks[row["kind"]](record), row["kind"]


def test_three_to_eight_of_each_kind_in_each_delivery(planted):
    counts = Counter((r["delivery"], r["agency"], r["kind"], r["file"]) for r in planted if r["kind"] != "late")
    mixed = {key: n for key, n in counts.items() if key[1] in ("eousa", "fbi", "hsi")}
    assert len(mixed) == 3 * (13 + 4 + 1)
    assert all(3 <= n <= 8 for n in mixed.values())


def test_one_row_in_eight_of_the_other_exports_is_spoiled_until_five_are(planted):
    others = [r for r in planted if r["agency"] not in ("eousa", "fbi", "hsi")]
    counts = Counter((r["agency"], r["delivery"]) for r in others)
    assert {agency for agency, _ in counts} == {"fjc", "ussc", "crt_htpu", "dol_oig", "dol_whd"}
    assert counts["fjc", LAST] == 5 and max(counts.values()) == 5
    assert {r["fate"] for r in others} == {"quarantined"}


def test_keys_repeat_only_where_planted(world, planted):
    for delivery in ("2026-07-31", LAST):
        place = next(p for p in lions_places(world, delivery) if p.endswith("gs_case.txt"))
        records = lions_file(world, delivery, place)
        again = {i for i, r in enumerate(records, 1) if r[:13] in {s[:13] for s in records[: i - 1]}}
        told = ("exact_duplicate", "key_conflict")
        assert again == {
            int(r["line"]) for r in planted if r["kind"] in told and (r["delivery"], r["file"]) == (delivery, place)
        }


def test_planted_agency_rows_stand_where_the_list_says(world, planted):
    for row in (r for r in planted if r["agency"] == "fbi"):
        lines = (world / "landing" / "fbi" / row["file"]).read_text("utf-8").split("\n")
        line = lines[int(row["line"]) - 1]
        assert {
            "ragged_row": line.count(",") == 14,
            "bad_date": "2015-02-31" in line,
            "open_quote": line.count('"') == 1,
            "exact_duplicate": line in lines[: int(row["line"]) - 1],
        }[row["kind"]]
    for row in (r for r in planted if r["agency"] == "hsi"):
        sheet = openpyxl.load_workbook(world / "landing" / "hsi" / row["file"]).active
        assert sheet.cell(int(row["line"]), 2).value == "pending"


def test_only_the_third_hsi_workbook_is_damaged(world):
    headers = [
        [cell.value for cell in openpyxl.load_workbook(path, read_only=True).active[1]]
        for path in sorted((world / "landing" / "hsi").glob("*.xlsx"))
    ]
    assert ["Date Referred" in header for header in headers] == [True, True, False]
    assert "Referral Dt" in headers[2]


def test_districts_and_groups_add_up_to_all(world):
    totals: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows_of(world / "truth" / "metrics.csv"):
        if row["metric"] != "median_days_referral_to_charge":
            level = {"ALL": "all", "phase_1": "group", "phase_2": "group", "spillover": "group", "other": "group"}
            key = (row["metric"], row["scope"], row["period"])
            totals[key][level.get(row["district"], "district")] += int(row["numerator"])
    assert totals
    assert all(t["district"] == t["group"] == t["all"] for t in totals.values())


def test_truth_equals_a_count_of_the_files(world, last_dump):
    counted = count(last_dump)
    metrics = {metric for metric, *_ in counted}
    truth = {
        (r["metric"], r["scope"], r["district"], r["period"]): int(r["numerator"])
        for r in rows_of(world / "truth" / "metrics.csv")
        if r["metric"] in metrics and r["period_kind"] == "quarter"
        and r["district"] not in ("ALL", "phase_1", "phase_2", "spillover", "other")
    }  # fmt: skip
    assert counted == truth


def count(dump: dict[str, list[Row]]) -> dict[tuple[str, str, str, str], int]:
    """The counting rules of LIONS, from the records alone."""

    def by_case(table: str) -> dict[tuple[str, str], list[Row]]:
        found = defaultdict(list)
        for row in dump[table]:
            found[row["DISTRICT"], row["CASEID"]].append(row)
        return found

    histories, programs, charges = by_case("GS_COURT_HIST"), by_case("GS_CASE_PROG_CAT"), by_case("GS_INST_CHARGE")
    joined, instruments, counts = by_case("GS_PART_COURT"), by_case("GS_INSTRUMENT"), by_case("GS_PART_COUNT")
    result: Counter[tuple[str, str, str, str]] = Counter()
    for case in dump["GS_CASE"]:
        key = (case["DISTRICT"], case["ID"])
        courts = histories[key]
        if case["CLASS"] != "R" or case["STATUS"] == "O" or {h["COURT"] for h in courts} <= {"MM", "MD"}:
            continue
        scopes = ["listed"] + ["acteam"] * any(p["PROG_CAT"] == "05E" for p in programs[key])
        named = [case["LEAD_CHARGE"], *(c["CHARGE"] for c in charges[key])]
        scopes += ["chapter77"] * any(is_chapter_77(name) for name in named)
        events = [("matters_received", day(case["RECVD_DATE"]))]
        declined = [day(h["DISP_DATE"]) for h in courts if h["DISPOSITION"] in ("DE", "ID")]
        events += [("matters_declined", min(declined))] if declined else []
        filed = {h["ID"]: day(h["FILING_DATE"]) for h in courts if h["COURT"] == "DC" and h["FILING_DATE"]}
        events += [("cases_filed", min(filed.values()))] if filed else []
        papers = {i["ID"]: day(i["FILING_DATE"]) for i in instruments[key] if i["CRTHISID"] in filed}
        for who in (w for w in joined[key] if w["CRTHISID"] in filed):
            days = [papers[c["INSTID"]] for c in counts[key] if c["PARTID"] == who["PARTID"]]
            events.append(("defendants_charged", min(days, default=filed[who["CRTHISID"]])))
            if who["DISPOSITION"] in ("GT", "NC", "GD"):
                events.append(("defendants_convicted", day(who["DISP_DATE"])))
        result.update((metric, scope, key[0], quarter(when)) for metric, when in events for scope in scopes)
    return dict(result)


@cache
def day(text: str) -> int:
    return datetime.strptime(text, "%d-%b-%Y").date().toordinal()


def test_later_dumps_hold_the_earlier_ones_and_nothing_from_the_future(world):
    ids = []
    for delivery in ("2026-07-31", "2026-08-31", LAST):
        place = next(p for p in lions_places(world, delivery) if p.endswith("gs_case.txt"))
        good = [r for r in lions_file(world, delivery, place) if len(r) == WIDTH["GS_CASE"]]
        ids.append({r[:13] for r in good})
        limit = datetime.strptime(delivery, "%Y-%m-%d").date().toordinal()
        assert max(day(r[223:234]) for r in good) <= limit
    assert ids[0] <= ids[1] <= ids[2]


def test_clean_world_has_no_planted_rows_but_the_late_ones(tmp_path):
    generate(tmp_path, scale=0.01, n_deliveries=2, dirt=False)
    assert {r["kind"] for r in rows_of(tmp_path / "truth" / "planted.csv")} <= {"late"}
    assert not (tmp_path / "landing" / "eousa" / LAST).exists()


def test_planted_effect_is_written_down(world):
    told = json.loads((world / "truth" / "world.json").read_text("utf-8"))
    assert told["effects"]["phase_1"] == 1.6
    assert told["seed"] == 2011


@pytest.mark.parametrize(
    ("charge", "expected"),
    [
        ("18:1591.F", True),
        ("18:1594C", True),
        ("18:1597", True),
        ("18:1598", False),
        ("08:1584", False),
        ("18:371", False),
    ],
)
def test_chapter_77_is_18_usc_1581_to_1597(charge, expected):
    assert is_chapter_77(charge) is expected
