"""The key ring: the key that hashes identifiers now, and those that did before.

In: a workspace. Out: a new key in its place, the one before set aside under its ID. An identifier cannot be hashed anew
from its hash, so a refresh after a change reads the deliveries again from landing; until then receipts tell which key
they are under. A key that no delivery is under any more can be forgotten.
"""

import os
import secrets
from pathlib import Path

from pipelines import aside, edition, gate
from pipelines.lock import alone
from pipelines.workspace import KEY_BYTES, KEY_VARIABLE, Workspace
from sources.contract import agencies
from sources.errors import WorkspaceError


def by_key(workspace: Workspace) -> dict[str, list[str]]:
    """`agency delivery` of every delivery with hashed identifiers, by the ID of its key."""
    found: dict[str, list[str]] = {}
    for key, receipts in edition.listed(workspace).items():
        for r in receipts:
            if r.key_id and r.tallies:
                found.setdefault(r.key_id, []).append(f"{key} {r.name}")
    return found


def waiting(workspace: Workspace) -> list[str]:
    """`agency delivery` of every delivery that the next refresh reads again, because its key is not the one in use."""
    return [
        f"{key} {r.name}"
        for key, receipts in edition.listed(workspace).items()
        for r in gate.under_earlier_key(workspace, agencies()[key], receipts)
    ]


def retired(workspace: Workspace) -> dict[str, Path]:
    """Keys that were used before, by ID."""
    return {path.stem: path for path in sorted(workspace.retired_keys.glob("*.key"))}


def rotate(workspace: Workspace) -> str:
    """Put a new key into use and set the one before aside; returns the new ID. Nothing is read again here."""
    if os.environ.get(KEY_VARIABLE):
        raise WorkspaceError(
            f"The key comes from {KEY_VARIABLE}. Change it there, for every process that runs Palermo; "
            "the next refresh reads the deliveries again."
        )
    with alone(workspace):
        before, old = workspace.key_id, workspace.key()
        workspace.retired_keys.mkdir(mode=0o700, exist_ok=True)
        aside.secret(workspace.retired_keys / f"{before}.key", old.decode())
        aside.secret(workspace.key_file, secrets.token_hex(KEY_BYTES))
    return workspace.key_id


def forget(workspace: Workspace, key_id: str) -> None:
    """Remove a key that was used before; refused while a delivery is hashed under it."""
    path = retired(workspace).get(key_id)
    if path is None:
        known = ", ".join(retired(workspace)) or "none"
        raise WorkspaceError(f"No earlier key {key_id}. Earlier keys: {known}.")
    if under := by_key(workspace).get(key_id):
        raise WorkspaceError(f"{len(under)} deliveries are hashed under key {key_id}. Run first: palermo refresh")
    path.unlink()
