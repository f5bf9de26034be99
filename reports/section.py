"""A figure, a page, a section: the three shapes that the report is made of.

In: values from `reports.sections`. Out: frozen values that the templates print. Every figure carries its question,
sentence, chart, table, definition, caveats, sources and numbers' addresses; none can be made without them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from reports.claims import Claim, check
from reports.edition import Edition


@dataclass(frozen=True)
class Td:
    """A cell of a table: text, status for pattern and tone, the group that a switch hides it with, columns it spans.

    `refs` are numbers of the table's notes, from 1.
    """

    text: str
    status: str = ""
    note: str = ""
    group: str = ""
    span: int = 1
    refs: tuple[int, ...] = ()

    @property
    def is_prose(self) -> bool:
        """Whether it holds a sentence and not a number or a word."""
        return len(self.text) > 40


@dataclass(frozen=True)
class Note:
    """A note below a table, and where it comes from."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Table:
    """The numbers of a figure: a caption, one header row, and rows that begin with a row header. Words stand left."""

    caption: str
    columns: list[Td]
    rows: list[list[Td]]
    is_words: bool = False
    notes: list[Note] = field(default_factory=list)

    @property
    def is_narrow(self) -> bool:
        """Whether it fits beside its chart."""
        return len(self.columns) < 6 and not self.is_words and max((len(r[0].text) for r in self.rows), default=0) < 24


@dataclass(frozen=True)
class Card:
    """What stands under every figure: who is counted, how, with what reservations, from which deliveries."""

    counted: str
    not_counted: str
    definition: str
    reading: str
    caveats: list[str]
    sources: list[str]
    ids: str


@dataclass(frozen=True)
class View:
    """One state of a figure's switches: its own chart, table and sentence."""

    source: str
    scope: str
    period: str
    label: str
    claims: list[Claim]
    chart: str
    table: Table

    @property
    def sentence(self) -> str:
        """The claims as one text."""
        return " ".join(claim.text for claim in self.claims)


@dataclass(frozen=True)
class Figure:
    """One question answered. The first view is printed open; the others are behind switches, and readable without."""

    key: str
    question: str
    views: list[View]
    card: Card
    alt: str
    download: tuple[str, str] | None
    also: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        for view in self.views:
            for claim in view.claims:
                check(claim)


@dataclass(frozen=True)
class Page:
    """One HTML file of the site: a path, a title, the template that prints it and what it is given."""

    path: str
    title: str
    template: str
    nav: str
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The way back to the folder of the site."""
        return "../" * self.path.count("/")


@dataclass(frozen=True)
class Section:
    """One part of the report: pages made from an edition. A page with nothing to print says why."""

    key: str
    label: str
    pages: Callable[[Edition], Iterable[Page]]
