"""Say whether an extension is published by its trusted publishers alone; what was said stays readable."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from annex_registry.actions.find_extension import find_extension
from annex_registry.domain.authority import require
from annex_registry.domain.membership import ownership_required
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.publisher import MemberRole
from annex_registry.domain.trusted_publishing import TrustedOnlyFact
from annex_registry.domain.version import Extension
from annex_shared.clock import Clock
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

log = structlog.get_logger()

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class TrustedOnly:
    """The facts about an extension, newest first; none means that its members may publish."""

    extension: Extension
    facts: Sequence[TrustedOnlyFact]

    @property
    def is_on(self) -> bool:
        return bool(self.facts) and self.facts[0].is_trusted_only


async def change_trusted_only(
    extension: str, *, is_trusted_only: bool, reason: str, caller: Caller, records: Records, clock: Clock
) -> TrustedOnly:
    """Append a fact, unless that is how it is already. Owners only: an administrator has to become one."""
    require(caller, Permission.EXTENSION_PUBLISH)
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        # Orders the facts among each other and against publications.
        await work.versions.lock_head(found.id)
        slug = found.ref.publisher
        if await work.publishers.role_of(caller.principal, slug) is not MemberRole.OWNER:
            raise ownership_required(slug)
        is_changed = await work.trusted_publishing.is_trusted_only(found.id) != is_trusted_only
        if is_changed:
            fact = TrustedOnlyFact(is_trusted_only, reason, caller.principal, clock.now())
            await work.trusted_publishing.say_trusted_only(found.id, fact)
        trusted_only = await _read(found, work=work)
    if is_changed:
        log.info(
            "trusted_only_changed",
            extension_id=str(found.id),
            extension=str(found.ref),
            trusted_only=is_trusted_only,
            principal=caller.principal,
        )
    return trusted_only


async def read_trusted_only(extension: str, *, caller: Caller, records: Records) -> TrustedOnly:
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=caller.tenant_id) as work:
        return await _read(await find_extension(extension, extensions=work.extensions), work=work)


async def _read(extension: Extension, *, work: Work) -> TrustedOnly:
    return TrustedOnly(
        extension, await work.trusted_publishing.trusted_only_facts(extension.id, limit=_SHOWN)
    )
