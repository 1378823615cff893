"""Bodies of the routes about controls and kill switches."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from annex_gateway.actions.administer_controls import ShownControls
from annex_gateway.domain.control_changes import ControlChange, ruling_document
from annex_gateway.domain.controls import Controls, Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.kill_switches import KillSwitch, SwitchScope, SwitchTarget
from annex_gateway.domain.rate_limits import RateLimit
from annex_gateway.domain.rulings import Dimension, Ruling, rate_of
from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.ids import ExtensionId, TenantId, VersionId

# Redis counts in microseconds and adds up bursts; beyond these nothing is limited any more.
_MOST_PER_SECOND, _MOST_BURST = 1_000_000.0, 10_000_000
_LEAST_PER_SECOND = 0.001
_MOST_COUNTED = 2**53 - 1
_MOST_QUOTAS = 16

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Counted = Annotated[int, Field(ge=1, le=_MOST_COUNTED)]


class RateBody(Received):
    """A steady rate, and how many calls may come at once on top of it."""

    per_second: float = Field(ge=_LEAST_PER_SECOND, le=_MOST_PER_SECOND, allow_inf_nan=False)
    burst: int = Field(ge=1, le=_MOST_BURST)


class QuotaBody(Received):
    """At most ``limit`` of a kind in a calendar day or month (UTC); 0 allows none."""

    scope: QuotaScope
    kind: QuotaKind
    window: QuotaWindow
    limit: int = Field(ge=0, le=_MOST_COUNTED)


class LimitsBody(Received):
    """Limits of one call, as in `/v1/execute`."""

    timeout_ms: Counted | None = None
    memory_mb: Counted | None = None
    cpu_ms: Counted | None = None
    fuel: Counted | None = None


class SetControls(Received):
    """Replaces everything said at a place; what is left out is not said any more.

    ``revision`` is the one that was read, 0 where nothing was ever said: somebody else's change in between
    refuses this one. ``egress_hosts`` null is no list, an empty list lets nothing out. ``is_entitled`` is the
    platform's word only.
    """

    revision: int = Field(ge=0, le=_MOST_COUNTED)
    reason: Reason
    rates: dict[Dimension, RateBody] = Field(default_factory=dict)
    quotas: list[QuotaBody] = Field(default_factory=list, max_length=_MOST_QUOTAS)
    limits: LimitsBody = LimitsBody()
    egress_hosts: list[Annotated[str, StringConstraints(max_length=300)]] | None = None
    is_entitled: bool | None = None

    def to_ruling(self) -> Ruling:
        return Ruling(
            rates={name: RateLimit(rate.per_second, rate.burst) for name, rate in self.rates.items()},
            quotas=tuple(Quota(row.scope, row.kind, row.window, row.limit) for row in self.quotas),
            limits=self.limits.model_dump(exclude_none=True),
            egress_hosts=None if self.egress_hosts is None else tuple(self.egress_hosts),
            is_entitled=self.is_entitled,
        )


class StopView(Exchanged):
    """The kill switch that is on, and why."""

    scope: str
    reason: str


class EffectiveControls(Exchanged):
    """What holds in the end, the narrowest word of every place taken together."""

    revision: int
    is_entitled: bool
    stop: StopView | None
    rates: dict[Dimension, RateBody]
    quotas: list[QuotaBody]
    limits: LimitsBody
    egress_hosts: list[str] | None

    @classmethod
    def of(cls, controls: Controls) -> "EffectiveControls":
        stop = controls.stop
        document = ruling_document(
            Ruling(
                rates={name: rate_of(controls.rates, name) for name in Dimension},
                quotas=controls.quotas,
                limits=controls.limits,
                egress_hosts=controls.egress_hosts,
            )
        )
        return cls.model_validate(
            _NO_WORD
            | dict(document or {})
            | {
                "revision": controls.revision,
                "is_entitled": controls.is_entitled,
                "stop": None if stop is None else {"scope": stop.scope, "reason": stop.reason},
            }
        )


class ControlsView(Exchanged):
    """What is said at one place; ``effective`` is what comes out of all places, null for the whole platform.

    ``set_by`` says whose word this is, the platform's or the tenant's own.
    """

    revision: int
    set_by: str
    tenant_id: str | None
    extension_id: str | None
    rates: dict[Dimension, RateBody]
    quotas: list[QuotaBody]
    limits: LimitsBody
    egress_hosts: list[str] | None
    is_entitled: bool | None
    effective: EffectiveControls | None

    @classmethod
    def of(cls, shown: ShownControls) -> "ControlsView":
        place = shown.place
        effective = None if shown.effective is None else EffectiveControls.of(shown.effective)
        return cls.model_validate(
            _NO_WORD
            | dict(ruling_document(shown.ruling) or {})
            | {
                "revision": shown.revision,
                "set_by": place.authority.value,
                "tenant_id": None if place.tenant_id is None else str(place.tenant_id),
                "extension_id": None if place.extension_id is None else str(place.extension_id),
                "effective": effective,
            }
        )


class ControlChangeView(Exchanged):
    """One change; ``before`` and ``after`` are null where nothing was said."""

    revision: int
    previous: int
    changed_at: datetime
    principal_id: str
    key_id: str
    request_id: str
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @classmethod
    def of(cls, change: ControlChange) -> "ControlChangeView":
        return cls(
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


class ControlChangeViews(Exchanged):
    """Newest first; ``next_after`` is the ``after`` of the next page, null on the last one."""

    items: list[ControlChangeView]
    next_after: str | None


class TurnOnKillSwitch(Received):
    """`POST /api/v1/kill-switches`. ``scope`` says which id is needed.

    With ``tenant_id`` an extension or a version is stopped in that tenant, without it everywhere.
    """

    scope: SwitchScope
    reason: Reason
    tenant_id: UUID | None = None
    extension_id: UUID | None = None
    version_id: UUID | None = None

    def to_target(self) -> SwitchTarget:
        return SwitchTarget.of(
            self.scope,
            tenant_id=None if self.tenant_id is None else TenantId(self.tenant_id),
            extension_id=None if self.extension_id is None else ExtensionId(self.extension_id),
            version_id=None if self.version_id is None else VersionId(self.version_id),
        )


class KillSwitchView(Exchanged):
    """A switch that is on. What it stops has the same ``switch_id`` whenever it is stopped."""

    switch_id: str
    scope: SwitchScope
    tenant_id: str | None
    extension_id: str | None
    version_id: str | None
    reason: str
    revision: int
    since: datetime
    principal_id: str

    @classmethod
    def of(cls, switch: KillSwitch) -> "KillSwitchView":
        target = switch.target
        return cls(
            switch_id=str(target.switch_id),
            scope=target.scope,
            tenant_id=None if target.tenant_id is None else str(target.tenant_id),
            extension_id=None if target.extension_id is None else str(target.extension_id),
            version_id=None if target.version_id is None else str(target.version_id),
            reason=switch.reason,
            revision=switch.revision,
            since=switch.since,
            principal_id=str(switch.principal_id),
        )


class KillSwitchViews(Exchanged):
    """Every switch that is on, the newest first."""

    items: list[KillSwitchView]


_NO_WORD: dict[str, Any] = {
    "rates": {},
    "quotas": [],
    "limits": {},
    "egress_hosts": None,
    "is_entitled": None,
}
