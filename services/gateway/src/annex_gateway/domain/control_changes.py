"""The history of controls: every change is a row with a revision; the newest row of a target is its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from annex_gateway.domain.controls import Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.kill_switches import KillSwitch, SwitchScope, SwitchTarget
from annex_gateway.domain.rate_limits import RateLimit
from annex_gateway.domain.rulings import Dimension, Ruling
from annex_shared.ids import ExtensionId, PrincipalId, TenantId, VersionId

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, with which request, and why."""

    principal_id: PrincipalId
    key_id: str
    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ControlChange:
    """One row. ``document`` None: nothing is said any more. ``previous`` 0: nothing was before."""

    revision: int
    previous: int
    target: str
    tenant_id: TenantId | None
    document: Document | None
    before: Document | None
    author: Author
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class WantedChange:
    """A change to be recorded upon revision ``expected``; None overrides whatever is there."""

    target: str
    tenant_id: TenantId | None
    document: Document | None
    author: Author
    expected: int | None


def ruling_document(ruling: Ruling) -> Document | None:
    """Write a ruling as it is kept; None for one that says nothing."""
    document: dict[str, Any] = {}
    if ruling.rates:
        document["rates"] = {
            dimension.value: {"per_second": rate.per_second, "burst": rate.burst}
            for dimension, rate in ruling.rates.items()
        }
    if ruling.quotas:
        document["quotas"] = [
            {
                "scope": quota.scope.value,
                "kind": quota.kind.value,
                "window": quota.window.value,
                "limit": quota.limit,
            }
            for quota in ruling.quotas
        ]
    if ruling.limits:
        document["limits"] = dict(ruling.limits)
    if ruling.egress_hosts is not None:
        document["egress_hosts"] = list(ruling.egress_hosts)
    if ruling.is_entitled is not None:
        document["is_entitled"] = ruling.is_entitled
    return document or None


def to_ruling(document: Document | None) -> Ruling:
    """Read what is kept."""
    if document is None:
        return Ruling()
    hosts = document.get("egress_hosts")
    return Ruling(
        rates={
            Dimension(name): RateLimit(rate["per_second"], rate["burst"])
            for name, rate in document.get("rates", {}).items()
        },
        quotas=tuple(
            Quota(QuotaScope(row["scope"]), QuotaKind(row["kind"]), QuotaWindow(row["window"]), row["limit"])
            for row in document.get("quotas", ())
        ),
        limits=dict(document.get("limits", {})),
        egress_hosts=None if hosts is None else tuple(hosts),
        is_entitled=document.get("is_entitled"),
    )


def switch_document(target: SwitchTarget, reason: str) -> Document:
    ids = {
        "tenant_id": target.tenant_id,
        "extension_id": target.extension_id,
        "version_id": target.version_id,
    }
    named = {name: str(value) for name, value in ids.items() if value is not None}
    return {"scope": target.scope.value, "reason": reason} | named


def to_switch(change: ControlChange) -> KillSwitch | None:
    """Read a switch from its newest row; None once it is off."""
    document = change.document
    if document is None:
        return None
    target = SwitchTarget(
        SwitchScope(document["scope"]),
        change.tenant_id,
        _id(document, "extension_id", ExtensionId),
        _id(document, "version_id", VersionId),
    )
    return KillSwitch(
        target, document["reason"], change.revision, change.changed_at, change.author.principal_id
    )


def _id(document: Document, name: str, kind: Any) -> Any:
    text = document.get(name)
    return None if text is None else kind(UUID(text))
