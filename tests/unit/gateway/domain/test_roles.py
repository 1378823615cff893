import pytest

from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.errors import GrantRefused, InvalidRoleName, RoleIsBuiltIn
from annex_gateway.domain.roles import BUILT_IN, own_role_name, permissions_of, require_may_give
from annex_shared.ids import PrincipalId
from annex_shared.permissions import Permission
from unit.gateway.builders import TENANT, uuid

READ = frozenset({Permission.EXTENSION_READ})


def holding(*permissions: Permission) -> Identity:
    return Identity(PrincipalId(uuid(1)), TENANT, frozenset(permissions), "key")


def test_no_built_in_role_reaches_beyond_its_tenant() -> None:
    assert all(Permission.PLATFORM_ADMIN not in permissions for permissions in BUILT_IN.values())


def test_a_role_that_nobody_defined_gives_nothing() -> None:
    assert permissions_of(["viewer", "ghost"], {}) == {"viewer": READ}


def test_a_tenants_own_role_does_not_replace_a_built_in_one() -> None:
    assert permissions_of(["viewer"], {"viewer": frozenset(Permission)}) == {"viewer": READ}


@pytest.mark.parametrize("name", ["", "Auditor", "1st", "a b", "a" * 64, "über"])
def test_an_odd_name_is_no_role(name: str) -> None:
    with pytest.raises(InvalidRoleName):
        own_role_name(name)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_role_is_nobodys_own(name: str) -> None:
    with pytest.raises(RoleIsBuiltIn):
        own_role_name(name)


def test_nobody_gives_what_they_do_not_hold() -> None:
    with pytest.raises(GrantRefused):
        require_may_give(holding(Permission.EXTENSION_READ), [Permission.EXTENSION_WRITE])


def test_a_tenants_administrator_makes_no_platform_administrator() -> None:
    with pytest.raises(GrantRefused):
        require_may_give(holding(*BUILT_IN["admin"]), [Permission.PLATFORM_ADMIN])


def test_a_platform_administrator_gives_everything() -> None:
    require_may_give(holding(Permission.PLATFORM_ADMIN), Permission)
