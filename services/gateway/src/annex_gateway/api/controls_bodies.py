"""Bodies of the routes about controls and kill switches, turned into what we act on and back."""

from typing import Any

from annex_gateway.actions.administer_controls import ShownControls
from annex_gateway.domain.control_changes import ControlChange, ruling_document
from annex_gateway.domain.controls import Controls, Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.kill_switches import KillSwitch, SwitchScope, SwitchTarget
from annex_gateway.domain.rate_limits import RateLimit
from annex_gateway.domain.rulings import Dimension, Ruling, rate_of
from annex_shared.contracts.controls import (
    ControlChangeView,
    ControlsView,
    EffectiveControls,
    KillSwitchView,
    SetControls,
    StopView,
    TurnOnKillSwitch,
)
from annex_shared.ids import ExtensionId, TenantId, VersionId


def to_ruling(body: SetControls) -> Ruling:
    return Ruling(
        rates={Dimension(name): RateLimit(rate.per_second, rate.burst) for name, rate in body.rates.items()},
        quotas=tuple(
            Quota(QuotaScope(row.scope), QuotaKind(row.kind), QuotaWindow(row.window), row.limit)
            for row in body.quotas
        ),
        limits=body.limits.model_dump(exclude_none=True),
        egress_hosts=None if body.egress_hosts is None else tuple(body.egress_hosts),
        is_entitled=body.is_entitled,
    )


def to_target(body: TurnOnKillSwitch) -> SwitchTarget:
    """Read what a switch is for. Raises InvalidControls."""
    return SwitchTarget.of(
        SwitchScope(body.scope),
        tenant_id=None if body.tenant_id is None else TenantId(body.tenant_id),
        extension_id=None if body.extension_id is None else ExtensionId(body.extension_id),
        version_id=None if body.version_id is None else VersionId(body.version_id),
    )


def controls_view(shown: ShownControls) -> ControlsView:
    place = shown.place
    return ControlsView.model_validate(
        {
            **_said(shown.ruling),
            "is_entitled": shown.ruling.is_entitled,
            "revision": shown.revision,
            "set_by": place.authority.value,
            "tenant_id": None if place.tenant_id is None else str(place.tenant_id),
            "extension_id": None if place.extension_id is None else str(place.extension_id),
            "effective": None if shown.effective is None else _effective(shown.effective),
        }
    )


def change_view(change: ControlChange) -> ControlChangeView:
    return ControlChangeView(
        revision=change.revision,
        previous=change.previous,
        changed_at=change.changed_at,
        principal_id=str(change.author.principal_id),
        key_id=change.author.key_id,
        request_id=change.author.request_id,
        reason=change.author.reason,
        before=None if change.before is None else dict(change.before),
        after=None if change.document is None else dict(change.document),
    )


def switch_view(switch: KillSwitch) -> KillSwitchView:
    target = switch.target
    return KillSwitchView(
        switch_id=str(target.switch_id),
        scope=target.scope.value,
        tenant_id=None if target.tenant_id is None else str(target.tenant_id),
        extension_id=None if target.extension_id is None else str(target.extension_id),
        version_id=None if target.version_id is None else str(target.version_id),
        reason=switch.reason,
        revision=switch.revision,
        since=switch.since,
        principal_id=str(switch.principal_id),
    )


def _effective(controls: Controls) -> EffectiveControls:
    stop = controls.stop
    said = Ruling(
        rates={name: rate_of(controls.rates, name) for name in Dimension},
        quotas=controls.quotas,
        limits=controls.limits,
        egress_hosts=controls.egress_hosts,
    )
    return EffectiveControls.model_validate(
        {
            **_said(said),
            "revision": controls.revision,
            "is_entitled": controls.is_entitled,
            "stop": None if stop is None else StopView(scope=stop.scope, reason=stop.reason),
        }
    )


def _said(ruling: Ruling) -> dict[str, Any]:
    """Write a ruling with all its members, those that say nothing too."""
    nothing: dict[str, Any] = {"rates": {}, "quotas": [], "limits": {}, "egress_hosts": None}
    return nothing | dict(ruling_document(ruling) or {})
