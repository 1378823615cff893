"""Change an install's secrets: opened, changed and sealed again within one transaction; never read out."""

from collections.abc import Callable
from dataclasses import replace

from annex_registry.actions.change_install import find_install, save_change
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.errors import SecretNotFound, SecretsNotConfigured, TooManySecrets
from annex_registry.domain.install import MAX_SECRET_BYTES, MAX_SECRETS, Install, accepted_secret_name
from annex_registry.domain.ports import Records
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.service_tokens import Caller

Values = dict[str, str]


async def set_secret(
    install_id: InstallId,
    name: str,
    value: str,
    *,
    caller: Caller,
    records: Records,
    clock: Clock,
    keyring: SecretsKeyring | None,
) -> Install:
    """Add or replace one secret."""
    accepted_secret_name(name)

    def with_secret(values: Values) -> Values:
        changed = {**values, name: value}
        size = sum(len(text.encode()) for text in changed.values())
        if len(changed) > MAX_SECRETS or size > MAX_SECRET_BYTES:
            raise TooManySecrets(
                f"An install holds at most {MAX_SECRETS} secrets of {MAX_SECRET_BYTES:,} bytes together. "
                "Nothing was changed.",
                details={"secrets": MAX_SECRETS, "bytes": MAX_SECRET_BYTES},
            )
        return changed

    return await _change(
        install_id, with_secret, caller=caller, records=records, clock=clock, keyring=keyring
    )


async def delete_secret(
    install_id: InstallId,
    name: str,
    *,
    caller: Caller,
    records: Records,
    clock: Clock,
    keyring: SecretsKeyring | None,
) -> Install:
    """Remove one secret. Raises SecretNotFound."""
    accepted_secret_name(name)

    def without_secret(values: Values) -> Values:
        if name not in values:
            raise SecretNotFound(f'This install has no secret "{name}".', details={"name": name})
        return {kept: value for kept, value in values.items() if kept != name}

    return await _change(
        install_id, without_secret, caller=caller, records=records, clock=clock, keyring=keyring
    )


async def _change(
    install_id: InstallId,
    change: Callable[[Values], Values],
    *,
    caller: Caller,
    records: Records,
    clock: Clock,
    keyring: SecretsKeyring | None,
) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    tenant_id = tenant_of(caller)
    async with records.work(tenant_id=tenant_id) as work:
        install = await find_install(install_id, work=work, for_change=True)
        if keyring is None:
            raise SecretsNotConfigured("This registry has no SECRETS_KEY_FILE, so it cannot keep secrets.")
        sealed = install.sealed_secrets
        values = (
            keyring.open(sealed, tenant_id=tenant_id, install_id=install_id) if sealed is not None else {}
        )
        changed = change(values)
        resealed = keyring.seal(changed, tenant_id=tenant_id, install_id=install_id) if changed else None
        following = replace(install, sealed_secrets=resealed, secrets_version=install.secrets_version + 1)
        return await save_change(following, InstallChange.CONFIGURED, work=work, clock=clock)
