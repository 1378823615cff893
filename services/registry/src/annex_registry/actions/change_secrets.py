"""Change an install's secrets: sealed one by one, and never read out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from annex_registry.actions.change_install import find_install, save_change
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.errors import SecretNotFound, SecretsNotConfigured, TooManySecrets
from annex_registry.domain.install import Install
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.secrets import (
    MAX_SECRETS,
    MAX_SECRETS_BYTES,
    StoredSecret,
    accepted_expiry,
    accepted_secret_name,
    sealed_bytes,
)
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.host_patterns import parse_host_patterns
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.secret_sealing import SecretSealer
from annex_shared.service_tokens import Caller

# Who set what was sealed before it was asked.
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SecretWish:
    """``hosts`` None keeps the hosts of the secret it replaces."""

    value: str = field(repr=False)
    expires_at: datetime | None = None
    hosts: Sequence[str] | None = None


async def set_secret(
    install_id: InstallId,
    name: str,
    wish: SecretWish,
    *,
    caller: Caller,
    records: Records,
    clock: Clock,
    sealer: SecretSealer | None,
) -> Install:
    """Add or replace one secret; the others are not opened.

    Raises InvalidSecretName, InvalidSecretExpiry, InvalidHostPattern, TooManySecrets.
    """
    require(caller, Permission.EXTENSION_WRITE)
    tenant_id = tenant_of(caller)
    accepted_secret_name(name)
    now = clock.now()
    accepted_expiry(wish.expires_at, now=now)
    named = None if wish.hosts is None else tuple(str(one) for one in parse_host_patterns(wish.hosts))
    async with records.work(tenant_id=tenant_id) as work:
        # Another tenant's install is refused before anything is sealed, and sealing holds no lock.
        await find_install(install_id, work=work)
    sealer = _configured(sealer)
    sealed = await sealer.seal(name, wish.value, place=(tenant_id, install_id))
    async with records.work(tenant_id=tenant_id) as work:
        install = await find_install(install_id, work=work, for_change=True)
        split = await take_apart(install, work=work, sealer=sealer)
        kept = [other for other in split.secrets if other.name != name]
        before = next((one.hosts for one in split.secrets if one.name == name), ())
        bound = before if named is None else named
        secret = StoredSecret(name, sealed, now, caller.principal, wish.expires_at, bound)
        _refuse_too_many([*kept, secret])
        await work.installs.put_secret(install, secret)
        after = replace(
            split,
            secrets=tuple(sorted([*kept, secret], key=lambda one: one.name)),
            secrets_version=install.secrets_version + 1,
        )
        return await save_change(
            install, after, InstallChange.CONFIGURED, by=caller.principal, work=work, at=now
        )


async def delete_secret(
    install_id: InstallId,
    name: str,
    *,
    caller: Caller,
    records: Records,
    clock: Clock,
    sealer: SecretSealer | None,
) -> Install:
    """Remove one secret. Raises SecretNotFound."""
    require(caller, Permission.EXTENSION_WRITE)
    accepted_secret_name(name)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        if name not in install.secret_names:
            raise SecretNotFound(f'This install has no secret "{name}".', details={"name": name})
        split = await take_apart(install, work=work, sealer=sealer)
        await work.installs.remove_secret(install, name)
        after = replace(
            split,
            secrets=tuple(other for other in split.secrets if other.name != name),
            secrets_version=install.secrets_version + 1,
        )
        return await save_change(
            install, after, InstallChange.CONFIGURED, by=caller.principal, work=work, at=clock.now()
        )


async def take_apart(install: Install, *, work: Work, sealer: SecretSealer | None) -> Install:
    """Give every secret of an older envelope one of its own; how old they are nobody knows."""
    envelope = install.sealed_secrets
    if envelope is None:
        return install
    sealer, place = _configured(sealer), (install.tenant_id, install.id)
    known = {secret.name for secret in install.secrets}
    secrets = list(install.secrets)
    for name, value in (await sealer.open(envelope, place=place)).items():
        if name not in known:
            sealed = await sealer.seal(name, value, place=place)
            secret = StoredSecret(name, sealed, install.created_at, _UNKNOWN)
            await work.installs.put_secret(install, secret)
            secrets.append(secret)
    ordered = tuple(sorted(secrets, key=lambda one: one.name))
    return replace(install, sealed_secrets=None, secrets=ordered)


def _refuse_too_many(secrets: list[StoredSecret]) -> None:
    if len(secrets) > MAX_SECRETS or sum(sealed_bytes(secret) for secret in secrets) > MAX_SECRETS_BYTES:
        raise TooManySecrets(
            f"An install holds at most {MAX_SECRETS} secrets of {MAX_SECRETS_BYTES:,} bytes together, "
            "counted sealed. Nothing was changed.",
            details={"secrets": MAX_SECRETS, "bytes": MAX_SECRETS_BYTES},
        )


def _configured(sealer: SecretSealer | None) -> SecretSealer:
    if sealer is None:
        raise SecretsNotConfigured(
            "This registry has neither SECRETS_KEY_FILE nor VAULT_ADDR, so it cannot keep secrets."
        )
    return sealer
