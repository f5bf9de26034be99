"""`palermo evaluate`: the estimators of the evaluation on any CSV panel.

In: a CSV with one row per unit and period, and the names of its columns. Out: a table, or JSON with `--json`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from transforms.evaluation import Estimate

Family = Literal["poisson", "gaussian"]


@click.command("evaluate")
@click.argument("panel", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", help="Column of the unit (district, county, state).")
@click.option("--time", help="Column of the period: years, 2010Q4, 2010-12, or numbers.")
@click.option("--cohort", help="Column of the start of treatment (empty, 0, infinite: never), or of 0 and 1 by period.")
@click.option("--outcome", help="Column of the outcome.")
@click.option("--exposure", help="Column of the exposure (Poisson only).")
@click.option("--weights", help="Column of the weights.")
@click.option("--cluster", help="Column of the clusters of the errors; the unit unless given.")
@click.option("--covariates", default="", help="Covariate columns, comma between them.")
@click.option("--family", type=click.Choice(["poisson", "gaussian"]), help="Counts or not; judged from the outcome.")
@click.option("--estimator", "estimators", multiple=True, help="Estimator, may be repeated; see --list.")
@click.option(
    "--control", type=click.Choice(["never", "not-yet"]), help="Comparison units; as the authors do if not given."
)
@click.option("--balance-event", type=int, help="Event averages over cohorts seen so long (callaway_santanna).")
@click.option("--draws", default=1999, show_default=True, help="Random draws of the resampling methods.")
@click.option("--seed", default=20111, show_default=True, help="Seed of the resampling methods.")
@click.option("--drop-incomplete", is_flag=True, help="Leave out units without a value in every period.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--list", "as_list", is_flag=True, help="Name the estimators, what they assume and when they fail.")
def evaluate(panel: Path | None, as_json: bool, as_list: bool, **options: Any) -> None:
    """Estimate what a programme changed, from any PANEL.csv with one row per unit and period."""
    from sources.errors import PalermoError

    if as_list:
        _list(as_json)
        return
    missing = [f"--{name}" for name in ("unit", "time", "cohort", "outcome") if not options[name]]
    if panel is None or missing:
        raise click.UsageError(f"missing {', '.join(([] if panel else ['PANEL.csv']) + missing)}")
    try:
        estimates = _run(panel, **options)
    except PalermoError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps([e.record() for e in estimates], indent=1, default=str))
    else:
        _print(estimates)


def _run(
    path: Path,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    exposure: str | None,
    weights: str | None,
    cluster: str | None,
    covariates: str,
    family: Family | None,
    estimators: Sequence[str],
    control: Literal["never", "not-yet"] | None,
    draws: int,
    seed: int,
    drop_incomplete: bool,
    balance_event: int | None,
) -> "list[Estimate]":
    from transforms.evaluation import Design, Panel, evaluate
    from transforms.evaluation.reading import only_complete, read_panel, usual_family

    frame = read_panel(path)
    wanted = tuple(c.strip() for c in covariates.split(",") if c.strip())
    if drop_incomplete:
        frame = only_complete(frame, unit, time, [outcome, *wanted, *(c for c in (exposure, weights, cluster) if c)])
    chosen: Family = family or usual_family(frame, outcome, exposure, estimators)
    panel = Panel.from_frame(
        frame,
        unit=unit,
        time=time,
        cohort=cohort,
        outcome=outcome,
        exposure=exposure,
        weights=weights,
        cluster=cluster,
        covariates=wanted,
        family=chosen,
    )
    design = Design(control=control, family=chosen, draws=draws, seed=seed, balance_event=balance_event)
    return evaluate(panel, design, estimators or None, progress=lambda name: click.echo(f"{name} ...", err=True))


def _list(as_json: bool) -> None:
    from transforms.evaluation import ESTIMATORS

    if as_json:
        fields = ("key", "label", "assumes", "fails_when")
        click.echo(json.dumps([{f: getattr(e, f) for f in fields} for e in ESTIMATORS.values()], indent=1))
        return
    for estimator in ESTIMATORS.values():
        click.echo(f"{estimator.key}: {estimator.label}")
        for title, lines in (("assumes", estimator.assumes), ("fails when", estimator.fails_when)):
            for line in lines:
                click.echo(f"    {title}: {line}")


def _print(estimates: "list[Estimate]") -> None:
    click.echo(f"{'estimator':<24}{'term':<17} {'where':<27} {'scale':<10} {'estimate':>12} {'error':>11}  interval, p")
    for e in estimates:
        where = ", ".join(
            f"{name} {_short(value)}"
            for name, value in (("e", e.event_time), ("g", e.cohort), ("t", e.time), ("", e.label))
            if value is not None
        ).strip()
        limits = "" if e.lower is None or e.upper is None else f"{e.lower:.6g} to {e.upper:.6g}"
        p_value = "" if e.p_value is None else f", p {e.p_value:.4g}"
        number, error = _number(e.estimate), _number(e.standard_error)
        click.echo(
            f"{e.estimator:<24}{e.term:<17} {where:<27} {e.scale:<10} {number:>12} {error:>11}  {limits}{p_value}"
        )
    for note in dict.fromkeys(f"{e.estimator}: {note}" for e in estimates for note in e.notes):
        click.echo(f"note  {note}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
