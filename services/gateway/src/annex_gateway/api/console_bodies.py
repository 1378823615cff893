"""Bodies of the routes that only the console asks."""

from collections.abc import Sequence
from datetime import datetime

from annex_gateway.api.bodies import TenantView
from annex_gateway.domain.api_keys import Identity
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
