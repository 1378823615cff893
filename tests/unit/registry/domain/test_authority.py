"""What a caller must hold, before anything is looked at."""

from contextlib import nullcontext
from uuid import UUID

import pytest

from annex_registry.domain.authority import require, require_peer, tenant_of
from annex_registry.domain.errors import PeerRequired, PermissionDenied, TenantRequired
from annex_shared.ids import TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

TENANT = TenantId(UUID(int=1))


@pytest.mark.parametrize("held", list(Permission))
@pytest.mark.parametrize("asked", list(Permission))
def test_no_permission_stands_for_another(held: Permission, asked: Permission) -> None:
    with nullcontext() if held is asked else pytest.raises(PermissionDenied, match=asked.value):
        require(Caller("rosa", TENANT, frozenset({held})), asked)


def test_a_caller_of_no_tenant_is_told_so() -> None:
    assert tenant_of(Caller("rosa", TENANT)) == TENANT
    with pytest.raises(TenantRequired):
        tenant_of(Caller("service:gateway"))


@pytest.mark.parametrize(
    ("issuer", "is_peer"),
    [
        ("gateway", True),
        ("runner-proxy", True),
        ("ui-host", True),
        ("standalone", True),
        ("cli", False),
        ("", False),
    ],
)
def test_only_services_of_the_platform_are_peers(issuer: str, *, is_peer: bool) -> None:
    with nullcontext() if is_peer else pytest.raises(PeerRequired):
        require_peer(Caller("x", issuer=issuer))
