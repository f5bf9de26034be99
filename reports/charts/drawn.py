"""A figure as the JSON that a page carries: no default template, no value that is not in the figure.

In: a Plotly figure. Out: compact JSON text, safe inside a `script` element of type application/json.
"""

import json
from typing import TYPE_CHECKING

from sources.errors import DefinitionError

if TYPE_CHECKING:
    import plotly.graph_objects as go

LIMIT = 300_000


def drawn(figure: "go.Figure") -> str:
    """Compact JSON; a figure past the limit is refused, since a page must open at once."""
    made = figure.to_plotly_json()
    made["layout"].pop("template", None)
    text = json.dumps(made, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    if len(text) > LIMIT:
        raise DefinitionError(
            f"reports: a figure of {len(text):,} bytes, over {LIMIT:,}. Show fewer groups or periods in one figure."
        )
    return text
