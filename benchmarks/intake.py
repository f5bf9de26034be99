"""The intake of a refresh, as the stages measure it: a delivery hashed and listed, and taken into a folder."""

import shutil
from functools import cache
from pathlib import Path

import duckdb

from sources.contract import agencies
from sources.landing import Delivery, candidates, read_delivery
from sources.readers import keyed_hash
from transforms.intake import Intake, take_in


@cache
def delivery(agency: str, folder: Path) -> Delivery:
    """The first delivery in a drop folder."""
    name, root, paths = candidates(agencies()[agency], folder)[0]
    return read_delivery(agencies()[agency], name, root, paths)


def take(agency: str, given: Delivery, out: Path) -> Intake:
    """What a refresh makes of it, in `out`."""
    shutil.rmtree(out, ignore_errors=True)
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(out.with_name("spill"))}) as con:
        return take_in(con, agencies()[agency], given, out, keyed_hash(b"k" * 32))


def warm(agency: str, *folders: Path) -> None:
    """Landing has hashed the files before an intake begins; libraries are loaded once a refresh."""
    import pandas  # noqa: F401  (DuckDB loads it to look at what it is given)

    for folder in folders:
        delivery(agency, folder)
