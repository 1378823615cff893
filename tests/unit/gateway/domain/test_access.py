import pytest

from annex_gateway.domain.access import permission_to_call, require_may_call
from annex_gateway.domain.api_keys import Identity, PrincipalKind
from annex_gateway.domain.errors import ClientUnknown, ExtensionNotForClients, PermissionDenied
from annex_gateway.domain.users import User
from annex_shared.ids import PrincipalId
from annex_shared.permissions import Permission
from unit.gateway.builders import TENANT, uuid


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_takes_the_permission_to_read(method: str) -> None:
    assert permission_to_call(method) is Permission.EXTENSION_READ


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""])
def test_everything_else_takes_the_permission_to_write(method: str) -> None:
    assert permission_to_call(method) is Permission.EXTENSION_WRITE


def a_client(client_id: str | None) -> Identity:
    user = User("1", "Client", is_client=True, client_id=client_id)
    return Identity(
        PrincipalId(uuid(1)), TENANT, frozenset(), "token:1", kind=PrincipalKind.CLIENT, user=user
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_known_client_reaches_what_has_a_place_in_the_portal(method: str) -> None:
    require_may_call(a_client("c-1"), method, is_for_clients=True)


def test_a_client_reaches_nothing_else() -> None:
    with pytest.raises(ExtensionNotForClients):
        require_may_call(a_client("c-1"), "GET", is_for_clients=False)


@pytest.mark.parametrize("client_id", [None, ""])
def test_a_client_that_nobody_knows_reaches_nothing(client_id: str | None) -> None:
    with pytest.raises(ClientUnknown):
        require_may_call(a_client(client_id), "GET", is_for_clients=True)


def test_a_place_in_the_portal_gives_others_no_permission() -> None:
    somebody = Identity(PrincipalId(uuid(1)), TENANT, frozenset(), "key")

    with pytest.raises(PermissionDenied):
        require_may_call(somebody, "GET", is_for_clients=True)
