"""Change a publisher: its members and its keys; owners may, and administrators when owners are lost."""

from dataclasses import replace

import structlog

from annex_registry.actions.guard_log import await_log, guard_log
from annex_registry.actions.log_facts import log_keys
from annex_registry.domain.errors import PublisherKeyAlreadyExists, PublisherKeyNotFound
from annex_registry.domain.membership import ownership_required, publisher_not_found
from annex_registry.domain.ports import Publishers, Records, Work
from annex_registry.domain.publisher import KeyWindow, MemberRole, PublisherKey
from annex_registry.domain.signing_state import SignedSize
from annex_shared.clock import Clock
from annex_shared.display_text import shown
from annex_shared.names import PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.signing import VerifyingKey
from annex_shared.transparency import KeyChange

log = structlog.get_logger()


async def add_member(
    slug: PublisherSlug, principal: str, role: MemberRole, *, caller: Caller, records: Records, clock: Clock
) -> None:
    """Let a principal publish under the slug, or change its role."""
    async with records.work() as work:
        await refuse_non_owner(slug, caller=caller, publishers=work.publishers)
        await work.publishers.set_member(slug, principal, role, at=clock.now())
    log.info("publisher_member_set", publisher=slug.text, principal=principal, role=role.value)


async def add_key(
    slug: PublisherSlug,
    public_key_pem: str,
    window: KeyWindow,
    *,
    caller: Caller,
    records: Records,
    signed: SignedSize,
    clock: Clock,
) -> PublisherKey:
    """Trust a key for the publisher within a window."""
    await await_log(signed)
    async with records.work() as work:
        await refuse_non_owner(slug, caller=caller, publishers=work.publishers)
        key = _key(public_key_pem, window, clock=clock)
        await guard_log(work.log, signed)
        await _add(slug, key, caller=caller, publishers=work.publishers)
        key = await _logged(slug, key, work=work)
    log.info("publisher_key_added", publisher=slug.text, key_id=key.key_id)
    return key


async def rotate_key(
    slug: PublisherSlug,
    old_key_id: str,
    public_key_pem: str,
    window: KeyWindow,
    *,
    caller: Caller,
    records: Records,
    signed: SignedSize,
    clock: Clock,
) -> PublisherKey:
    """Trust a key in the place of another: both happen, or neither."""
    await await_log(signed)
    async with records.work() as work:
        await refuse_non_owner(slug, caller=caller, publishers=work.publishers)
        key = _key(public_key_pem, window, clock=clock)
        await guard_log(work.log, signed)
        await _revoke(slug, old_key_id, publishers=work.publishers, clock=clock)
        await _add(slug, key, caller=caller, publishers=work.publishers)
        key = await _logged(slug, key, work=work)
    log.info("publisher_key_rotated", publisher=slug.text, key_id=key.key_id, revoked=old_key_id)
    return key


async def revoke_key(
    slug: PublisherSlug,
    key_id: str,
    *,
    caller: Caller,
    records: Records,
    signed: SignedSize,
    clock: Clock,
) -> None:
    """Stop trusting a key for new versions; what it signed stays as it is."""
    await await_log(signed)
    async with records.work() as work:
        await refuse_non_owner(slug, caller=caller, publishers=work.publishers)
        await guard_log(work.log, signed)
        await _revoke(slug, key_id, publishers=work.publishers, clock=clock)
        await log_keys(slug, log=work.log)
    log.info("publisher_key_revoked", publisher=slug.text, key_id=key_id)


def _key(public_key_pem: str, window: KeyWindow, *, clock: Clock) -> PublisherKey:
    """Read a key in its one spelling: what stood around the block is of no use to anybody."""
    window.refuse_empty()
    verifying = VerifyingKey.load(public_key_pem.encode())
    return PublisherKey(verifying.key_id, verifying.to_pem().decode(), clock.now(), window=window)


async def _logged(slug: PublisherSlug, key: PublisherKey, *, work: Work) -> PublisherKey:
    """Give everything that changed its leaf, and the key the index of its own."""
    indexes = await log_keys(slug, log=work.log)
    return replace(key, log_index=indexes[key.key_id, KeyChange.ADDED])


async def _add(slug: PublisherSlug, key: PublisherKey, *, caller: Caller, publishers: Publishers) -> None:
    if not await publishers.add_key(slug, key, by=caller.principal):
        raise PublisherKeyAlreadyExists(
            f"The key {key.key_id} was added to {slug} before. A revoked key stays revoked. Use a new one.",
            details={"publisher": slug.text, "key_id": key.key_id},
        )


async def _revoke(slug: PublisherSlug, key_id: str, *, publishers: Publishers, clock: Clock) -> None:
    if not await publishers.revoke_key(slug, key_id, at=clock.now()):
        raise PublisherKeyNotFound(
            f'{slug} has no active key "{shown(key_id, limit=40)}".',
            details={"publisher": slug.text, "key_id": shown(key_id, limit=40)},
        )


async def refuse_non_owner(slug: PublisherSlug, *, caller: Caller, publishers: Publishers) -> None:
    """Raise unless the caller owns the publisher or administers the platform."""
    if await publishers.find(slug) is None:
        raise publisher_not_found(slug)
    if caller.may(Permission.PLATFORM_ADMIN):
        return
    if await publishers.role_of(caller.principal, slug) is not MemberRole.OWNER:
        raise ownership_required(slug)
