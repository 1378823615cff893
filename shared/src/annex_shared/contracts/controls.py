"""Controls and kill switches on the wire: what administrators allow, and what they stop."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from annex_shared.contracts.wire import Exchanged, Received

RateName = Literal["tenant", "install", "extension", "user"]
QuotaScopeName = Literal["tenant", "extension"]
QuotaKindName = Literal["invocations", "cpu_ms", "mem_mb_ms", "egress_bytes"]
QuotaWindowName = Literal["day", "month"]
SwitchScopeName = Literal["tenant", "extension", "version"]

# Redis counts in microseconds and adds up bursts; beyond these nothing is limited any more.
_MOST_PER_SECOND: Final = 1_000_000.0
_MOST_BURST: Final = 10_000_000
_LEAST_PER_SECOND: Final = 0.001
_MOST_COUNTED: Final = 2**53 - 1
_MOST_QUOTAS: Final = 16

# One line of text: it is shown to callers, in tables and in logs.
Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]
Counted = Annotated[int, Field(ge=1, le=_MOST_COUNTED)]


class RateBody(Received):
    """A steady rate, and how many calls may come at once on top of it."""

    per_second: float = Field(ge=_LEAST_PER_SECOND, le=_MOST_PER_SECOND, allow_inf_nan=False)
    burst: int = Field(ge=1, le=_MOST_BURST)


class QuotaBody(Received):
    """At most ``limit`` of a kind in a calendar day or month (UTC); 0 allows none."""

    scope: QuotaScopeName
    kind: QuotaKindName
    window: QuotaWindowName
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
    rates: dict[RateName, RateBody] = Field(default_factory=dict)
    quotas: list[QuotaBody] = Field(default_factory=list, max_length=_MOST_QUOTAS)
    limits: LimitsBody = LimitsBody()
    egress_hosts: list[Annotated[str, StringConstraints(max_length=300)]] | None = None
    is_entitled: bool | None = None


class RateView(Exchanged):
    """A steady rate and its burst, of a dimension that a younger platform may have invented."""

    per_second: float
    burst: int


class QuotaView(Exchanged):
    """At most ``limit`` of a kind within a window of a scope."""

    scope: str
    kind: str
    window: str
    limit: int


class StopView(Exchanged):
    """The kill switch that is on, and why."""

    scope: str
    reason: str


class EffectiveControls(Exchanged):
    """What holds in the end, the narrowest word of every place taken together."""

    revision: int
    is_entitled: bool
    stop: StopView | None
    rates: dict[str, RateView]
    quotas: list[QuotaView]
    limits: dict[str, int]
    egress_hosts: list[str] | None


class ControlsView(Exchanged):
    """What is said at one place; ``effective`` is what comes out of all places, null for the whole platform.

    ``set_by`` says whose word this is, the platform's or the tenant's own.
    """

    revision: int
    set_by: str
    tenant_id: str | None
    extension_id: str | None
    rates: dict[str, RateView]
    quotas: list[QuotaView]
    limits: dict[str, int]
    egress_hosts: list[str] | None
    is_entitled: bool | None
    effective: EffectiveControls | None


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


class ControlChangeViews(Exchanged):
    """Newest first; ``next_after`` is the ``after`` of the next page, null on the last one."""

    items: list[ControlChangeView]
    next_after: str | None


class TurnOnKillSwitch(Received):
    """`POST /api/v1/kill-switches`. ``scope`` says which id is needed.

    With ``tenant_id`` an extension or a version is stopped in that tenant, without it everywhere.
    """

    scope: SwitchScopeName
    reason: Reason
    tenant_id: UUID | None = None
    extension_id: UUID | None = None
    version_id: UUID | None = None


class KillSwitchView(Exchanged):
    """A switch that is on. What it stops has the same ``switch_id`` whenever it is stopped."""

    switch_id: str
    scope: str
    tenant_id: str | None
    extension_id: str | None
    version_id: str | None
    reason: str
    revision: int
    since: datetime
    principal_id: str


class KillSwitchViews(Exchanged):
    """Every switch that is on, the newest first."""

    items: list[KillSwitchView]
