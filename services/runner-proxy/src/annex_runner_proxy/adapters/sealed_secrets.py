"""Open an install's sealed secrets, for one call, in this process only; what has expired stays closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annex_runner_proxy.domain.installs import Install
from annex_shared.clock import Clock, SystemClock
from annex_shared.secret_envelope import SecretsUnavailable
from annex_shared.secret_sealing import SecretSealer


@dataclass(frozen=True, slots=True)
class SealedSecretsOpener:
    """``sealer`` is None where neither a key file nor Vault is configured; then no secret can be opened."""

    sealer: SecretSealer | None
    clock: Clock = field(default_factory=SystemClock)

    async def open(self, install: Install, name: str) -> Mapping[str, str]:
        """Return the value under its name, or nothing where there is none that may be used now.

        Raises SecretsUnavailable, SecretsCorrupt, SecretStoreUnavailable.
        """
        secret = next((one for one in install.secrets if one.name == name), None)
        sealed = install.sealed_secrets if secret is None else secret.sealed
        if sealed is None or name not in sealed.names or not install.shows_secret(name):
            return {}
        if secret is not None and not secret.is_usable(self.clock.now()):
            return {}
        if self.sealer is None:
            raise SecretsUnavailable(
                "Neither a secrets key file nor Vault is configured, so no secret can be opened."
            )
        opened = await self.sealer.open(sealed, place=(install.tenant_id, install.install_id))
        return {name: opened[name]}

    def names(self, install: Install) -> list[str]:
        """Name what ``open`` would find."""
        now = self.clock.now()
        older = install.sealed_secrets.names if install.sealed_secrets else ()
        expired = {one.name for one in install.secrets if not one.is_usable(now)}
        known = {*older, *(one.name for one in install.secrets)} - expired
        return sorted(name for name in known if install.shows_secret(name))
