"""Who may call what: the permission a method asks for, and what users of the client portal reach."""

from annex_gateway.domain.api_keys import Identity, PrincipalKind
from annex_gateway.domain.errors import ClientUnknown, ExtensionNotForClients
from annex_shared.permissions import Permission

_READING = frozenset({"GET", "HEAD"})


def permission_to_call(method: str) -> Permission:
    """Tell reading an extension and making it act apart."""
    return Permission.EXTENSION_READ if method in _READING else Permission.EXTENSION_WRITE


def require_may_call(identity: Identity, method: str, *, is_for_clients: bool) -> None:
    """Let a caller of the tenant's own through by permission, a client's by the version and by being known.

    Raises PermissionDenied, ExtensionNotForClients, ClientUnknown.
    """
    if identity.kind is not PrincipalKind.CLIENT:
        identity.require(permission_to_call(method))
        return
    if not is_for_clients:
        raise ExtensionNotForClients("This extension has no place in the client portal.")
    if identity.user is None or not identity.user.client_id:
        raise ClientUnknown("It is not known whose client you are. Ask the company whose portal you use.")
