from itertools import count
from uuid import UUID

import pytest

from annex_gateway.actions.administer import (
    KeyWanted,
    Minting,
    TenantAndKey,
    create_tenant,
    ensure_tenant_and_key,
    issue_key,
)
from annex_gateway.domain.api_keys import ApiKeyText
from annex_gateway.domain.errors import (
    InvalidTenantSlug,
    PrincipalNotFound,
    TenantAlreadyExists,
    TenantNotFound,
)
from annex_gateway.domain.identity_changes import BOOTSTRAP, Change
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission
from unit.gateway.builders import NOW, OTHER_TENANT, PEPPER, TENANT, uuid
from unit.gateway.fakes import MemoryDirectory, StoppedClock

WANTED = KeyWanted(name="ci", permissions=frozenset({Permission.EXTENSION_READ}))


@pytest.fixture
def directory() -> MemoryDirectory:
    return MemoryDirectory()


@pytest.fixture
def minting() -> Minting:
    ids, seeds = count(0x100), count(1)
    return Minting(
        PEPPER, StoppedClock(), lambda: UUID(int=next(ids)), lambda size: bytes([next(seeds)]) * size
    )


async def test_a_tenant_is_made_once(directory: MemoryDirectory, minting: Minting) -> None:
    tenant = await create_tenant(
        "dev", "Dev", tenant_id=TENANT, actor=BOOTSTRAP, work=directory, minting=minting
    )

    with pytest.raises(TenantAlreadyExists):
        await create_tenant("dev", "Dev", tenant_id=None, actor=BOOTSTRAP, work=directory, minting=minting)

    assert directory.tenants_by_id == {TENANT: tenant}


async def test_a_tenant_with_an_odd_slug_is_not_made(directory: MemoryDirectory, minting: Minting) -> None:
    with pytest.raises(InvalidTenantSlug):
        await create_tenant("De v", "Dev", tenant_id=None, actor=BOOTSTRAP, work=directory, minting=minting)

    assert directory.tenants_by_id == {}


async def test_an_issued_key_is_kept_as_a_hash_only(directory: MemoryDirectory, minting: Minting) -> None:
    await create_tenant("dev", "Dev", tenant_id=TENANT, actor=BOOTSTRAP, work=directory, minting=minting)

    issued = await issue_key(TENANT, WANTED, actor=BOOTSTRAP, work=directory, minting=minting)

    stored = directory.held_keys[issued.text.key_id]
    assert stored.secret_hash == issued.text.secret_hash(PEPPER)
    assert issued.text.secret not in repr((stored, issued))
    assert stored.permissions == WANTED.permissions


async def test_two_keys_of_one_name_speak_for_one_principal(
    directory: MemoryDirectory, minting: Minting
) -> None:
    await create_tenant("dev", "Dev", tenant_id=TENANT, actor=BOOTSTRAP, work=directory, minting=minting)

    first = await issue_key(TENANT, WANTED, actor=BOOTSTRAP, work=directory, minting=minting)
    second = await issue_key(TENANT, WANTED, actor=BOOTSTRAP, work=directory, minting=minting)

    assert first.listing.principal == second.listing.principal
    assert first.text != second.text


async def test_a_key_needs_a_tenant(directory: MemoryDirectory, minting: Minting) -> None:
    with pytest.raises(TenantNotFound):
        await issue_key(TENANT, WANTED, actor=BOOTSTRAP, work=directory, minting=minting)


async def test_a_key_is_not_made_for_a_principal_of_another_tenant(
    directory: MemoryDirectory, minting: Minting
) -> None:
    for slug, tenant_id in (("dev", TENANT), ("other", OTHER_TENANT)):
        await create_tenant(slug, slug, tenant_id=tenant_id, actor=BOOTSTRAP, work=directory, minting=minting)
    theirs = (
        await issue_key(OTHER_TENANT, WANTED, actor=BOOTSTRAP, work=directory, minting=minting)
    ).listing.principal

    for principal_id in (theirs.principal_id, PrincipalId(uuid(0xDEAD))):
        wanted = KeyWanted("ci", WANTED.permissions, principal_id=principal_id)
        with pytest.raises(PrincipalNotFound):
            await issue_key(TENANT, wanted, actor=BOOTSTRAP, work=directory, minting=minting)


async def _ensure(
    directory: MemoryDirectory,
    minting: Minting,
    *,
    tenant_id: TenantId | None = None,
    is_renewed: bool = False,
) -> TenantAndKey:
    return await ensure_tenant_and_key(
        "dev",
        tenant_id=tenant_id,
        tenant_name="Dev",
        principal_name="admin",
        permissions=Permission,
        is_renewed=is_renewed,
        work=directory,
        minting=minting,
    )


async def test_a_first_start_makes_a_tenant_and_a_key_that_works(
    directory: MemoryDirectory, minting: Minting
) -> None:
    made = await _ensure(directory, minting, tenant_id=TENANT)

    assert made.tenant_id == TENANT
    assert made.api_key is not None
    assert [entry.change for entry in directory.changes] == [Change.TENANT_CREATED, Change.KEY_ISSUED]
    text = ApiKeyText.parse(made.api_key)
    directory.held_keys[text.key_id].require_secret(text.secret_hash(PEPPER), NOW)
    assert directory.held_keys[text.key_id].permissions == frozenset(Permission)


async def test_a_second_start_changes_nothing_and_shows_no_key(
    directory: MemoryDirectory, minting: Minting
) -> None:
    first = await _ensure(directory, minting)

    second = await _ensure(directory, minting)

    assert second == TenantAndKey(first.tenant_id, first.principal_id, first.key_id, None)
    assert len(directory.held_keys) == 1


async def test_renewing_replaces_the_key_and_keeps_the_principal(
    directory: MemoryDirectory, minting: Minting
) -> None:
    first = await _ensure(directory, minting)

    second = await _ensure(directory, minting, is_renewed=True)

    assert second.principal_id == first.principal_id
    assert second.api_key not in (None, first.api_key)
    assert directory.held_keys[first.key_id].revoked_at == NOW


async def test_a_start_with_another_id_for_a_known_slug_is_refused(
    directory: MemoryDirectory, minting: Minting
) -> None:
    await _ensure(directory, minting, tenant_id=TENANT)

    with pytest.raises(TenantAlreadyExists):
        await _ensure(directory, minting, tenant_id=OTHER_TENANT)
