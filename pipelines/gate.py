"""The gate: takes in what is new in an agency's drop folder, judges it, and says which deliveries are in use.

In: a workspace and an agency. Out: receipts, by date. A delivery that cannot be read or that fails a blocking check is
held: its receipt says why, and the agency's last good delivery stays in use. Deliveries are judged in the order of
their dates (of one date, of their names), each against the good one before it, so that the order in which they arrive
changes nothing. One that has the bytes of the good one before it repeats it; bytes that come back later are news.
"""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from expectations.evidence import Counts
from expectations.finding import Finding, Previous, holds
from expectations.run import count, judge
from pipelines import apart, journal, progress, receipt
from pipelines.receipt import Receipt
from pipelines.version import judging, reading
from pipelines.warehouse import scratch
from pipelines.workspace import Workspace
from sources.contract import Agency, agencies
from sources.errors import DeliveryError
from sources.landing import Delivery, Hashed, candidates, read_delivery
from sources.readers import keyed_hash
from transforms import return_sheet
from transforms.intake import Bytes, Intake, Tally, take_in


def begin(workspace: Workspace, keys: Iterable[str], hashed: Hashed) -> None:
    """Begin to read what is new for some agencies, as far as anything is done beside.

    It begins with what is asked for last: so the two meet, wherever that is, and neither waits before.
    """
    if not apart.is_shared():
        return
    for key in sorted(keys, key=lambda key: (order(key), key), reverse=True):
        agency, home = agencies()[key], workspace.deliveries / key
        key_id = _key_id(workspace, agency)
        arrived, _ = _arrivals(workspace, agency, lambda _read, _of: None, hashed)
        news = [
            d for d, before in zip(arrived, [None, *arrived], strict=False) if not before or before.digest != d.digest
        ]
        for delivery in reversed(news):
            folder = home / delivery.key
            if not _is_read(receipt.read(folder), agency, folder, key_id):
                apart.ahead(_read, workspace.root.resolve(), key, delivery)


def order(key: str) -> int:
    """Whose deliveries are judged first: those of few tables, while those of many are read."""
    return len(agencies()[key].contracts)


def receive(workspace: Workspace, agency: Agency, again: str | None = None) -> list[Receipt]:
    """Take in and judge every delivery of the drop folder that is not known yet; returns all receipts by date.

    `again` names a delivery that is read and judged anew although it is known. Those after it are judged anew where
    that changes what they are judged against, so that deliveries can be read again in any order.
    """
    home = workspace.deliveries / agency.key
    pending, unreadable = _arrivals(workspace, agency, progress.read_bytes)
    receipts: list[Receipt] = []
    key_id = _key_id(workspace, agency)
    for delivery in pending:
        folder = home / delivery.key
        before = next((r for r in reversed(receipts) if r.is_good), None)
        known = receipt.read(folder)
        if before and before.digest == delivery.digest:
            found = _blank(agency, delivery, "repeated", f"the same bytes as {before.name}")
        elif known and delivery.name != again and _stands(known, agency, before, folder, key_id):
            found = known if known.name == delivery.name else _renamed(workspace, agency, known, delivery.name)
        else:
            known = None if delivery.name == again else known
            with journal.at(agency=agency.key, delivery=delivery.name):
                found = _taken_in(workspace, agency, delivery, known, before)
                journal.tell("delivery judged", status=found.status, n_rules_broken=found.n_broken)
        if found is not known:
            found = replace(found, staged=receipt.sizes(folder), key_id=key_id)
            _return_sheet(workspace, agency, found, folder)
            if found.status != "repeated":  # what it would be judged as without the one before it stays
                found.write(folder)
        receipts.append(found)
    for found in unreadable:
        if not return_sheet.paths(agency, found.name, workspace.returns / agency.key)[0].is_file():
            _return_sheet(workspace, agency, found, home / found.key)
    found_all = sorted(receipts + unreadable, key=lambda r: r.rank)
    receipt.write_list(home, found_all)
    return found_all


def in_use(agency: Agency, receipts: list[Receipt]) -> list[Receipt]:
    """The good deliveries whose rows are counted: all where later ones add to earlier ones, else the last."""
    good = [r for r in receipts if r.is_good]
    return good if agency.mode in ("append", "snapshot") else good[-1:]


def held(agency: Agency, receipts: list[Receipt]) -> list[Receipt]:
    """Held deliveries that are newer than what is in use, and those that could not even be opened."""
    used = in_use(agency, receipts)
    since = used[-1].rank if used else ("", "")
    return [r for r in receipts if r.status == "held" and (r.rank > since or r.key.startswith("unreadable"))]


def _arrivals(
    workspace: Workspace, agency: Agency, on_bytes: Bytes, hashed: Hashed | None = None
) -> tuple[list[Delivery], list[Receipt]]:
    """Deliveries by date, and a held receipt for each that cannot even be opened."""
    found, refused = [], []
    for name, root, paths in candidates(agency, workspace.landing / agency.key):
        try:
            if not hashed:
                progress.step(f"{agency.key} hashing", 0)
            found.append(read_delivery(agency, name, root, paths, on_bytes, hashed))
        except DeliveryError as error:
            key = f"unreadable-{_short(name)}"
            made_by = (_made_by(agency), judging())
            refused.append(Receipt(agency.key, key, name, receipt.UNDATED, "", *made_by, "held", str(error)))
    return _told_apart(sorted(found, key=lambda d: (d.as_of, d.name))), refused


def _told_apart(deliveries: list[Delivery]) -> list[Delivery]:
    """Deliveries that share no key: of those of one date with the same bytes, later ones bear a mark of their name."""
    first: dict[str, Delivery] = {}
    return [d if first.setdefault(d.key, d) is d else replace(d, mark=_short(d.name)) for d in deliveries]


def _taken_in(
    workspace: Workspace,
    agency: Agency,
    delivery: Delivery,
    known: Receipt | None,
    before: Receipt | None,
) -> Receipt:
    """Read and stage a delivery unless its rows are there already, then judge it."""
    home = workspace.deliveries / agency.key
    folder = home / delivery.key
    counted: dict[str, Counts] = {}
    try:
        if known and _is_read(known, agency, folder, _key_id(workspace, agency)):
            intake = Intake([Tally(**t) for t in known.tallies], known.why, known.unparsed)
        else:
            intake, counted = apart.ask(_read, workspace.root.resolve(), agency.key, delivery)
            _tell_read(intake, delivery)
    except DeliveryError as error:
        return replace(_blank(agency, delivery, "held", str(error)), previous=before.key if before else None)
    progress.step(f"{agency.key} gate", 0)
    with scratch(workspace.root, delivery.size) as con:
        findings = judge(con, agency, folder, intake, _previous(home, before), counted)
    broken = holds(findings)
    return replace(
        _blank(agency, delivery, "held" if broken else "good", _words(broken)),
        previous=before.key if before else None,
        tallies=[asdict(t) for t in intake.tallies],
        why=intake.why,
        unparsed=intake.unparsed,
        findings=[asdict(f) for f in findings],
    )


def _read(root: Path, key: str, delivery: Delivery) -> tuple[Intake, dict[str, Counts]]:
    """Read and stage a delivery into its folder, and count for its checks what needs no other delivery.

    Nothing else of the workspace is changed or needed.
    """
    workspace, agency = Workspace(root), agencies()[key]
    home = workspace.deliveries / key
    folder, draft = home / delivery.key, home / f".{delivery.key}.part"
    for old in (draft, folder):
        shutil.rmtree(old, ignore_errors=True)
    try:
        with scratch(root, delivery.size) as con:
            hasher = keyed_hash(workspace.key())
            intake = take_in(con, agency, delivery, draft, hasher, progress.step, progress.read_bytes)
            counted = count(con, agency, draft, intake)
    except DeliveryError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    draft.rename(folder)
    return intake, counted


def _is_read(known: Receipt | None, agency: Agency, folder: Path, key_id: str) -> bool:
    """Whether the staged rows can be judged as they are: by these contracts, hashed under this key, all there."""
    if not known:
        return False
    made_by = (known.contracts, known.key_id)
    return made_by == (_made_by(agency), key_id) and bool(known.tallies) and known.is_whole(folder)


def _tell_read(intake: Intake, delivery: Delivery) -> None:
    counts = {fate: intake.total(fate) for fate in receipt.FATES}
    size = sum(f.size for f in delivery.files)
    journal.handled(counts["read"], size)
    journal.tell("delivery read", bytes=size, **counts)


def _return_sheet(workspace: Workspace, agency: Agency, found: Receipt, folder: Path) -> None:
    """For the liaison: a sheet where a record was refused or the delivery held, none where all is well."""
    out = workspace.returns / agency.key
    reason = found.reason if found.status == "held" else ""
    if reason or (found.status == "good" and found.total("quarantined")):
        return_sheet.write(agency, found.name, folder, out, reason)
    else:
        return_sheet.remove(agency, found.name, out)


def _renamed(workspace: Workspace, agency: Agency, known: Receipt, name: str) -> Receipt:
    """The same delivery under another name: the sheet with the old one goes."""
    return_sheet.remove(agency, known.name, workspace.returns / agency.key)
    return replace(known, name=name)


def _blank(agency: Agency, delivery: Delivery, status: str, reason: str) -> Receipt:
    files = [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in delivery.files]
    return Receipt(
        agency.key,
        delivery.key,
        delivery.name,
        delivery.as_of.isoformat(),
        delivery.digest,
        _made_by(agency),
        judging(),
        status,
        reason,
        files=files,
        unread=delivery.unread(agency),
    )


def _stands(known: Receipt, agency: Agency, before: Receipt | None, folder: Path, key_id: str) -> bool:
    """Whether a receipt still holds: read, hashed and judged by the same, against the same, its rows all there."""
    made_by = (known.contracts, known.key_id, known.rules, known.previous)
    return made_by == (_made_by(agency), key_id, judging(), before.key if before else None) and known.is_whole(folder)


def _previous(home: Path, before: Receipt | None) -> Previous | None:
    if before is None:
        return None
    staged: dict[str, int] = {}
    for tally in before.tallies:
        staged[tally["contract"]] = staged.get(tally["contract"], 0) + tally["n_staged"]
    return Previous(home / before.key, staged, before.day)


def _words(broken: list[Finding]) -> str:
    return "; ".join(
        f"{f.contract or f.table}: {f.says} ({f.rule}: {f.n_failed:,} of {f.n_checked:,})" for f in broken[:3]
    )


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _made_by(agency: Agency) -> str:
    return f"{agency.digest}-{reading()}"


def landed(workspace: Workspace, agency: Agency) -> list[str]:
    """Names of what lies in the agency's drop folder."""
    return [name for name, _, _ in candidates(agency, workspace.landing / agency.key)]


def _key_id(workspace: Workspace, agency: Agency) -> str:
    """The ID of the key that hashes the agency's identifiers; nothing where it sends none."""
    return workspace.key_id if any(c.hashed for c in agency.contracts) else ""


def under_earlier_key(workspace: Workspace, agency: Agency, receipts: list[Receipt]) -> list[Receipt]:
    """Deliveries whose identifiers are hashed under another key than the one in use: they must be read again."""
    key_id = _key_id(workspace, agency)
    return [r for r in receipts if r.tallies and r.key_id != key_id]


def has_news(
    workspace: Workspace,
    agency: Agency,
    on_bytes: Bytes = lambda _read, _of: None,
    hashed: Hashed | None = None,
) -> bool:
    """Whether the drop folder holds anything but the deliveries of the last receipts, read by the same contracts.

    `hashed` says what a file hashes to; whatever `receive` reads is hashed from its bytes.
    """
    arrived, unreadable = _arrivals(workspace, agency, on_bytes, hashed)
    now = sorted([(d.name, d.digest) for d in arrived] + [(r.name, "") for r in unreadable])
    home = workspace.deliveries / agency.key
    known = receipt.listed(home)
    made_by = (_made_by(agency), judging())
    return (
        now != sorted((r.name, r.digest) for r in known)
        or any((r.contracts, r.rules) != made_by or (r.is_good and not r.is_whole(home / r.key)) for r in known)
        or bool(under_earlier_key(workspace, agency, known))
    )
