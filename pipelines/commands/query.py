"""`palermo query [SQL]`: ask the published tables of an edition, in memory, with no way to any file."""

import sys
from collections.abc import Iterator
from typing import Any

import click

PROMPT, MORE = "palermo> ", "    ...> "
HELP = "A SELECT and a semicolon. tables lists what there is, describe TABLE its columns, exit leaves."


@click.command()
@click.argument("sql", required=False)
@click.option("--workspace", default=None, help="The workspace; default: here, ./workspace or ./demo.")
@click.option("--edition", "name", default=None, help="An edition or release; default: the last edition.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def query(sql: str | None, workspace: str | None, name: str | None, as_csv: bool, as_json: bool) -> None:
    """Run SQL over the published tables of the last edition; without SQL, open a shell or read standard input.

    What is hidden in an edition is hidden here. Tables are copies in memory: nothing that is asked can change an
    edition, read another file or reach a network. See them all: palermo query tables
    """
    from pipelines import comparing, edition
    from pipelines.workspace import meant

    found = meant(workspace)
    folder = comparing.find(found, name) if name else comparing.current(found)
    about = edition.read(folder)
    con = opened(folder)
    form = "csv" if as_csv else "json" if as_json else ""
    if sql is None and sys.stdin.isatty():
        click.echo(f"Edition {about['edition']}, {len(about['tables'])} tables. {HELP}")
        for asked in _lines():
            try:
                click.echo(answered(con, asked, form))
            except click.ClickException as error:
                error.show()
    else:
        click.echo(answered(con, sql if sql is not None else sys.stdin.read(), form))


def opened(folder: Any) -> Any:
    """A connection in memory that holds the tables of an edition, and from then on reaches nothing."""
    import duckdb
    from pyarrow.parquet import ParquetFile

    from pipelines.warehouse import LOCKED

    con = duckdb.connect(config=dict(LOCKED))
    for path in sorted((folder / "tables").glob("*.parquet")):
        table = ParquetFile(path).read()  # a release may lie under any path, which DuckDB would read as a pattern
        if table.column_names:  # a table of nothing has no columns, which DuckDB does not take
            con.from_arrow(table).create(path.stem)
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


def answered(con: Any, sql: str, form: str = "") -> str:
    """The answer to the last statement, as a table, CSV or JSON; a refusal is in DuckDB's words."""
    import duckdb

    words = sql.strip().rstrip(";").split()
    if words == ["tables"]:
        sql = "select table_name, estimated_size as n_rows from duckdb_tables() order by 1"
    try:
        result = con.sql(sql)
        if result is None:
            return "done (in memory only)"
        if form:
            frame = result.df()
            if form == "csv":
                return str(frame.to_csv(index=False)).rstrip("\n")
            return str(frame.to_json(orient="records", date_format="iso", double_precision=15))
        return _table(result)
    except duckdb.Error as error:
        raise click.ClickException(str(error)) from None


def _table(result: Any) -> str:
    """Forty rows at most, as DuckDB draws them."""
    import io
    from contextlib import redirect_stdout

    out = io.StringIO()
    with redirect_stdout(out):
        result.show(max_rows=40, max_width=180)
    return out.getvalue().rstrip("\n")


def _lines() -> Iterator[str]:
    """Statements from a terminal: a line that ends with a semicolon, or one of the words."""
    import readline  # noqa: F401  history and editing

    asked: list[str] = []
    while True:
        try:
            line = input(MORE if asked else PROMPT)
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return
        if not asked and line.strip() in ("exit", "quit", "exit;", "quit;"):
            return
        asked.append(line)
        text = "\n".join(asked).strip()
        if text.endswith(";") or text == "tables" or text.lower().startswith("describe "):
            asked = []
            yield text
