"""A figure as the JSON that a page carries: no default template, no value that is not in the figure.

In: a chart of `theme.chart`. Out: compact JSON text, safe inside a `script` element of type application/json.
"""

import json

from reports.theme import Spec
from sources.errors import DefinitionError

LIMIT = 300_000


def drawn(chart: Spec) -> str:
    """Compact JSON; a figure past the limit is refused, since a page must open at once."""
    text = json.dumps(chart, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    if len(text) > LIMIT:
        raise DefinitionError(
            f"reports: a figure of {len(text):,} bytes, over {LIMIT:,}. Show fewer groups or periods in one figure."
        )
    return text
