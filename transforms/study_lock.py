"""The lock of a study: what was fixed, and when, so that a change after a look at results cannot pass unseen.

In: `study.yml` and `study.lock`, which lie side by side in a workspace. Out: the entries of the lock, and what has
changed since the first. An entry is never rewritten: locking a changed study adds one, with the reason.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sources.errors import DefinitionError
from transforms.study import Frozen, digest, load

LAYOUT = "comments or layout only"


class Entry(Frozen):
    """One locking: the study as it then stood, with its hash, and how many editions had been made before."""

    sha256: str
    locked_on: dt.date
    n_editions: int
    why: str = ""
    text: str


def entries(path: Path) -> list[Entry]:
    """Every locking, the first one first; none where the study was never locked."""
    if not path.is_file():
        return []
    try:
        found = [Entry(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, yaml.YAMLError):
        raise DefinitionError(f"{path.name}: not a lock that can be read. Put back the file as it was.") from None
    for number, entry in enumerate(found, start=1):
        if hashlib.sha256(entry.text.encode()).hexdigest() != entry.sha256:
            raise DefinitionError(
                f"{path.name}: entry {number} does not have its hash; it was edited. Put back the file as it was."
            )
    return found


def lock(study: Path, path: Path, day: dt.date, n_editions: int, why: str = "") -> Entry:
    """Lock the study as it stands; a study that was locked before and has changed needs a reason."""
    load(study)
    known, now = entries(path), digest(study)
    if known and known[-1].sha256 == now:
        raise DefinitionError(f"{study.name}: locked on {known[-1].locked_on} as it stands. There is nothing to do.")
    if known and not why:
        raise DefinitionError(
            f"{study.name}: locked on {known[-1].locked_on} and changed since ({', '.join(changed(known[0], study))})."
            " To lock it again say why: --because TEXT. The first lock stays on the page."
        )
    text = study.read_bytes().decode("utf-8")
    entry = Entry(sha256=now, locked_on=day, n_editions=n_editions, why=why, text=text)
    rows = [e.model_dump() for e in [*known, entry]]
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(yaml.safe_dump(rows, sort_keys=False, allow_unicode=True), encoding="utf-8")
    aside.replace(path)
    return entry


def state(study: Path, path: Path) -> dict[str, Any] | None:
    """The first lock and what has changed since, as the manifest holds it; None where there is no lock."""
    known = entries(path)
    if not known:
        return None
    first, last = known[0], known[-1]
    return {
        "sha256": first.sha256,
        "locked_on": first.locked_on.isoformat(),
        "n_editions": first.n_editions,
        "changed": changed(first, study),
        "is_locked_again": last.sha256 == digest(study) != first.sha256,
        "why": last.why,
    }


def changed(entry: Entry, study: Path) -> list[str]:
    """The fields of the study that are not what they were when it was locked."""
    if digest(study) == entry.sha256:
        return []
    before, now = (dict(_flat(yaml.safe_load(text))) for text in (entry.text, study.read_text(encoding="utf-8")))
    moved = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    return moved or [LAYOUT]


def _flat(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of the study with its path; a list of plain values is one leaf."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{at}.{inner.get('key', number) if isinstance(inner, dict) else number}")
    else:
        yield at, value
