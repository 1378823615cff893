"""What a caller must hold before anything is looked at."""

from annex_registry.domain.errors import PeerRequired, PermissionDenied, TenantRequired
from annex_shared.ids import TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

PEERS = frozenset({"gateway", "runner-proxy", "ui-host", "standalone"})
# Who holds the key of the predecessor's runner; no service token says so.
KEYED_RUNNER = Caller("service:runner", issuer="runner-key")


def require(caller: Caller, permission: Permission) -> None:
    """Raise PermissionDenied unless the caller holds ``permission``."""
    if not caller.may(permission):
        raise PermissionDenied(
            f"You need the permission {permission} for this; your key does not hold it. Nothing was changed.",
            details={"permission": permission.value},
        )


def tenant_of(caller: Caller) -> TenantId:
    """Return the tenant the caller acts for. Raises TenantRequired."""
    if caller.tenant_id is None:
        raise TenantRequired("This request belongs to a tenant, and the caller acts for none.")
    return caller.tenant_id


def is_service(caller: Caller) -> bool:
    """Tell a service that acts for itself from one that passes on what somebody of a tenant asked."""
    return (
        caller.issuer in PEERS and caller.tenant_id is None and caller.principal == f"service:{caller.issuer}"
    )


def require_peer(caller: Caller) -> None:
    """Raise PeerRequired unless the request was issued by a service of the platform."""
    if caller.issuer not in PEERS:
        raise PeerRequired("This address is for other services of the platform only.")


def require_runner(caller: Caller) -> None:
    """Raise PeerRequired unless a service of the platform asks, or a runner by its key."""
    if caller != KEYED_RUNNER:
        require_peer(caller)
