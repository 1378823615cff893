"""Where secrets are sealed: the settings that registry and runner-proxy share."""

from pathlib import Path

from pydantic import Field

from annex_shared.http.vault_transit import VaultAddress
from annex_shared.settings import InvalidSettings, ServiceSettings, setting


class VaultSettings(ServiceSettings):
    """VAULT_ADDR turns the transit engine of a Vault on; a key file beside it still opens what it sealed."""

    vault_addr: str | None = setting(
        None,
        doc="Address of a Vault whose transit engine seals secrets; unset: SECRETS_KEY_FILE does.",
        legacy=("ALGA_VAULT_ADDR",),
    )
    vault_token_file: Path | None = setting(
        None, doc="File with the Vault token; read for every request.", legacy=("ALGA_VAULT_TOKEN_FILE",)
    )
    vault_namespace: str | None = setting(None, doc="Vault namespace.")
    vault_transit_mount: str = setting(
        "transit", doc="Where the transit engine is mounted.", legacy=("ALGA_VAULT_TRANSIT_MOUNT",)
    )
    vault_transit_key: str = setting("annex-secrets", doc="The transit key; a derived one binds more.")
    vault_ca_file: Path | None = setting(None, doc="PEM file of the authorities that vouch for Vault.")
    vault_timeout_seconds: float = Field(
        default=5, gt=0, le=60, description="How long one request to Vault may take."
    )

    def vault_address(self) -> VaultAddress | None:
        """Return where Vault is, None where there is none. Raises InvalidSettings."""
        if self.vault_addr is None:
            return None
        if self.vault_token_file is None:
            raise InvalidSettings("VAULT_TOKEN_FILE is missing: VAULT_ADDR needs it.")
        return VaultAddress(
            url=self.vault_addr,
            token_file=self.vault_token_file,
            key=self.vault_transit_key,
            mount=self.vault_transit_mount,
            namespace=self.vault_namespace,
            timeout_seconds=self.vault_timeout_seconds,
            ca_file=self.vault_ca_file,
        )
