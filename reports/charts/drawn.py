"""A figure as the JSON that a page carries: no default template, no value that is not in the figure.

In: a chart of `theme.chart`. Out: compact JSON text, safe inside a `script` element of type application/json.
"""

import json
from typing import Any

from reports.theme import Spec
from sources.errors import DefinitionError

LIMIT = 300_000


def drawn(chart: Spec) -> str:
    """Compact JSON; a figure past the limit is refused, since a page must open at once."""
    text = json.dumps(_short(chart), separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    if len(text) > LIMIT:
        raise DefinitionError(
            f"reports: a figure of {len(text):,} bytes, over {LIMIT:,}. Show fewer groups or periods in one figure."
        )
    return text


def _short(value: Any) -> Any:
    """The same with whole numbers as such: 54 for 54.0."""
    if isinstance(value, dict):
        return {key: _short(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
