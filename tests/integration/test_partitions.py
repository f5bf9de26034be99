"""Deliveries as Dagster partitions: a refresh reports them, and reading some again is an ordinary run, in any order."""

import dagster as dg
import pytest

from pipelines import gate, receipt
from pipelines.assets.delivery import DELIVERIES, LANDED
from pipelines.definitions import build
from sources.contract import agencies
from tests.world import collection, digests


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def launch(made, instance, partition):
    """Run one partition, as the web server's Launch and every run of a backfill do."""
    job = build(str(made.root)).resolve_job_def("read_again")
    return job.execute_in_process(instance=instance, partition_key=partition)


def receipts(made):
    return {r.name: r for r in receipt.listed(made.deliveries / "htd")}


def times(made):
    return {name: (made.deliveries / "htd" / r.key / "receipt.json").stat().st_mtime_ns
            for name, r in receipts(made).items()}  # fmt: skip


def test_deliveries_become_partitions_and_are_read_again_in_any_order(made, instance):
    collection(made.landing / "htd" / "2018-10-31", seed=3)
    job = build(str(made.root)).resolve_job_def("refresh")
    gate_of = [dg.AssetKey(["delivery", "htd"])]
    assert job.execute_in_process(instance=instance, asset_selection=gate_of).success
    names = ["htd/2018-08-31", "htd/2018-09-30", "htd/2018-10-31"]
    assert sorted(instance.get_dynamic_partitions(DELIVERIES.name)) == names
    assert instance.get_materialized_partitions(LANDED) == {"htd/2018-10-31"}  # the others were known before
    before, edition, read_on = receipts(made), digests(made.current()), times(made)
    for partition in reversed(names):
        result = launch(made, instance, partition)
        (event,) = [e for e in result.get_asset_materialization_events() if e.partition == partition]
        said = event.materialization.metadata
        assert said["status"].value == before[partition.removeprefix("htd/")].status
        assert said["cost_seconds"].value > 0
    assert instance.get_materialized_partitions(LANDED) == set(names)
    assert receipts(made) == before
    assert all(at > read_on[name] for name, at in times(made).items())
    assert not gate.has_news(made, agencies()["htd"])
    assert digests(made.current()) == edition


def test_a_delivery_that_is_gone_from_landing_is_said_so(made, instance):
    instance.add_dynamic_partitions(DELIVERIES.name, ["htd/2017-01-31"])
    before = receipts(made)
    with pytest.raises(dg.Failure, match="not in landing"):
        launch(made, instance, "htd/2017-01-31")
    assert receipts(made) == before
