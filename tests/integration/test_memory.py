"""What an edition remembers of its deliveries agrees with what it publishes."""

import pandas as pd
import pytest

from transforms.changes import CAUSES


@pytest.fixture(scope="module")
def tables(demo):
    workspace, outcome = demo
    folder = workspace.editions / outcome.edition / "tables"
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("cells", "changes", "revisions")}


def _by_id(revisions: pd.DataFrame) -> pd.DataFrame:
    place = revisions["source"] + "/" + revisions["metric"] + "/" + revisions["scope"] + "/" + revisions["area"]
    found = revisions.assign(id=place + "/" + revisions["period"].str.replace(" ", ""))
    return found.pivot(index="id", columns="reported_on", values="n")


def test_the_last_report_of_the_triangle_is_what_is_published(tables):
    known = _by_id(tables["revisions"])
    published = tables["cells"].set_index("id")["numerator"]
    both = known.iloc[:, -1].to_frame("n").join(published, how="inner")
    assert len(both) > 100 and (both["n"] == both["numerator"]).all()


def test_the_last_step_of_the_triangle_is_the_sum_of_the_causes(tables):
    known = _by_id(tables["revisions"]).iloc[:, -2:].fillna(0)
    step = (known.iloc[:, 1] - known.iloc[:, 0]).rename("step")
    causes = tables["changes"].set_index("id")[list(CAUSES)].sum(axis=1).rename("causes")
    both = step.to_frame().join(causes)
    assert (both["step"] == both["causes"].fillna(0)).all() and (both["step"] != 0).sum() > 10
