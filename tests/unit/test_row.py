"""What a comparison is made of where the demo has none like it: a district that is hidden, a row that is not shown."""

import pandas as pd
import pytest

from tests.unit.test_comparison import STUDY, cells, lynch
from transforms.comparison import compare
from transforms.row import address, sums


def _reader(frame):
    def read(table, **where):
        assert table == "cells"
        return frame[(frame[list(where)] == list(where.values())).all(axis=1)]

    return read


def _made(frame):
    """The first phase of the comparison, and its sums by column."""
    frame = frame.assign(
        id=frame["source"] + "/" + frame["metric"] + "/acteam/" + frame["area"] + "/" + frame["period"]
    )
    row = compare(frame, STUDY, "eousa").iloc[0].to_dict()
    return row, {one.column: one for one in sums("comparison", row, _reader(frame), STUDY)}


def test_the_districts_of_both_sides_and_the_nation_give_the_row():
    row, made = _made(cells(lynch))
    assert {column: one.value for column, one in made.items()} == pytest.approx(
        {column: row[column] for column in made}
    )
    assert set(made) == {"before", "after", "before_other", "after_other", "share_of_change"}
    assert len(made["before"].parts) == 12
    assert {part.id.split("/")[3] for part in made["share_of_change"].parts} == {"ALL"}


def test_where_a_district_is_hidden_the_group_is_named():
    frame = cells(lynch)
    hidden = (frame["area"] == "TXW") & (frame["period"] == "FY2012")
    frame.loc[hidden, "status"], frame.loc[hidden, "numerator"] = "suppressed", None
    group = frame[frame["area"] == "GAN"].assign(area_kind="group", area="one")
    row, made = _made(pd.concat([frame, group], ignore_index=True))
    assert (row["before"], row["after"]) == (made["before"].value, made["after"].value) == (16, 35)
    assert [part.id for part in made["before"].parts] == [
        f"eousa/defendants_charged/acteam/one/FY{y}" for y in (2010, 2011)
    ]


def test_records_whose_state_alone_is_known_are_among_what_the_row_is_made_of():
    frame = cells(lynch)
    groups = [frame[frame["area"] == "TXW"].assign(area_kind="group", area=g, numerator=90) for g in ("other", "two")]
    row, made = _made(pd.concat([frame, *groups], ignore_index=True))
    assert row["before_other"] == made["before_other"].value == 360
    assert {part.id.split("/")[3] for part in made["before_other"].parts} == {"other", "two"}


def test_a_comparison_that_is_not_shown_is_made_of_nothing():
    row, made = _made(cells(years=range(2011, 2019)))
    assert row["status"] == "not_applicable" and not made


@pytest.mark.parametrize(
    ("number", "table"),
    [
        ("eousa/cases_filed/acteam/phase_1/FY2010-2011:FY2012-2013", "comparison"),
        ("eousa/bridge/acteam_to_bjs/other/FY2004/0", "bridge"), ("funnels", "funnels"), ("refresh 1f2e", "refresh"),
        ("eousa/cases_filed/acteam/ALL/FY2013", None), ("", None),
    ],
)  # fmt: skip
def test_an_id_tells_its_table(number, table):
    found = address(number, None)
    assert (found.table if found else None) == table
