"""The records of a LIONS dump, in the official fixed-width layout.

In: a matter and the day of a delivery. Out: records as text with CRLF, showing only what was entered by that day.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from sources.synthetic.matter import Defendant, Matter

RECODED_IN_LIONS = date(2011, 1, 31).toordinal()
REDACTED = "*" * 12
FELONY = "F"
CO_COUNSEL_EVERY = 3  # one case in three has a second attorney, one in nine a third (assumed)
MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
FILLED: dict[str, str] = {
    "GS_CASE": "DISTRICT ID CLASS NAME RECVD_DATE LIT_RESP BRANCH OFFENSE_FROM OFFENSE_TO LEAD_CHARGE SYS_INIT_DATE"
    " ACCESS_DATE STATUS CLOSE_DATE TOT_VICTIMS",
    "GS_CASE_PROG_CAT": "DISTRICT CASEID PROG_CAT ID CREATE_DATE",
    "GS_ASSIGNMENT": "DISTRICT CASEID CRTHISID ID STAFFID POSITION START_DATE",
    "GS_PARTICIPANT": "DISTRICT CASEID ID TYPE ROLE DEFEND_NUM LAST_NAME AGENCY JUVENILE ARREST_DATE SYS_INIT_DATE",
    "GS_PART_VICTIM": "DISTRICT CASEID PARTID ID VICTIM_TYPE SERVICES_REQUESTED",
    "GS_COURT_HIST": "DISTRICT CASEID ID COURT US_ROLE COURT_NUMBER FILING_DATE TRIAL_DAYS DISPOSITION DISP_DATE"
    " DISP_REASON1 SYS_DISP_DATE SYS_FILING_DATE",
    "GS_INSTRUMENT": "DISTRICT CASEID CRTHISID ID TYPE FILING_DATE SYS_FILING_DATE",
    "GS_INST_CHARGE": "DISTRICT CASEID CRTHISID INSTID CHARGE CATEGORY ID",
    "GS_PART_COURT": "DISTRICT CASEID PARTID CRTHISID DISPOSITION DISP_REASON DISP_DATE SYS_DISP_DATE SYS_INIT_DATE",
    "GS_PART_COUNT": "DISTRICT CASEID PARTID CRTHISID INSTID CHARGE CATEGORY COUNTID DISPOSITION DISP_REASON DISP_DATE",
    "GS_SENTENCE": "DISTRICT CASEID PARTID SENT_DATE INCAR_TYPE INCAR_MONTHS SYS_SENT_DATE RESTITUTION_AMT",
    "GS_EVENT": "DISTRICT CASEID CRTHISID ID TYPE EVENT_DATE",
}
Record = tuple[str, str]


def _load() -> dict[str, list[dict[str, str]]]:
    """The columns of every table, in order."""
    tables: dict[str, list[dict[str, str]]] = {}
    with (files("sources.synthetic") / "lions_layout.csv").open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            tables.setdefault(row["table"], []).append(row)
    return tables


def _line(table: str) -> str:
    """A %-format that writes the filled columns of a table in place and blanks elsewhere."""
    filled, parts = FILLED[table].split(), []
    for column in LAYOUT[table]:
        width = int(column["end"]) - int(column["start"]) + 1
        parts.append(f"%-{width}s" if column["column"] in filled else " " * width)
    return "".join(parts) + "\r\n"


LAYOUT = _load()
WIDTH = {table: int(columns[0]["record_width"]) for table, columns in LAYOUT.items()}
LINE = {table: _line(table) for table in FILLED}


@cache
def day_text(day: int) -> str:
    """An ordinal day as DD-MON-YYYY, 0 as blank."""
    if not day:
        return ""
    then = date.fromordinal(day)
    month = 3 * then.month - 3
    return f"{then.day:02d}-{MONTHS[month : month + 3]}-{then.year}"


def case_record(matter: Matter, today: int, closed: int | None = None) -> str:
    """The gs_case record; `closed` overrides the closing date."""
    if closed is None:
        closed = matter.closed if matter.closed and matter.closed_entered <= today else 0
    status = "O" if matter.kind == "opened_in_error" else "C" if closed else "A"
    name = {"cr_in_record": REDACTED + "\r" + REDACTED, "latin1": REDACTED + " \xe9 " + REDACTED}
    lead = "*" * 25 if matter.plant == "redacted_lead_charge" else matter.lead_charge
    entered = day_text(matter.entered)
    return LINE["GS_CASE"] % (
        matter.district.code, matter.id, "R" if matter.is_criminal else "V", name.get(matter.plant, REDACTED),
        day_text(matter.received), "US", "CRM" if matter.is_criminal else "CIV", day_text(matter.received - 400),
        day_text(matter.received - 30), lead, entered, entered, status, day_text(closed), matter.n_victims or "",
    )  # fmt: skip


def records(matter: Matter, today: int) -> Iterator[Record]:
    """Every record of a matter as known on a day, the gs_case record first."""
    key = (matter.district.code, matter.id)
    yield "GS_CASE", case_record(matter, today)
    for number, program in matter.programs:
        created = max(matter.entered, RECODED_IN_LIONS) if program == "05E" else matter.entered
        yield "GS_CASE_PROG_CAT", LINE["GS_CASE_PROG_CAT"] % (*key, program, number, day_text(created))
    yield from _participants(matter, key)
    yield from _courts(matter, key, today)
    yield from _instruments(matter, key, today)
    for who in matter.defendants:
        yield from _defendant(who, matter, key, today)


def _participants(matter: Matter, key: Sequence[str]) -> Iterator[Record]:
    """Agencies and victims; they come with the matter."""
    line, entered = LINE["GS_PARTICIPANT"], day_text(matter.entered)
    for number, agency in matter.agencies:
        yield "GS_PARTICIPANT", line % (*key, number, "A", "IN", "", REDACTED, agency, "", "", entered)
    for number in matter.victims:
        yield "GS_PARTICIPANT", line % (*key, number, "I", "VI", "", REDACTED, "", "", "", entered)
        services = "Y" if number % 3 else "N"
        yield "GS_PART_VICTIM", LINE["GS_PART_VICTIM"] % (*key, number, number, "P", services)


def _courts(matter: Matter, key: Sequence[str], today: int) -> Iterator[Record]:
    """Court histories with an assigned attorney; a disposition shows once it is entered."""
    for history in matter.histories:
        if history.entered > today:
            continue
        over = history.disposed and history.disposed_entered <= today
        docket = history.docket or (f"MJ-{history.id:07d}" if history.court == "MG" else "")
        yield "GS_COURT_HIST", LINE["GS_COURT_HIST"] % (
            *key, history.id, history.court, "PL", docket, day_text(history.filed),
            history.trial_days if over and history.trial_days else "", history.disposition if over else "",
            day_text(history.disposed) if over else "", history.reason if over else "",
            day_text(history.disposed_entered) if over else "", day_text(history.entered),
        )  # fmt: skip
        start = day_text(history.filed or matter.received)
        for n, position in enumerate("LCC" if history.court == "DC" else "L"):
            if n == 0 or history.id % CO_COUNSEL_EVERY**n == 0:
                staff = 1000 + (history.id + n) % 37
                yield (
                    "GS_ASSIGNMENT",
                    LINE["GS_ASSIGNMENT"] % (*key, history.id, history.id + n, staff, position, start),
                )
        if history.id % 50 == 0:
            yield "GS_EVENT", LINE["GS_EVENT"] % (*key, history.id, history.id, "HEAR", start)


def _instruments(matter: Matter, key: Sequence[str], today: int) -> Iterator[Record]:
    """Instruments and their charges."""
    for paper in matter.instruments:
        if paper.entered > today:
            continue
        filed, entered = day_text(paper.filed), day_text(paper.entered)
        yield "GS_INSTRUMENT", LINE["GS_INSTRUMENT"] % (*key, paper.history, paper.id, paper.kind, filed, entered)
        for number, charge in paper.charges:
            filled = (*key, paper.history, paper.id, charge, FELONY, number)
            yield "GS_INST_CHARGE", LINE["GS_INST_CHARGE"] % filled


def _defendant(who: Defendant, matter: Matter, key: Sequence[str], today: int) -> Iterator[Record]:
    """A suspect, and from the indictment on the counts, outcome and sentence."""
    is_charged = who.history > 0 and who.joined_entered <= today
    arrested = day_text(who.arrested) if is_charged and who.arrested <= today else ""
    juvenile = "Y" if who.disposition in ("GD", "ND") else "N"
    entered = day_text(who.entered)
    yield "GS_PARTICIPANT", LINE["GS_PARTICIPANT"] % (
        *key, who.id, "I", "D", who.number, REDACTED, "", juvenile, arrested, entered,
    )  # fmt: skip
    suspect = (*key, who.id, matter.histories[0].id, "", "", "", "", entered)
    yield "GS_PART_COURT", LINE["GS_PART_COURT"] % suspect
    if not is_charged:
        return
    outcome, known = ("NW" if who.id % 3 == 0 else "", "", ""), ""
    is_over = bool(who.disposed) and who.disposed_entered <= today
    if is_over:
        outcome, known = (who.disposition, who.reason, day_text(who.disposed)), day_text(who.disposed_entered)
    joined = day_text(who.joined_entered)
    yield "GS_PART_COURT", LINE["GS_PART_COURT"] % (*key, who.id, who.history, *outcome, known, joined)
    for paper, number, charge in who.counts:
        if paper.entered <= today:
            ended = (*who.outcome_of(charge), outcome[2]) if is_over else outcome
            filled = (*key, who.id, who.history, paper.id, charge, FELONY, number, *ended)
            yield "GS_PART_COUNT", LINE["GS_PART_COUNT"] % filled
    if who.sentence and who.sentence.entered <= today:
        given = who.sentence
        yield "GS_SENTENCE", LINE["GS_SENTENCE"] % (
            *key, who.id, day_text(given.on), given.kind, given.months or "", day_text(given.entered),
            given.restitution or "",
        )  # fmt: skip
