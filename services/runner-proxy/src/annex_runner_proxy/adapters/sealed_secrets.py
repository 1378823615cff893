"""Open an install's secret envelope with the platform's keyring, for one call, in this process only."""

from collections.abc import Mapping
from dataclasses import dataclass

from annex_runner_proxy.domain.installs import Install
from annex_shared.secret_envelope import SecretsKeyring, SecretsUnavailable


@dataclass(frozen=True, slots=True)
class SealedSecretsOpener:
    """``keyring`` is None where no key file is configured; then no secret can be opened."""

    keyring: SecretsKeyring | None

    def open(self, install: Install) -> Mapping[str, str]:
        """Return names and values. Raises SecretsUnavailable or SecretsCorrupt."""
        if install.sealed_secrets is None:
            return {}
        if self.keyring is None:
            raise SecretsUnavailable("No secrets key file is configured, so no secret can be opened.")
        return self.keyring.open(
            install.sealed_secrets, tenant_id=install.tenant_id, install_id=install.install_id
        )
