"""Invented tables on deliveries, checks and trust: every table and column of docs/decisions/0002 but the numbers.

In: a text for every free-text field. Out: frames by name.
"""

import pandas as pd

from transforms.changes import CAUSES, COLUMNS
from transforms.revision import COLUMNS as REVISIONS

RELEASED = {"edition": "2026-08-31-0a1b2c3d", "sha256": "ef" * 32}


def tables(text: str = "") -> dict[str, pd.DataFrame]:
    """All tables."""
    held = pd.DataFrame(
        columns=["agency", "delivery", "contract", "n_in_use", "n_held", "n_new", "n_changed", "n_gone"]
    )
    moved = pd.DataFrame(columns=["agency", "delivery", *COLUMNS, *CAUSES])
    return {
        "changes": changes(), "revisions": revisions(), **restated(text), "held": held, "held_changes": moved,
        **_deliveries(text), **_trust(text), "recode": _recode(text), **_linkage(),
    }  # fmt: skip


def changes() -> pd.DataFrame:
    """Two counts of FY2026 that grew, and one of a settled year that lost a record to another group."""
    rows = [
        ("cases_filed", "acteam", "ALL", "fy", "FY2026", 40, 46, 5, 1, 0, 0),
        ("cases_filed", "acteam", "phase_1", "fy", "FY2026", 9, 10, 1, 0, 0, 0),
        ("cases_filed", "acteam", "phase_1", "fy", "FY2012", 8, 7, 0, 0, -1, 0),
        ("cases_filed", "acteam", "ALL", "quarter", "FY2026 Q4", 8, 14, 5, 1, 0, 0),
        ("cases_filed", "chapter77", "ALL", "fy", "FY2025", 61, 60, 0, 0, 0, -1),
    ]  # fmt: skip
    names = ["metric", "scope", "area", "period_kind", "period", "before", "after", *CAUSES]
    frame = pd.DataFrame(rows, columns=names).assign(source="eousa", since="2026-08-31", until="2026-09-30")
    place = frame["source"] + "/" + frame["metric"] + "/" + frame["scope"] + "/" + frame["area"]
    return frame.assign(id=place + "/" + frame["period"].str.replace(" ", ""))[[*COLUMNS, *CAUSES]]


def restated(text: str) -> dict[str, pd.DataFrame]:
    """A year that records and a definition moved, one whose parts cancel out, one of another scope; two definitions."""
    rows = [
        ("cases_filed", "acteam", "ALL", "fy", "FY2026", 40, 43, 5, 1, 0, -1, -2, f"the measure; the models{text}"),
        ("cases_filed", "acteam", "phase_1", "fy", "FY2012", 8, 8, 0, 1, 0, 0, -1, "the measure"),
        ("cases_filed", "acteam", "ALL", "quarter", "FY2026 Q4", 8, 13, 5, 0, 0, 0, 0, ""),
        ("cases_filed", "chapter77", "ALL", "fy", "FY2025", 61, 60, 0, 0, -1, 0, 0, ""),
    ]
    names = ["metric", "scope", "area", "period_kind", "period", "before", "after", *CAUSES, "definition", "because"]
    frame = pd.DataFrame(rows, columns=names).assign(source="eousa", release=RELEASED["edition"])
    place = frame["source"] + "/" + frame["metric"] + "/" + frame["scope"] + "/" + frame["area"]
    order = ["id", "source", *names[:5], "release", *names[5:]]
    differ = [
        ("metric", "cases_filed", f"numerator differ; 2026-11: two or more defendants (as published){text}"),
        ("code", "the models", "0a -> 1b"), ("version", "", "0.1.0 -> 0.2.0"),
    ]  # fmt: skip
    return {
        "restated": frame.assign(id=place + "/" + frame["period"].str.replace(" ", ""))[order],
        "redefined": pd.DataFrame(differ, columns=["kind", "name", "how"]).assign(release=RELEASED["edition"]),
    }


def revisions() -> pd.DataFrame:
    """Three reports of two years and two quarters: FY2025 grew once, the last quarter began after the first report."""
    known = {
        ("fy", "FY2025", "ALL"): (60, 61, 61), ("fy", "FY2025", "phase_1"): (9, 9, 9),
        ("fy", "FY2026", "ALL"): (32, 40, 46), ("quarter", "FY2026 Q3", "ALL"): (20, 20, 20),
        ("quarter", "FY2026 Q4", "ALL"): (None, 8, 14),
    }  # fmt: skip
    days = ("2026-07-31", "2026-08-31", "2026-09-30")
    rows = [
        ("eousa", "cases_filed", "acteam", area, kind, period, day, n)
        for (kind, period, area), counts in known.items()
        for day, n in zip(days, counts, strict=True)
        if n is not None
    ]
    return pd.DataFrame(rows, columns=REVISIONS)


def _deliveries(text: str) -> dict[str, pd.DataFrame]:
    made = [
        ("eousa", "EOUSA", "2026-09-30", "2026-09-30", "in use", "", 100, 90, 6, 4),
        ("eousa", "EOUSA", "2026-08-31", "2026-08-31", "superseded", "", 98, 88, 6, 4),
        ("hsi", "HSI", f"hsi_2026-09-30.xlsx{text}", "2026-09-30", "in use", "", 40, 40, 0, 0),
        (
            "hsi",
            "HSI",
            f"hsi_2026-10-31.xlsx{text}",
            "2026-10-31",
            "held",
            f'column "Ref" is missing{text}',
            0,
            0,
            0,
            0,
        ),
    ]
    names = [
        "agency",
        "label",
        "delivery",
        "as_of",
        "status",
        "reason",
        "n_read",
        "n_staged",
        "n_quarantined",
        "n_skipped",
    ]
    deliveries = pd.DataFrame(made, columns=names).assign(n_files=1, days_since_good=31, is_late=False)
    read = deliveries[deliveries["n_read"] > 0]
    files = read[["agency", "delivery", "n_read", "n_staged", "n_quarantined", "n_skipped"]].assign(
        contract="cases", file=f"cases.csv{text}", sha256="ab" * 32
    )
    fates = [
        ("eousa", "2026-09-30", "gs_case", "quarantined", f"matter.class.code{text}", 6),
        ("eousa", "2026-09-30", "gs_case", "skipped", "exact duplicate", 4),
    ]
    findings = [
        ("eousa", "2026-09-30", "gs_case", "matter", "MAT-001", f"A matter has a date.{text}", "row", "warn", False,
         90, 2),
        ("hsi", f"hsi_2026-10-31.xlsx{text}", "cases", "investigation", "columns", "All columns.", "table", "error",
         False, None, None),
        ("hsi", "hsi_2026-09-30.xlsx", "cases", "investigation", "INV-001", "Dates in order.", "row", "error", True,
         40, 0),
    ]  # fmt: skip
    return {
        "deliveries": deliveries, "files": files,
        "fates": pd.DataFrame(fates, columns=["agency", "delivery", "contract", "fate", "rule", "n"]),
        "findings": pd.DataFrame(findings, columns=["agency", "delivery", "contract", "table", "rule", "says", "level",
                                                    "severity", "passed", "n_checked", "n_failed"]),
    }  # fmt: skip


def _trust(text: str) -> dict[str, pd.DataFrame]:
    whole = [
        ("cross-agency", "X-101", f"A matter that is named is one that LIONS has.{text}", "warn", False, 40, 3),
        ("edition", "ED-001", "Groups add up to the nation.", "error", True, 100, 0),
    ]
    unknowns = [
        ("eousa", "2026-08-31", "gs_case", "class", f"CLASS{text}", "code", 5),
        ("eousa", "2026-09-30", "gs_case", "class", f"CLASS{text}", "code", 6),
        ("eousa", "2026-09-30", "gs_instrument", "statute", f"CHARGE{text}", "statute", 2),
    ]
    levels = {"AK": "none low usual high", "AZ": "none none none none", "WY": "usual few none usual"}
    years = [2009, 2010, 2011, 2012]
    coverage = [("eousa", d, y, v) for d, row in levels.items() for y, v in zip(years, row.split(), strict=True)]
    coverage += [("hsi", d, y, "usual") for d in levels for y in years[2:]]
    return {
        "whole": pd.DataFrame(whole, columns=["level", "rule", "says", "severity", "passed", "n_checked", "n_failed"]),
        "unknowns": pd.DataFrame(unknowns, columns=["agency", "delivery", "contract", "column", "theirs", "kind", "n"]),
        "coverage": pd.DataFrame(coverage, columns=["agency", "district", "fiscal_year", "level"]),
    }


def _linkage() -> dict[str, pd.DataFrame]:
    """Links of the FBI and HSI, two measures, one of them hidden, two fields, and one re-link."""
    shown, hidden = "shown", "suppressed"
    links = [
        ("case", "fbi", "matter_number", "the U.S. Attorney's number is the same", 600.0, 0.99, 0.7, shown),
        ("case", "fbi", "model", "by the model", 140.0, 0.97, 0.2, shown),
        ("case", "hsi", "model", "by the model", None, None, None, hidden),
        ("defendant", "fjc", "docket_and_number", "docket and number are the same", 900.0, 0.999, 0.8, shown),
    ]
    linked = [
        (f"linkage/{measure}/{end}/ALL/FY2022-2024", measure, end, "FY2022-2024", top, bottom, value, status)
        for measure, top, bottom, value, status in (
            ("referrals_charged", 50.0, 100.0, 0.5, shown), ("seen_by_two", None, None, None, hidden),
            ("days_opening_to_charge", 40.0, 40.0, 301.0, shown),
        )
        for end in ("strict", "middle", "loose")
    ]  # fmt: skip
    differ = [
        ("case", "fbi", "eousa", "subjects", 700.0, 90.0, 0.1286, shown),
        ("case", "fbi", "eousa", "district", None, None, None, hidden),
    ]  # fmt: skip
    relinks = [("case", "fbi", "joined", "2026-08-31", "2026-09-30", 14.0, shown)]
    numbers = ["numerator", "denominator", "value", "status"]
    return {
        "links": pd.DataFrame(links, columns=["level", "source", "pass", "says", "n", "precision", "recall", "status"]),
        "linked": pd.DataFrame(linked, columns=["id", "measure", "threshold", "period", *numbers]),
        "disagreement": pd.DataFrame(
            differ, columns=["level", "source", "other", "field", "n_compared", "n_differ", "share", "status"]
        ),
        "relinks": pd.DataFrame(relinks, columns=["level", "source", "kind", "since", "until", "n", "status"]),
    }


def _recode(text: str) -> pd.DataFrame:
    """One family: a code that grew at another's cost in all districts, hidden numbers in the teams' districts."""
    shown = {"n_before": 40, "n_after": 60, "per_year_before": 20.0, "per_year_after": 30.0, "share_before": 0.5,
             "share_after": 0.75, "growth_per_year": 0.0, "shift_per_year": 10.0, "status": "shown"}  # fmt: skip
    rows = [
        {"code": "1591", "means": f"sex trafficking{text}", "area_kind": "nation", "area": "ALL", **shown,
         "reading": "coded differently"},
        {"code": "2421", "means": "transport", "area_kind": "nation", "area": "ALL",
         **shown, "n_after": 20, "per_year_after": 10.0, "share_after": 0.25, "reading": "both"},
        {"code": "1591", "means": f"sex trafficking{text}", "area_kind": "group", "area": "phase_1",
         "reading": "not shown", "status": "suppressed"},
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(
        source="eousa", family="lead_charge", label="lead charge at referral", counts="matters received",
        phase="phase_1", before_from=2010, before_to=2011, after_from=2012, after_to=2013, sentence=f"In words.{text}",
    )  # fmt: skip
