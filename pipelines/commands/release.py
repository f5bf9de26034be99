"""`palermo release`: copy an edition to a release folder, if an attacker with nothing but its tables finds nothing."""

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("workspace", required=False)
@click.option("--edition", "name", default=None, help="The edition; default: the last one.")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="The release folder.")
@click.option("--by", required=True, help="The role that releases, for the record; not a person's name.")
def release(workspace: str | None, name: str | None, target: Path, by: str) -> None:
    """Release an edition of WORKSPACE: site, tables and a record of who, when, which rule and what was hidden."""
    from pipelines.workspace import find
    from sources.errors import EditionError

    found = find(workspace)
    folder = found.editions / name if name else found.current()
    if folder is None or not (folder / "manifest.json").is_file():
        raise EditionError(
            f"No edition {name or 'yet'}. See what there is: palermo status; or make one: palermo refresh"
        )
    written = released(folder, target, by)
    record = json.loads((written / "release.json").read_text(encoding="utf-8"))
    click.echo(f"Released {record['edition']} to {written}")
    click.echo(f"  {record['rule']}; {record['n_hidden']:,} of {record['n_restricted']:,} restricted numbers hidden")
    click.echo("  an attacker with these tables alone finds no hidden count")


def released(folder: Path, target: Path, by: str) -> Path:
    """Attack, then copy aside and rename into place; nothing is left behind by a refusal."""
    import shutil

    import pandas as pd

    from sources.errors import EditionError
    from transforms.disclosure import Rule, attack
    from transforms.study import Study

    place = target / folder.name
    if place.exists():
        raise EditionError(f"{place}: this edition is released already. A release is never written over.")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    cells = pd.read_parquet(folder / "tables" / "cells.parquet")
    tiers = {metric: str(about["tier"]) for metric, about in manifest["metrics"].items()}
    study = Study(**{k: v for k, v in manifest["study"].items() if k != "groups"})
    rule = Rule(threshold=int(manifest["settings"]["disclosure"]["threshold"]))
    exposures = attack(cells, tiers, rule, study.group_of, earlier=_last(target))
    if exposed := [e for e in exposures if not e.is_from_earlier]:
        where = ", ".join(sorted({f"{e.metric} {e.scope} {e.area} {e.period}" for e in exposed})[:5])
        raise EditionError(
            f"{folder.name}: not released. {len(exposed)} small counts can be worked out from what is published, "
            f"among them {where}. Make the edition again with complementary suppression on: palermo refresh"
        )
    aside = target / f".{folder.name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for part in ("site", "tables"):
        if (folder / part).is_dir():
            shutil.copytree(folder / part, aside / part)
    shutil.copy2(folder / "manifest.json", aside / "manifest.json")
    _record(aside, cells, tiers, rule, manifest["edition"], by, n_known=len(exposures))
    return aside.rename(place)


def _last(target: Path) -> Any:
    """The cells of the last release, which everybody has."""
    import pandas as pd

    made = sorted(target.glob("*/release.json"))
    return pd.read_parquet(made[-1].parent / "tables" / "cells.parquet") if made else None


def _record(folder: Path, cells: Any, tiers: dict[str, str], rule: Any, edition: str, by: str, *, n_known: int) -> None:
    """Who, when, which rule, what was hidden, and the SHA-256 of every file that left."""
    import datetime as dt
    import hashlib

    restricted = cells[cells["metric"].map(tiers) == "restricted"]
    hidden = restricted[restricted["status"] == "suppressed"]
    levels = hidden.groupby(["metric", "scope", "area_kind", "period_kind"]).size()
    record = {
        "edition": edition,
        "released_by": by,
        "released_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "rule": rule.says,
        "threshold": rule.threshold,
        "never_published": ["/".join(level) for level in rule.withheld],
        "n_restricted": len(restricted),
        "n_hidden": len(hidden),
        "hidden": {"/".join(level): int(n) for level, n in levels.items()},
        "n_hidden_that_an_earlier_release_shows": n_known,
        "attack": "linear programmes over the published tables: no hidden count narrower than the rule",
        "files": {
            str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*"))
            if p.is_file()
        },
    }
    (folder / "release.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
