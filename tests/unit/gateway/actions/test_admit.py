from datetime import timedelta

import pytest

from annex_gateway.actions.admit import admit
from annex_gateway.actions.authenticate import Authenticator, VerifiedKeys
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import PermissionDenied, TenantMismatch, Unauthenticated
from annex_shared.permissions import Permission
from unit.gateway.builders import OTHER_TENANT, PEPPER, TENANT, a_key_text, an_api_key
from unit.gateway.fakes import MemoryKeys, StoppedClock

KEY = Credentials((a_key_text().reveal(),))


async def _admit(credentials: Credentials = KEY, *, claims: tuple[str, ...] = ()) -> Identity:
    keys = MemoryKeys()
    keys.add(an_api_key(permissions=frozenset({Permission.EXTENSION_READ})))
    return await admit(
        credentials,
        claimed_tenants=claims,
        permissions=(Permission.EXTENSION_READ,),
        authenticator=Authenticator(keys, PEPPER, StoppedClock(), VerifiedKeys(timedelta(seconds=5))),
    )


async def test_a_key_with_the_permission_is_let_in() -> None:
    assert (await _admit(claims=(str(TENANT),))).tenant_id == TENANT


async def test_a_stranger_is_not_let_in() -> None:
    with pytest.raises(Unauthenticated):
        await _admit(Credentials())


async def test_a_claim_to_another_tenant_is_refused() -> None:
    with pytest.raises(TenantMismatch):
        await _admit(claims=(str(OTHER_TENANT),))


async def test_a_key_without_the_permission_is_refused() -> None:
    keys = MemoryKeys()
    keys.add(an_api_key(permissions=frozenset({Permission.EXTENSION_WRITE})))

    with pytest.raises(PermissionDenied):
        await admit(
            KEY,
            claimed_tenants=(),
            permissions=(Permission.EXTENSION_READ,),
            authenticator=Authenticator(keys, PEPPER, StoppedClock(), VerifiedKeys(timedelta(seconds=5))),
        )
