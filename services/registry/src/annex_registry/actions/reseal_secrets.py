"""Seal again what was sealed with a key that seals no more, so that the older key can be taken away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from annex_registry.actions.change_install import save_change
from annex_registry.actions.change_secrets import take_apart
from annex_registry.domain.ports import Records
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, TenantId
from annex_shared.secret_sealing import SecretSealer

ACTOR = "service:registry"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one install came to; ``failure`` names why its secrets stay as they are."""

    install_id: InstallId
    secrets: int
    failure: str | None = None


async def reseal_secrets(*, records: Records, clock: Clock, sealer: SecretSealer) -> AsyncIterator[Resealed]:
    """Go through every install with secrets; each is a transaction, so this can be stopped and repeated."""
    after: InstallId | None = None
    while True:
        page = await records.installs_with_secrets(after=after, limit=_PAGE)
        for tenant_id, install_id in page:
            try:
                count = await _reseal(tenant_id, install_id, records=records, clock=clock, sealer=sealer)
            except AnnexError as error:
                yield Resealed(install_id, 0, error.message)
            else:
                yield Resealed(install_id, count)
        if len(page) < _PAGE:
            return
        after = page[-1][1]


async def _reseal(
    tenant_id: TenantId, install_id: InstallId, *, records: Records, clock: Clock, sealer: SecretSealer
) -> int:
    async with records.work(tenant_id=tenant_id) as work:
        install = await work.installs.find(install_id, for_change=True)
        if install is None:
            return 0
        split = await take_apart(install, work=work, sealer=sealer)
        count = len(split.secrets) - len(install.secrets)
        secrets = []
        for secret in split.secrets:
            current = secret
            if not await sealer.is_current(secret.sealed):
                sealed = await sealer.rewrap(secret.sealed, place=(tenant_id, install_id))
                current = replace(secret, sealed=sealed)
                await work.installs.put_secret(install, current)
                count += 1
            secrets.append(current)
        if count:
            following = replace(split, secrets=tuple(secrets), secrets_version=install.secrets_version + 1)
            await save_change(
                install, following, InstallChange.CONFIGURED, by=ACTOR, work=work, at=clock.now()
            )
    return count
