"""The worked example of every metric: a few rows, counted by hand in its definition, and by the engine here."""

import pytest

from tests.spec.conftest import read, series
from transforms import derived, study
from transforms.metric import metrics

STUDY = study.Study(**study.yaml.safe_load(study.default_text()))


def numbers_of(text):
    """`4 of 2` as (4, 2), `3` as (3, None)."""
    top, _, bottom = text.partition(" of ")
    return float(top), float(bottom) if bottom else None


@pytest.mark.parametrize("metric", metrics().values(), ids=metrics().keys())
def test_example_is_counted_as_by_hand(metric, counted):
    example = read(metric.example)
    if metric.of:
        given = series(metric, example)
        found = derived.sums(given) if metric.method == "sums" else derived.momentum(given, STUDY)
        found = found[found["metric"] == metric.name]
    else:
        found = counted(metric, example.rows)
    scope = metric.scopes[0] if metric.scopes else "acteam"
    whole = found[(found["scope"] == scope) & (found["area"] == "ALL") & found["split"].isna()]
    for period, answer in example.answers.items():
        cell = whole[whole["period"] == period].iloc[0]
        top, bottom = numbers_of(answer)
        got = cell["value"] if metric.kind == "median" else cell["numerator"]
        assert got == top
        if bottom is None:
            assert cell["value"] == top
        else:
            assert cell["denominator"] == bottom
            assert metric.kind == "median" or cell["value"] == pytest.approx(top / bottom)


@pytest.mark.parametrize("metric", metrics().values(), ids=metrics().keys())
def test_example_adds_up(metric):
    """The counts by hand of the rows make the answer, so a reader can follow it."""
    example = read(metric.example)
    assert len(example.answers) == 1
    top, bottom = numbers_of(next(iter(example.answers.values())))
    rows = [numbers_of(text) for text in example.counts if text]
    if metric.kind == "median":
        values = sorted(value for value, _ in rows)
        assert (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2 == top
        assert len(values) == bottom
    else:
        assert sum(value for value, _ in rows) == top
