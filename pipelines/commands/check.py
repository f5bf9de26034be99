"""`palermo check FILE`: what a refresh would do with a delivery, before it is landed.

Exit codes: 0 a refresh takes it in, 2 a refresh would hold it, 1 it cannot be read or no contract reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from expectations.finding import Finding
    from transforms.check import Check, Verdict
    from transforms.intake import Bytes, Progress

BIG = 20 << 20


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--agency", "key", help="Who sent it; without this the contract is found by name and columns.")
@click.option("--return-sheet", "sheet", type=click.Path(path_type=Path), help="Folder for the return sheet.")
@click.option(
    "--enclave", is_flag=True, help="With --return-sheet: also a workbook with the refused texts, for inside."
)
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def check(file: Path, key: str | None, sheet: Path | None, enclave: bool, for_machines: bool) -> int:
    """Judge FILE (a file, a zip or a folder) as a delivery, without touching a workspace."""
    if enclave and not sheet:
        raise click.UsageError("--enclave goes with --return-sheet, the folder that the workbook is written to.")
    import json
    import secrets
    import tempfile
    from dataclasses import asdict

    from sources.readers import keyed_hash
    from transforms import check as checks
    from transforms import return_sheet

    found = checks.find(file, key)
    with tempfile.TemporaryDirectory(prefix="palermo-check-") as scratch:
        folder = Path(scratch) / found.delivery.key
        folder.mkdir()
        with _watching(found.delivery.size) as (progress, on_bytes):
            checks.run(found, folder, keyed_hash(secrets.token_bytes(32)), progress, on_bytes)
        wrong = _gate(found, folder)
        if sheet is not None:
            reasons = "; ".join(v.reason for v in found.verdicts if v.reason)
            return_sheet.write(found.agency, found.delivery.name, folder, sheet, reasons)
            if enclave:
                return_sheet.write_enclave(found.agency, found.delivery.name, folder, sheet)
    code = 2 if found.would_be_held or any(f.severity == "error" for f in wrong) else 0
    if for_machines:
        told = {
            "agency": found.agency.key, "is_guessed": found.is_guessed,
            "as_of": found.as_of.isoformat() if found.as_of else None,
            "would_be_held": code == 2, "notes": found.notes, "contracts": [asdict(v) for v in found.verdicts],
            "gate": [asdict(f) for f in wrong], "exit_code": code,
        }  # fmt: skip
        click.echo(json.dumps(told, indent=1))
    else:
        _print(found, wrong, code)
    return code


@contextmanager
def _watching(size: int) -> Iterator[tuple[Progress, Bytes]]:
    """Records, bytes, rate and time left, on a terminal and for anything big enough to take over two seconds."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from pipelines import shell

    console, rows = shell.console(stderr=True), [0]
    if size < BIG or not console.is_terminal:
        yield (lambda _what, _rows: None), (lambda _read, _all: None)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("reading")

        def progress(what: str, n: int) -> None:
            rows[0] += n
            bar.update(task, description=f"{what}: {rows[0]:,} records")

        yield progress, lambda read, whole: bar.update(task, completed=read, total=whole)


def _gate(found: Check, folder: Path) -> list[Finding]:
    """What the gate would find wrong, errors first; it needs the whole delivery."""
    whole = {c.name for c in found.agency.contracts} == set(found.intakes)
    if not whole or found.would_be_held:
        return []
    import duckdb

    from expectations.run import judge
    from transforms.intake import Intake

    total = Intake()
    for intake in found.intakes.values():
        total.tallies += intake.tallies
        total.why |= intake.why
    with duckdb.connect() as con:
        wrong = [f for f in judge(con, found.agency, folder, total, None) if not f.passed and f.level != "row"]
    return sorted(wrong, key=lambda f: f.severity)


def _print(found: Check, wrong: list[Finding], code: int) -> None:
    from pipelines import shell

    out = shell.console(soft_wrap=True)
    told = "contract guessed by the columns" if found.is_guessed else "contract found by the name"
    out.print(f"{found.agency.label}, delivery {f'of {found.as_of}' if found.as_of else 'without a date'} ({told})")
    for note in found.notes:
        out.print(f"  {note}")
    for verdict in found.verdicts:
        _verdict(out.print, found, verdict)
    if wrong:
        out.print("\nThe gate")
    for f in wrong:
        does = "held" if f.severity == "error" else "warning"
        out.print(f"  {does}: {f.says} Not so for {f.n_failed:,} of {f.n_checked:,}. ({f.contract} {f.rule})")
    if code:
        out.print("\nA refresh would hold it as it is.")
    else:
        out.print("\nA refresh would take it in, if it also bears comparison with the delivery before.")


def _verdict(say: Callable[[str], None], found: Check, verdict: Verdict) -> None:
    say(f"\n{verdict.contract}: {', '.join(verdict.files[:3])}{' …' if len(verdict.files) > 3 else ''}")
    if verdict.reason:
        say(f"  held: {verdict.reason}")
    else:
        say(
            f"  {verdict.n_read:,} records = {verdict.n_staged:,} accepted + {verdict.n_quarantined:,} quarantined "
            f"+ {verdict.n_skipped:,} skipped"
        )
    for why, n in verdict.why.items():
        say(f"  {_why(found, verdict, why, n)}")
    for column, codes in verdict.codes.items():
        say(f"  unknown codes in {column}: {', '.join(f'{code} ({n:,})' for code, n in codes.items())}")
    for column, n in verdict.unparsed.items():
        say(f"  {column}: {n:,} statutes could not be read; they are staged as text")
    for column, near in verdict.missing.items():
        say(f'  missing column "{column}"' + (f', perhaps "{near}"' if near else ""))
    if verdict.surplus:
        say(f"  surplus columns: {', '.join(verdict.surplus[:12])}")


def _why(found: Check, verdict: Verdict, why: str, n: int) -> str:
    """One reason in words, with the first lines that met it."""
    from transforms.return_sheet import words

    contract = next(c for c in found.agency.contracts if c.name == verdict.contract)
    told = f"quarantined: {words(contract, why)} ({why})" if "." in why else f"skipped: {why}"
    places = verdict.lines.get(why, [])[:6]
    if len(verdict.files) == 1:
        shown = f"line{'s' * (n > 1)} " + ", ".join(place.rsplit(" line ", 1)[1] for place in places)
    else:
        shown = "; ".join(places)
    return f"{n:,} {told}: {shown}{' …' if n > len(places) else ''}"
