"""The version of the code that made a number: the release, and a digest of the definitions and code behind it.

In: the installed packages. Out: text such as `0.1.0+3f2a9c1d`. Any line that could change a figure changes it, and any
version of a library.
"""

import hashlib
import re
from functools import cache
from importlib.metadata import requires, version
from importlib.resources import files
from importlib.resources.abc import Traversable

READING = ("sources", *(f"transforms/{name}.py" for name in ("intake", "staging", "stream", "typing_sql", "written")))
JUDGING = ("expectations",)
#: What tells, asks, warns, keeps watch or shares work out, and makes no figure.
TELLING = (
    *("alert_sensors", "alerts", "apart", "cli", "commands", "console", "costs", "doctor"),
    *("drop_folder", "history", "journal", "loaded", "loading", "progress", "reference", "review"),
)
PUBLISHING = tuple(
    f"pipelines/{place.name}"
    for place in sorted(files("pipelines").iterdir(), key=lambda place: place.name)
    if place.name.removesuffix(".py") not in {*TELLING, "__pycache__"}
)
COUNTING = ("sources", "transforms", "expectations", "reports", *PUBLISHING)
CODE = (".py",)
#: What can move a count beside measures, scopes and the study: places, and the kinds of file that matter there.
PARTS = {
    "the lists of statutes and districts": (("sources/facts",), (".csv", ".yml")),
    "the code lists": (("sources/codes",), (".yml",)),
    "the contracts": (("sources/contracts", "sources/tables"), (".yml",)),
    "the models": (("transforms/sql",), (".sql",)),
    "the programs": (("sources", "transforms", *PUBLISHING), CODE),
}
EVALUATING = (
    "transforms/evaluation",
    "transforms/study.py",
    "transforms/interval.py",
    "transforms/metrics",
    "sources/facts",
)
LIBRARIES = ("diff-diff", "numpy", "pandas", "scipy", "statsmodels")
KINDS = (".py", ".sql", ".yml", ".csv", ".html", ".css", ".js")


def _walk(place: Traversable, kinds: tuple[str, ...]) -> list[tuple[str, bytes]]:
    if place.is_file():
        return [(place.name, place.read_bytes())] if place.name.endswith(kinds) else []
    inside = sorted((p for p in place.iterdir() if p.name != "__pycache__"), key=lambda p: p.name)
    return [(f"{place.name}/{name}", content) for p in inside for name, content in _walk(p, kinds)]


@cache
def _digest(places: tuple[str, ...], kinds: tuple[str, ...] = KINDS) -> str:
    total = hashlib.sha256()
    for place in places:
        package, _, rest = place.partition("/")
        for name, content in _walk(files(package).joinpath(rest) if rest else files(package), kinds):
            total.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()[:8]


def reading() -> str:
    """Digest of the code that reads and stages a delivery."""
    return _digest(READING)


def judging() -> str:
    """Digest of the rules and the code that judges a delivery."""
    return _digest(JUDGING)


def counting() -> str:
    """Release and digest of the code and the libraries that count, judge and report."""
    whole = hashlib.sha256(f"{_digest(COUNTING)} {_libraries()}".encode()).hexdigest()
    return f"{version('palermo-metrics')}+{whole[:8]}"


@cache
def _libraries() -> str:
    """Every library that Palermo asks for, with the version that is installed."""
    wanted = [line for line in requires("palermo-metrics") or [] if "extra ==" not in line]
    names = sorted(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in wanted)
    return " ".join(f"{name} {version(name)}" for name in names)


def parts() -> dict[str, str]:
    """Digests of what can move a count, by name, so that two editions can say which of them differ."""
    found = {name: _digest(places, kinds) for name, (places, kinds) in PARTS.items()}
    return found | {"the libraries": hashlib.sha256(_libraries().encode()).hexdigest()[:8]}


def evaluating() -> str:
    """Digest of the code, facts and libraries that evaluate."""
    return " ".join([_digest(EVALUATING), *(f"{name} {version(name)}" for name in LIBRARIES)])
