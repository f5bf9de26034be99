"""The generated reference: tables, code lists, contracts, metrics, scopes, rules and commands, from their definitions.

In: the registries. Out: Markdown in a folder (`make docs` writes docs/reference; a test says when it is out of date).
"""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageMetadata, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement

from expectations.rule import rules
from sources.contract import Agency, Contract, agencies
from sources.schema import Table, code_lists, tables
from transforms.indicator import claims
from transforms.metric import Metric, Scope, Split, metrics, scopes, splits

METHODS = {
    "rows": "counted by date",
    "open": "what is open on the last day of the period",
    "incidence": "a cohort followed, the open censored (Aalen-Johansen)",
    "survival": "a cohort followed, the open censored (Kaplan-Meier)",
    "sums": "made of published counts",
    "change": "made of published counts",
    "peak": "made of published counts",
    "above": "made of published counts",
}
NOTE = "<!-- Made by `make docs` from the definitions; edit those, not this page. -->\n"


def pages() -> dict[str, str]:
    """Every page by file name."""
    return {
        "tables.md": _page("Tables", map(_table, tables().values())),
        "codes.md": _page("Code lists", (_codes(name, codes) for name, codes in sorted(code_lists().items()))),
        "contracts.md": _page("Contracts", map(_agency, agencies().values())),
        "metrics.md": _page("Metrics", map(_metric, metrics().values())),
        "splits.md": _page("Splits", map(_split, splits().values())),
        "indicators.md": _page("Indicators and gaps", [_indicators()]),
        "scopes.md": _page("Scopes", map(_scope, scopes().values())),
        "rules.md": _page("Rules", [_rules()]),
        "commands.md": _page("Commands", _commands()),
        "licences.md": _page("Licences of what Palermo uses", [_licences()]),
    }


def _page(title: str, parts: Iterable[str]) -> str:
    return "\n\n".join([f"{NOTE}\n# {title}", *parts]) + "\n"


def _grid(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines)


def _table(table: Table) -> str:
    rows = (
        (f"`{name}`", c.type + (f" (`{c.codes}`)" if c.codes else ""), "yes" if c.required else "", c.tier, c.says)
        for name, c in table.columns.items()
    )
    head = f"## {table.name}\n\nOne row is {table.grain}. Key: {', '.join(f'`{k}`' for k in table.key)}.\n\n"
    return head + _grid(["column", "type", "required", "tier", "what it is"], rows)


def _codes(name: str, codes: dict[str, str]) -> str:
    return f"## {name}\n\n" + _grid(["code", "meaning"], ((f"`{code}`", says) for code, says in codes.items()))


def _agency(agency: Agency) -> str:
    assumed = " The layout is **assumed** until the agency confirms it." if agency.is_assumed else ""
    ignored = _grid(["files left out", "why"], agency.ignored_files.items()) + "\n\n" if agency.ignored_files else ""
    head = f"## {agency.key}: {agency.name}\n\nDeliveries are {agency.mode}; one is a {agency.delivery}.{assumed}\n\n"
    return head + ignored + "\n\n".join(map(_contract, agency.contracts))


def _contract(contract: Contract) -> str:
    rows = (
        (f"`{name}`", ", ".join(f"`{c}`" for c in _from(m.from_)), "keyed hash" if m.hash else "")
        for name, m in contract.columns.items()
    )
    head = f"### {contract.agency}/{contract.name} → `{contract.feeds}`\n\n"
    head += f"Files `{contract.file.glob}`, {contract.file.format}.\n\n"
    ignored = "\n\n" + _grid(["not read", "why"], contract.ignored.items()) if contract.ignored else ""
    return head + _grid(["our column", "theirs", ""], rows) + ignored


def _from(theirs: str | list[str]) -> list[str]:
    return [theirs] if isinstance(theirs, str) else list(theirs)


def _metric(metric: Metric) -> str:
    parts = {name: splits()[name].label.lower() for name in metric.splits}
    grain = f"{', '.join(metric.areas)}; {', '.join(metric.periods)} (districts by fiscal year)"
    changed = "; ".join(f"{c.date}: {c.what} ({c.why})" for c in metric.changed)
    facts = {
        "Formula": metric.formula,
        "Family": f"{metric.family}, {METHODS[metric.method]}",
        "Unit": metric.unit,
        "Counts": f"{metric.counts}, dated by `{metric.dated_by}` of `{metric.from_}`",
        "Follow-up": f"{metric.follow_up_months} months" if metric.follow_up_months else "none",
        "Needs": ", ".join(f"`{field}`" for field in metric.needs),
        "Published by": grain,
        "Split by": "; ".join(parts.values()) or "nothing",
        "Tier": metric.tier,
        "Sources": ", ".join(metric.sources),
        "Excluded": "; ".join(metric.excludes) or "nothing",
        "Reading": metric.reading,
        "Caveats": " ".join(metric.caveats) or "none",
        "Owner": metric.owner,
        "History": changed,
    }
    head = f"## {metric.label}\n\n`{metric.name}`: {metric.question}\n\n" + _grid(["", ""], facts.items())
    return f"{head}\n\n```text\n{metric.example.strip()}\n```"


def _split(split: Split) -> str:
    rows = [(f"`{part}`", fact.label, f"`{fact.sql}`") for part, fact in split.parts.items()]
    rows = rows or [("any", f"the values of `{split.column}`", "")]
    caveats = "\n".join(f"- {text}" for text in split.caveats)
    head = f"## {split.label}\n\n`{split.name}`: {split.says.strip()}\n\n"
    return (head + _grid(["part", "label", "rows"], rows) + f"\n\n{caveats}").rstrip()


def _indicators() -> str:
    rows = [
        (claim.claim, i.says, ", ".join(f"`{m}`" for m in i.metrics) or "**gap**", i.gap.field if i.gap else "",
         i.gap.from_ if i.gap else "")
        for claim in claims().values()
        for i in claim.indicators
    ]  # fmt: skip
    return _grid(["claim", "indicator", "metrics", "missing field", "who could send it"], rows)


def _scope(scope: Scope) -> str:
    caveats = "\n".join(f"- {text}" for text in scope.caveats)
    return f"## {scope.label}\n\n`{scope.name}`: {scope.says.strip()}\n\n    {scope.sql.strip()}\n\n{caveats}".rstrip()


def _rules() -> str:
    rows = ((f"`{r.id}`", r.severity, r.level, r.says, r.why) for r in rules().values())
    return _grid(["rule", "severity", "level", "says", "why"], rows)


def _commands() -> list[str]:
    import copy

    import click

    from pipelines.cli import COMMANDS, Commands, palermo

    assert isinstance(palermo, Commands)
    shown = []
    for name in COMMANDS:
        context = click.Context(palermo, info_name="palermo", terminal_width=80, **palermo.context_settings)
        command = copy.copy(palermo.get_command(context, name))
        assert command is not None
        command._help_option = None  # click keeps the option of the first call, which a test may make without a parent
        inner = click.Context(command, info_name=name, parent=context)
        shown.append(f"## palermo {name}\n\n```text\n{command.get_help(inner)}\n```")
    return shown


def _licences() -> str:
    """What each direct dependency says of itself; versions stand in the lock file."""
    wanted = (Requirement(line) for line in requires("palermo-metrics") or [])
    names = sorted(r.name for r in wanted if r.marker is None or "postgres" in str(r.marker))
    return _grid(["package", "licence"], ((name, _licence(metadata(name))) for name in names))


def _licence(said: PackageMetadata) -> str:
    classes = [c.split(" :: ")[-1] for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    first = str(said["License"] or "").split("\n", maxsplit=1)[0]
    return str(said["License-Expression"] or "; ".join(classes) or first or "not said")


def main(folder: Path) -> None:
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
