"""`palermo diff A B`: what differs between two editions, and why."""

import json
import sys
from typing import Any

import click

MOST = 30


@click.command()
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option("--workspace", default=None, help="The workspace; default: here, ./workspace or ./demo.")
@click.option("--metric", default=None, help="One measure only.")
@click.option("--all", "everything", is_flag=True, help="Every figure that moved, not the thirty largest.")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON: every figure that moved.")
def diff(
    before: str | None,
    after: str | None,
    workspace: str | None,
    metric: str | None,
    everything: bool,
    for_machines: bool,
) -> None:
    """Compare edition BEFORE with AFTER: deliveries, definitions, and each figure that moved with the cause.

    Name editions or releases, or the beginning of a name. Default: the current edition with the last release, or with
    the edition of the data date before it. Public counts of the nation and the groups are cut by cause: new (its day
    came since), late, corrected, withdrawn, and definition (code, study or settings: what records do not explain).
    """
    from pipelines import comparing
    from pipelines.workspace import meant
    from transforms.metric import metrics

    if metric and metric not in metrics():
        raise click.BadParameter(f"no metric {metric}; there are {', '.join(metrics())}", param_hint="--metric")
    found = meant(workspace)
    if before is None:
        pair = comparing.last_two(found)
    else:
        last = comparing.find(found, after) if after else comparing.current(found)
        pair = comparing.find(found, before), last
    made = comparing.compare(found, *pair)
    if metric:
        made["figures"] = made["figures"][made["figures"]["metric"] == metric]
    if for_machines:
        figures = json.loads(made["figures"].to_json(orient="records", double_precision=15))
        click.echo(json.dumps(made | {"figures": figures}, indent=1))
    else:
        _show(made, everything=everything)


def _show(made: dict[str, Any], *, everything: bool) -> None:
    from pipelines import shell

    console = shell.console(width=None if sys.stdout.isatty() else 120)
    figures = made["figures"]
    console.print(f"{made['before']} -> {made['after']}")
    for key, names in made["deliveries"].items():
        console.print(f"  {key}: {_names(names['before'])} -> {_names(names['after'])}")
    for one in made["definitions"]:
        console.print(f"  definition: {' '.join(filter(None, (one['kind'], one['name'])))}: {one['how']}")
    if not (made["deliveries"] or made["definitions"]):
        console.print("  the same deliveries and definitions")
    statuses = figures.groupby(["status_before", "status_after"]).size()
    console.print(f"{len(figures):,} of {made['n_figures']:,} figures differ", end="")
    console.print("".join(f"; {n:,} {was} -> {now}" for (was, now), n in statuses.items() if was != now))
    if not made["has_causes"]:
        console.print("Causes are not told: deliveries of one of the two are gone from the store.")
    _causes(console, figures, everything=everything)


def _names(names: list[str]) -> str:
    return names[-1] + (f" and {len(names) - 1} before it" if len(names) > 1 else "") if names else "none"


def _causes(console: Any, figures: Any, *, everything: bool) -> None:
    """The counts that are cut by cause, by year before quarter and the largest first; then how many others moved."""
    from rich.table import Table

    from transforms.changes import CAUSES
    from transforms.difference import DEFINITION

    columns = [*CAUSES, DEFINITION]
    cut = figures[figures[DEFINITION].notna()]
    size = cut[columns].abs().sum(axis=1)
    cut = cut.assign(size=-size).sort_values(["period_kind", "size", "id"]).drop(columns="size")
    kept = cut if everything else cut.head(MOST)
    if len(kept):
        table = Table("figure", "before", "after", *columns, box=None, header_style="bold")
        for column in table.columns[1:]:
            column.justify = "right"
        for row in kept.to_dict("records"):
            parts = [f"{int(row[c]):+,}" if row[c] else "" for c in columns]
            table.add_row(row["id"], f"{int(row['before']):,}", f"{int(row['after']):,}", *parts)
        console.print(table)
    if len(cut) > len(kept):
        console.print(f"{len(cut) - len(kept):,} more: --all, or --json")
    if others := len(figures) - len(cut):
        console.print(
            f"{others:,} figures differ that are not cut by cause: districts, windows, shares, means, hidden."
        )
