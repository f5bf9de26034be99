"""A refresh after intake: the whole, beside the same SQL by hand; then with nothing new, and with one small delivery.

Size 1 is 0.1 million charges: the dump of LIONS of an invented world as its intake has staged it, again and again under
other numbers, each time a week earlier; what other agencies sent stays as it is. `by hand` builds the same models and
counts the same metrics in one session of DuckDB. `figures` is the refresh up to there, `whole` goes on to links,
published tables and the site. `nothing new` and `small delivery` (the last one of the FBI, a few dozen records, kept
back until then) come after `whole`; `site` makes its 94 districts' pages again. Nothing is imported before the clock
runs: it is that of a command from the shell.
"""

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import Bar

if TYPE_CHECKING:
    from pipelines.receipt import Receipt
    from pipelines.workspace import Workspace

TITLE = "A refresh after intake"
AT_ONE, CHARGES = 100_000, 21_960  # the second in the invented world of scale 1


def prepare(folder: Path, size: float) -> int:
    """A workspace whose first deliveries are staged, and a small one kept back; returns the bytes of staged rows."""
    from pipelines import gate, receipt
    from pipelines.workspace import init
    from sources.contract import agencies
    from sources.synthetic import generate

    made = init(folder / "staged", is_invented=True)
    generate(made.root, n_deliveries=2)
    day = json.loads((made.root / "truth" / "world.json").read_text())["deliveries"][1]
    for later in made.landing.glob(f"*/*{day}*"):
        later.rename(folder / later.name) if later.parent.name == "fbi" else _remove(later)
    for agency in agencies().values():
        gate.receive(made, agency)
    (dump,) = receipt.listed(made.deliveries / "eousa")
    many = _multiplied(made, dump, round(size * AT_ONE / CHARGES))
    receipt.write_list(made.deliveries / "eousa", [many])
    return sum(many.staged.values())


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _multiplied(made: "Workspace", r: "Receipt", copies: int) -> "Receipt":
    """A delivery with its staged rows many times; the first time they are what they were."""
    from dataclasses import replace

    import duckdb

    from pipelines import receipt

    folder = made.deliveries / r.agency / r.key
    with duckdb.connect() as con:
        for path in (folder / "staged").glob("*.parquet"):
            kinds = {name: kind for name, kind, *_ in con.execute(f"describe from '{path}'").fetchall()}
            other = [f"{n} - cast(7 * k as integer) as {n}" for n, kind in kinds.items() if kind == "DATE"]
            other += [
                f"{n} || case when k > 0 then lpad(k::varchar, 4, '0') else '' end as {n}"
                for n in ("matter_ref", "docket_ref")
                if n in kinds
            ]
            rows = f"select t.* replace ({', '.join(other)}) from range({copies}) as r(k), '{path}' as t"
            con.execute(f"copy ({rows}) to '{path}.new' (format parquet, compression zstd)")
            Path(f"{path}.new").replace(path)
    many = replace(r, staged=receipt.sizes(folder))
    many.write(folder)
    return many


def warm(folder: Path) -> None:
    """Nothing: the start counts."""


def _again(folder: Path) -> "Workspace":
    """The workspace as its intake left it."""
    from pipelines.workspace import Workspace

    shutil.rmtree(folder / "w", ignore_errors=True)
    shutil.copytree(folder / "staged", folder / "w", copy_function=os.link)
    return Workspace(folder / "w")


def _by_hand(folder: Path) -> int:
    import duckdb

    from pipelines import edition
    from pipelines.staged import attach
    from transforms.counting import count_numbers, keep, marts
    from transforms.model import count, models

    workspace = _again(folder)
    receipts = edition.listed(workspace)
    counted, first = edition.counted(receipts), workspace.settings.first_fiscal_year
    settles = edition.settles(receipts, workspace.settings.provisional_months)
    with duckdb.connect(folder / "w" / "hand.duckdb") as con:
        attach(con, workspace, receipts)
        for model in models():
            model.build(con)
        for mart in marts():
            count_numbers(con, mart, workspace.read_study(), counted, first, settles)
            keep(con, mart)
        return count(con, "core.charge")


def _figures(folder: Path) -> int:
    from pipelines.definitions import JOB, build
    from pipelines.history import history

    workspace = _again(folder)
    with history(workspace) as instance:
        job = build(str(workspace.root)).resolve_job_def(JOB)
        layers = ("staging", "core", "mart", "metric")
        chosen = [key for key in job.asset_layer.executable_asset_keys if key.path[0] in layers]
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        job.execute_in_process(instance=instance, run_config=quiet, asset_selection=chosen)
    return _charges(workspace)


def _refreshed(workspace: "Workspace") -> int:
    from pipelines.refresh import refresh

    refresh(workspace)
    return _charges(workspace)


def _charges(workspace: "Workspace") -> int:
    from pipelines.warehouse import connect
    from transforms.model import count

    with connect(workspace, read_only=True) as con:
        return count(con, "core.charge")


def _nothing_new(folder: Path) -> int:
    from pipelines.workspace import Workspace

    return _refreshed(Workspace(folder / "w"))


def _small(folder: Path) -> int:
    for late in folder.glob("fbi_*"):
        os.link(late, folder / "w" / "landing" / "fbi" / late.name)
    return _nothing_new(folder)


def _site(folder: Path) -> int:
    from pipelines.workspace import Workspace
    from reports.build import build

    current = Workspace(folder / "w").current()
    assert current is not None
    return len(build(current, folder / "site"))


WAYS = {
    "by hand": _by_hand,
    "figures": _figures,
    "whole": lambda folder: _refreshed(_again(folder)),
    "nothing new": _nothing_new,
    "small delivery": _small,
    "site": _site,
}
BARS = [
    *(Bar(way, ("by hand",), at_most=1.3, of=of) for way in ("figures", "whole") for of in ("seconds", "cpu")),
    Bar("nothing new", (), at_most=5),
    Bar("small delivery", ("whole",), at_most=0.05),
    Bar("site", (), at_most=30),
    Bar("whole", (), at_most=4096, of="mb"),
]
