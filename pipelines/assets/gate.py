"""One gate asset an agency: take in what is new, judge it, report every rule as an asset check.

A held delivery does not stop the run (docs/decisions/0001-rooms.md): the check fails with severity ERROR, the last good
delivery stays in use. With `strict` it stops the run.
"""

import re
from collections.abc import Iterable

import dagster as dg

from expectations.finding import CheckSpec
from expectations.run import specs
from pipelines import gate
from pipelines.receipt import Receipt
from pipelines.resource import Programme
from sources.contract import Agency

POOL = "warehouse"
ACCEPTED = "delivery_accepted"


def key_of(agency: str) -> dg.AssetKey:
    """The asset of an agency's accepted deliveries."""
    return dg.AssetKey(["delivery", agency])


def check_name(contract: str, rule: str) -> str:
    """A rule's name as Dagster allows it."""
    return re.sub(r"[^A-Za-z0-9_]", "_", f"{contract}__{rule}" if contract else rule)


def gate_asset(agency: Agency) -> dg.AssetsDefinition:
    """The gate of one agency."""
    found = {check_name(s.contract, s.rule): s for s in specs(agency)}
    checks = [dg.AssetCheckSpec(ACCEPTED, asset=key_of(agency.key), description="The last delivery was accepted.")]
    checks += [dg.AssetCheckSpec(n, asset=key_of(agency.key), description=s.says) for n, s in found.items()]

    @dg.asset(
        key=key_of(agency.key),
        group_name="gate",
        description=agency.name,
        check_specs=checks,
        pool=POOL,
        kinds={"parquet"},
    )
    def accept(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        receipts = gate.receive(programme.workspace, agency, programme.progress)
        last = receipts[-1] if receipts else None
        for r in receipts:
            if r.status == "held":
                context.log.warning("%s: delivery %s held: %s", agency.key, r.name, r.reason)
        if programme.strict and last and last.status == "held":
            raise dg.Failure(f"{agency.key}: delivery {last.name} held: {last.reason}", allow_retries=False)
        used = gate.in_use(agency, receipts)
        metadata = {f: sum(r.total(f) for r in receipts) for f in ("read", "staged", "quarantined", "skipped")}
        return dg.MaterializeResult(
            metadata=metadata | {"in_use": ", ".join(r.name for r in used) or "none", "deliveries": len(receipts)},
            check_results=list(_results(last, found)),
            data_version=dg.DataVersion("-".join(r.digest[:16] for r in used) or "none"),
        )

    return accept


def _results(last: Receipt | None, found: dict[str, CheckSpec]) -> Iterable[dg.AssetCheckResult]:
    """One result a rule; where there is no delivery to judge nothing is wrong and nothing is claimed."""
    ok = last is None or last.status != "held"
    reason = last.reason if last else "no delivery yet"
    yield dg.AssetCheckResult(
        check_name=ACCEPTED, passed=ok, metadata={"delivery": last.name if last else "none", "reason": reason}
    )
    judged = {check_name(f["contract"], f["rule"]): f for f in last.findings} if last else {}
    for name, spec in found.items():
        severity = dg.AssetCheckSeverity.ERROR if spec.severity == "error" else dg.AssetCheckSeverity.WARN
        if name in judged:
            counts = {"n_checked": judged[name]["n_checked"], "n_failed": judged[name]["n_failed"]}
            yield dg.AssetCheckResult(
                check_name=name, passed=judged[name]["passed"], severity=severity, metadata=counts
            )
        else:
            note: dict[str, str | bool] = {"judged": False, "why": reason or "the rule does not apply to this delivery"}
            yield dg.AssetCheckResult(check_name=name, passed=ok, severity=severity, metadata=note)
