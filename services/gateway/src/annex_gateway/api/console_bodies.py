"""Bodies of the routes that only the console asks."""

from collections.abc import Sequence
from datetime import datetime

from annex_gateway.api.bodies import TenantView
from annex_gateway.domain.activity import LOOKED_AT, ExtensionActivity, ExtensionHealth
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.executions import Status
from annex_gateway.domain.tenants import Tenant
from annex_shared.contracts.wire import Exchanged


class ConsoleSession(Exchanged):
    """`GET /api/v1/console/session`. ``expires_at`` is when the session ends without another request.

    ``administrators`` are a few names of those who can give permissions in this tenant.
    """

    csrf_token: str
    expires_at: datetime
    tenant: TenantView
    principal_id: str
    name: str
    kind: str
    permissions: list[str]
    roles: list[str]
    is_tenant_admin: bool
    administrators: list[str]

    @classmethod
    def of(
        cls,
        identity: Identity,
        tenant: Tenant,
        *,
        name: str,
        administrators: Sequence[str],
        csrf_token: str,
        expires_at: datetime,
    ) -> "ConsoleSession":
        return cls(
            csrf_token=csrf_token,
            expires_at=expires_at,
            tenant=TenantView.of(tenant),
            principal_id=str(identity.principal_id),
            name=name,
            kind=identity.kind,
            permissions=sorted(identity.permissions),
            roles=sorted(identity.roles),
            is_tenant_admin=identity.is_tenant_admin,
            administrators=[*administrators],
        )


class ActivityView(Exchanged):
    """How one extension did in the last 24 hours.

    ``failures`` are the runs it is to blame for: its own 5xx, traps, limits it hit. What a policy refused,
    faults of the platform and callers who left are none. ``last_failed`` says whether its last run is one.
    """

    extension_id: str
    runs: int
    failures: int
    last_started_at: datetime
    last_status: Status
    last_failed: bool

    @classmethod
    def of(cls, activity: ExtensionActivity) -> "ActivityView":
        return cls(
            extension_id=str(activity.extension_id),
            runs=activity.runs,
            failures=activity.failures,
            last_started_at=activity.last_started_at,
            last_status=activity.last_status,
            last_failed=activity.last_failed,
        )


class ActivityViews(Exchanged):
    """`GET /api/v1/console/activity`; with ``is_partial`` there was more than was looked at."""

    items: list[ActivityView]
    since: datetime
    is_partial: bool

    @classmethod
    def of(cls, found: Sequence[ExtensionActivity], *, since: datetime) -> "ActivityViews":
        runs = sum(activity.runs for activity in found)
        items = [ActivityView.of(activity) for activity in found]
        return cls(items=items, since=since, is_partial=runs >= LOOKED_AT)


class HourView(Exchanged):
    hour: datetime
    runs: int
    failures: int
    p95_ms: float | None


class FailureCodeView(Exchanged):
    code: str
    failures: int
    last_started_at: datetime
    last_execution_id: str


class HealthView(Exchanged):
    """`GET /api/v1/console/health`: one extension's last 24 hours; hours without runs are left out."""

    since: datetime
    runs: int
    failures: int
    p95_ms: float | None
    hours: list[HourView]
    codes: list[FailureCodeView]
    is_partial: bool

    @classmethod
    def of(cls, health: ExtensionHealth, *, since: datetime) -> "HealthView":
        return cls(
            since=since,
            runs=health.runs,
            failures=health.failures,
            p95_ms=health.p95_ms,
            hours=[
                HourView(hour=each.hour, runs=each.runs, failures=each.failures, p95_ms=each.p95_ms)
                for each in health.hours
            ],
            codes=[
                FailureCodeView(
                    code=each.code,
                    failures=each.failures,
                    last_started_at=each.last_started_at,
                    last_execution_id=str(each.last_execution_id),
                )
                for each in health.codes
            ],
            is_partial=health.runs >= LOOKED_AT,
        )
