"""Let a caller through to one of the platform's own routes, before anything of the body is read."""

from annex_gateway.actions.authenticate import Authenticator
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.credentials import Credentials
from annex_shared.permissions import Permission


async def admit(
    credentials: Credentials,
    *,
    claimed_tenants: tuple[str, ...],
    permissions: tuple[Permission, ...],
    authenticator: Authenticator,
) -> Identity:
    """Authenticate, agree on the tenant, insist on one of the permissions; clients' users have none here."""
    identity = await authenticator.identify(credentials)
    identity.require_tenant(claimed_tenants)
    identity.require_no_client()
    if permissions:
        identity.require(*permissions)
    return identity
