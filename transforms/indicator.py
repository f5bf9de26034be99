"""Claims about trafficking cases, the metrics that bear on each, and the gaps.

In: `indicators.yml`. Out: `Claim` values, and table `indicators`.
"""

from functools import cache
from importlib.resources import files

import pandas as pd
from pydantic import Field, model_validator

from sources import definition
from sources.errors import DefinitionError
from transforms.metric import Frozen, metrics

COLUMNS = ["claim_key", "claim", "indicator", "metric", "split", "gap", "gap_from"]


class Gap(Frozen):
    """The field that no source sends, and who could."""

    field: str
    from_: str = Field(alias="from")


class Indicator(Frozen):
    """What bears on a claim: metrics (metric, or metric:split), or a gap."""

    says: str
    metrics: list[str] = Field(default_factory=list)
    gap: Gap | None = None

    @model_validator(mode="after")
    def _shape(self) -> "Indicator":
        if bool(self.metrics) == (self.gap is not None):
            raise ValueError(f"{self.says}: name metrics or a gap")
        for name, _, split in (text.partition(":") for text in self.metrics):
            if name not in metrics() or (split and split not in metrics()[name].splits):
                raise ValueError(f"{self.says}: no metric {name}{f' split by {split}' if split else ''}")
        return self


class Claim(Frozen):
    """One claim and its indicators."""

    claim: str
    indicators: list[Indicator]


@cache
def claims() -> dict[str, Claim]:
    """Every claim by key."""
    found = definition.read(files("transforms").joinpath("indicators.yml"))
    try:
        return {key: Claim(**fields) for key, fields in found.items()}
    except ValueError as error:
        raise DefinitionError(f"transforms/indicators.yml: {error}. Mend the definition.") from None


def table() -> pd.DataFrame:
    """Table `indicators`: a row for each claim and metric that bears on it, or for a gap."""
    rows = [
        (key, claim.claim, i.says, name or None, split or None, i.gap and i.gap.field, i.gap and i.gap.from_)
        for key, claim in claims().items()
        for i in claim.indicators
        for name, _, split in ([text.partition(":") for text in i.metrics] or [("", "", "")])
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
