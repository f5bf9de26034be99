"""The version of the code: whatever could move a figure is in it."""

from importlib.resources import files

import pytest

from pipelines import version


@pytest.mark.parametrize("library", ["duckdb", "highspy", "scipy", "splink"])
def test_another_version_of_a_library_is_another_version_of_the_code(library, monkeypatch):
    known, before, parts = version.version, version.counting(), version.parts()
    monkeypatch.setattr(version, "version", lambda name: "99" if name == library else known(name))
    version._libraries.cache_clear()
    try:
        assert version.counting() != before
        assert {name for name, digest in version.parts().items() if digest != parts[name]} == {"the libraries"}
    finally:
        version._libraries.cache_clear()


def test_whatever_moves_rows_counts_and_what_tells_does_not():
    there = {place.name.removesuffix(".py") for place in files("pipelines").iterdir()}
    counted = {place.removeprefix("pipelines/").removesuffix(".py") for place in version.PUBLISHING}
    assert set(version.TELLING) <= there
    assert counted | set(version.TELLING) == there - {"__pycache__"}
    assert {"assets", "engine", "gate", "staged", "receipt", "warehouse"} <= counted
