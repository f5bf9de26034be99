"""One gate asset an agency: take in what is new, judge it, report every rule as an asset check.

A held delivery does not stop the run (docs/decisions/0001-rooms.md): the check fails with severity ERROR, the last good
delivery stays in use. With `strict` it stops the run.
"""

import re
from collections.abc import Iterable
from typing import Any

import dagster as dg

from expectations.finding import CheckSpec
from expectations.run import specs
from pipelines import edition, gate
from pipelines.assets.delivery import LANDED, report
from pipelines.ledger import Freshness, freshness
from pipelines.receipt import FATES, Receipt
from pipelines.resource import GATE, Programme
from sources.contract import Agency, agencies

POOL = "warehouse"
ACCEPTED = "delivery_accepted"


def key_of(agency: str) -> dg.AssetKey:
    """The asset of an agency's accepted deliveries."""
    return dg.AssetKey([GATE, agency])


def check_name(contract: str, rule: str, level: str) -> str:
    """The check that reports a rule: one for each rule with an ID of its own, one for all that follow from a table's
    columns or a contract's bounds (their IDs have dots), by level. A check is two events or more in Dagster's history.
    """
    name = f"{level}_facts" if "." in rule else rule
    return re.sub(r"[^A-Za-z0-9_]", "_", f"{contract}__{name}" if contract else name)


def gate_asset(agency: Agency) -> dg.AssetsDefinition:
    """The gate of one agency."""
    found: dict[str, list[CheckSpec]] = {}
    for spec in specs(agency):
        found.setdefault(check_name(spec.contract, spec.rule, spec.level), []).append(spec)
    checks = [dg.AssetCheckSpec(ACCEPTED, asset=key_of(agency.key), description="The last delivery was accepted.")]
    checks += [
        dg.AssetCheckSpec(name, asset=key_of(agency.key), description=of[0].says if len(of) == 1 else _together(of))
        for name, of in found.items()
    ]

    @dg.asset(
        key=key_of(agency.key),
        deps=[LANDED],
        group_name="gate",
        description=agency.name,
        check_specs=checks,
        pool=POOL,
        kinds={"parquet"},
        op_tags={"dagster/priority": str(-gate.order(agency.key))},
    )
    def accept(context: dg.AssetExecutionContext, programme: Programme) -> dg.MaterializeResult:  # type: ignore[type-arg]
        before = programme.receipts()[agency.key]
        with programme.step(context, f"delivery.{agency.key}", agency.key) as cost:
            receipts = gate.receive(programme.workspace, agency)
            programme.judged(agency.key)
        report(context, before, receipts)
        held = gate.held(agency, receipts)
        for r in held:
            context.log.warning("%s: delivery %s held: %s", agency.key, r.name, r.reason)
        if programme.strict and held:
            raise dg.Failure(held[-1].stops, allow_retries=False)
        used = gate.in_use(agency, receipts)
        metadata: dict[str, Any] = {
            **{f: sum(r.total(f) for r in receipts) for f in FATES},
            **cost.metadata,
            "in_use": ", ".join(r.name for r in used) or "none",
            "deliveries": len(receipts),
        }
        return dg.MaterializeResult(
            metadata=metadata,
            check_results=list(_results(receipts, found, is_held=bool(held))),
            data_version=dg.DataVersion("-".join(r.digest[:16] for r in used) or "none"),
        )

    return accept


FRESH = "fresh"


def freshness_checks(known: Iterable[Agency]) -> dg.AssetChecksDefinition:
    """Whether an agency's next delivery is late, from its ledger; it can be asked at any time, without a refresh."""

    @dg.multi_asset_check(
        name="ledger",
        can_subset=True,
        specs=[dg.AssetCheckSpec(FRESH, asset=key_of(a.key), description=_cadence(a)) for a in known],
    )
    def fresh(context: dg.AssetCheckExecutionContext, programme: Programme) -> Iterable[dg.AssetCheckResult]:
        receipts = programme.receipts()
        day = edition.today(programme.workspace, receipts)
        for key in sorted(check.asset_key for check in context.selected_asset_check_keys):
            yield _fresh(key, freshness(agencies()[key.path[-1]], receipts[key.path[-1]], day))

    return fresh


def _cadence(agency: Agency) -> str:
    days = f"every {agency.cadence_days} days" if agency.cadence_days else "once; nothing is due"
    return f"The last good delivery is fresh. Sent {days}."


def _fresh(key: dg.AssetKey, found: Freshness) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {
        "last_good": str(found.last or "none"),
        "age_days": -1 if found.age_days is None else found.age_days,
        "due_on": str(found.due_on or "never"),
    }
    return dg.AssetCheckResult(
        asset_key=key, check_name=FRESH, passed=not found.is_late, severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )  # fmt: skip


def _together(of: list[CheckSpec]) -> str:
    return f"{len(of)} facts that follow from the columns of {of[0].table} and the contract {of[0].contract}."


def _results(
    receipts: list[Receipt], found: dict[str, list[CheckSpec]], *, is_held: bool
) -> Iterable[dg.AssetCheckResult]:
    """One result a check; where there is no delivery to judge nothing is wrong and nothing is claimed."""
    last = receipts[-1] if receipts else None
    reason = last.reason if last else "no delivery yet"
    at = {"delivery": last.name if last else "none", "reason": reason}
    yield dg.AssetCheckResult(check_name=ACCEPTED, passed=not is_held, metadata=at)
    trend = [_by_check(r) for r in receipts[-12:]]
    for name, of in found.items():
        is_error = any(spec.severity == "error" for spec in of)
        judged = trend[-1].get(name, []) if trend else []
        failed = [f for f in judged if not f["passed"]]
        metadata: dict[str, Any] = {
            "n_checked": max((f["n_checked"] for f in judged), default=0),
            "n_failed": sum(f["n_failed"] for f in judged),
            "failed": ", ".join(f["rule"] for f in failed) or ("none" if judged else f"not judged: {reason}"),
            "n_failed_by_delivery": [sum(f["n_failed"] for f in before.get(name, [])) for before in trend],
        }
        severity = dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN
        if failed and all(f["severity"] == "warn" for f in failed):
            severity = dg.AssetCheckSeverity.WARN
        passed = not failed if judged else not (is_error and is_held)
        yield dg.AssetCheckResult(check_name=name, passed=passed, severity=severity, metadata=metadata)


def _by_check(r: Receipt) -> dict[str, list[dict[str, Any]]]:
    """The findings of a delivery under the checks that report them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for f in r.findings:
        found.setdefault(check_name(f["contract"], f["rule"], f["level"]), []).append(f)
    return found
