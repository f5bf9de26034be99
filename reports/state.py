"""What every page says about the data: late, held, provisional; the stamp and the footer.

In: an edition. Out: sentences and the footer's facts.
"""

from typing import Any

from reports import words
from reports.edition import NATION, Edition

STAMP = "INVENTED DATA: demo"
STUDY = {
    None: "nothing was released before",
    True: "changed since the last release",
    False: "unchanged since the last release",
}


def late_lines(edition: Edition) -> list[str]:
    """One line for every agency whose figures are not up to date; empty when all are."""
    lines = []
    for agency in edition.manifest["agencies"].values():
        stands = f"figures as of {agency['as_of']}" if agency["as_of"] else f"figures are {words.NOT_REPORTED}"
        for held in agency["held"]:
            day = held["as_of"] if held["as_of"] and held["as_of"] > "1900-01-01" else held["delivery"]
            lines.append(f"{agency['label']}: delivery of {day} held, {stands}")
        if agency["is_late"] and not agency["held"]:
            lines.append(f"{agency['label']}: no delivery for longer than its {agency['cadence_days']} days, {stands}")
        if not agency["in_use"] and not agency["held"]:
            lines.append(f"{agency['label']}: no good delivery yet, {stands}")
    return lines


def provisional_line(edition: Edition) -> str:
    """Which fiscal years are provisional, in words."""
    source, scope = edition.lead
    metric = edition.manifest["study"]["primary_outcome"]
    loose = [c.period for c in edition.series(source, metric, scope, NATION) if c.is_provisional]
    if not loose:
        return "No fiscal year is marked provisional in this edition."
    verb = "is" if len(loose) == 1 else "are"
    if ended := edition.manifest["agencies"].get(source, {}).get("complete_to"):
        why = f"the collection is complete to {ended} and has ended"
    else:
        why = f"records of the last {edition.manifest['settings']['provisional_months']} months still arrive"
    return f"{words.listed(loose)} {verb} provisional: {why}, so those counts read too low."


def footer(edition: Edition) -> dict[str, Any]:
    """Data date, edition, code, study hash, and the receipts of the files in use."""
    m = edition.manifest
    used = edition.tables["deliveries"].query("status == 'in use'")
    names = set(zip(used["agency"], used["delivery"], strict=True))
    files = edition.tables["files"]
    kept = files[[pair in names for pair in zip(files["agency"], files["delivery"], strict=True)]]
    receipts = []
    for (agency, delivery), part in kept.groupby(["agency", "delivery"], sort=True):
        hashes = sorted(set(part["sha256"].astype(str)) - {""}) or [""]
        shown = f"{hashes[0][:12]}…" + (f" and {len(hashes) - 1} more files" if len(hashes) > 1 else "")
        receipts.append(
            (m["agencies"].get(agency, {}).get("label", agency), str(delivery), shown, int(part["n_read"].sum()))
        )
    return {
        "data_date": m["data_date"], "edition": m["edition"], "code_version": m["code_version"],
        "study_sha256": m["study_sha256"], "receipts": receipts,
        "study_changed": STUDY[m["study_changed"]],
    }  # fmt: skip
