"""Charts: pure functions from published cells to Plotly figures."""
