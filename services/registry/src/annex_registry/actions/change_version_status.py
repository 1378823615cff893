"""Say something about a published version: deprecate, yank or block it, or take that back."""

from dataclasses import dataclass

import structlog

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.guard_log import await_log, guard_log
from annex_registry.actions.log_facts import log_status
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require
from annex_registry.domain.membership import maintainership_required
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.publisher import MemberRole
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.transparency import StatusStatement
from annex_registry.domain.version import PublishedVersion, VersionStatus
from annex_registry.domain.version_status import (
    StatusChange,
    StatusFact,
    accepted_reason,
    needs_administrator,
)
from annex_shared.clock import Clock
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

log = structlog.get_logger()

_DECIDING = (MemberRole.OWNER, MemberRole.MAINTAINER)


@dataclass(frozen=True, slots=True)
class StatusWish:
    """What to say of which version, and why; a rehearsal changes nothing."""

    extension: str
    version: str
    change: StatusChange
    reason: str
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class StatusOutcome:
    """What is true now. ``version`` is as it was before."""

    version: PublishedVersion
    status: VersionStatus
    reason: str
    is_changed: bool
    tenants_running: int
    log_index: int | None


async def change_version_status(
    wish: StatusWish, *, caller: Caller, records: Records, signed: SignedSize, clock: Clock
) -> StatusOutcome:
    """Append a fact, or none when exactly that was said last. A refusal and a rehearsal leave nothing.

    Raises LogSigningRefused and LogNotChecked for a log that must not grow.
    """
    if not caller.may(Permission.PLATFORM_ADMIN):
        require(caller, Permission.EXTENSION_PUBLISH)
    reason = accepted_reason(wish.reason)
    if not wish.is_rehearsal:
        await await_log(signed)
    async with records.work(tenant_id=caller.tenant_id) as work:
        extension = await find_extension(wish.extension, extensions=work.extensions)
        # Orders facts among each other and against publications, and what is read next is the newest.
        await work.versions.lock_head(extension.id)
        version = await find_version(extension, wish.version, work=work)
        await _refuse_unless_entitled(version, wish.change, caller=caller, work=work)
        said = await work.version_statuses.newest(version.id)
        is_changed = said != (wish.change, reason) and not wish.is_rehearsal
        log_index = version.status_log_index
        if is_changed:
            await guard_log(work.log, signed)
            fact = StatusFact(version, wish.change, reason, caller.principal, clock.now())
            log_index = await _place_status(fact, work=work)
    if is_changed:
        log.info(
            "version_status_changed",
            extension_id=str(extension.id),
            extension=str(extension.ref),
            version=str(version.number),
            version_id=str(version.id),
            status=wish.change.value,
            principal=caller.principal,
            log_index=log_index,
        )
    return StatusOutcome(
        version=version,
        status=version.status if wish.is_rehearsal else wish.change.to_status(),
        reason=reason,
        is_changed=is_changed,
        tenants_running=await records.tenants_running(version.id),
        log_index=log_index,
    )


async def _refuse_unless_entitled(
    version: PublishedVersion, change: StatusChange, *, caller: Caller, work: Work
) -> None:
    """Administrators may say anything; who decides for the publisher, everything but about a block."""
    if caller.may(Permission.PLATFORM_ADMIN):
        return
    slug = version.extension.ref.publisher
    if await work.publishers.role_of(caller.principal, slug) not in _DECIDING:
        raise maintainership_required(slug)
    if needs_administrator(version.status, change):
        require(caller, Permission.PLATFORM_ADMIN)


async def _place_status(fact: StatusFact, *, work: Work) -> int:
    """Give the fact its places: in the transparency log and, last, in the feed."""
    log_index = await log_status(StatusStatement.of(fact), log=work.log)
    serial = await work.outbox.append(fact.event(log_index), at=fact.recorded_at)
    await work.version_statuses.add(fact, serial=serial, log_index=log_index)
    return log_index
