"""Sealed secrets on the wire: what the registry stores and the broker opens; values never appear."""

from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.secret_envelope import ALGORITHM, SealedSecrets


class SealedSecretsDocument(BaseModel):
    """An envelope of one install's secrets; ``names`` are bound to it and are not secret."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    algorithm: Literal["annex-aes256gcm:v1", "vault-transit:v1"] = ALGORITHM
    key_id: str = Field(min_length=1, max_length=128)
    names: list[str]
    nonce_b64: str
    ciphertext_b64: str

    @classmethod
    def of(cls, sealed: SealedSecrets) -> Self:
        return cls(
            algorithm=sealed.algorithm,
            key_id=sealed.key_id,
            names=list(sealed.names),
            nonce_b64=sealed.nonce_b64,
            ciphertext_b64=sealed.ciphertext_b64,
        )

    def to_sealed(self) -> SealedSecrets:
        return SealedSecrets(
            key_id=self.key_id,
            names=tuple(self.names),
            nonce_b64=self.nonce_b64,
            ciphertext_b64=self.ciphertext_b64,
            algorithm=self.algorithm,
        )


class SetSecret(Received):
    """`PUT /api/v1/installs/{install_id}/secrets/{name}`: write-only.

    From ``expires_at`` on the secret is handed to nobody; without it only the rotation policy ends its use.
    ``hosts`` are those the platform may put it into requests to, where the extension wrote its name; absent
    keeps those of the value it replaces.
    """

    value: str = Field(min_length=1, max_length=65_536)
    expires_at: AwareDatetime | None = None
    hosts: list[str] | None = None


class SecretView(Exchanged):
    """One secret without its value. ``status`` is `active`, `overdue`, `refused` or `expired`.

    Overdue ones are older than ``overdue_at`` and still handed out; refused ones are withheld for their age.
    """

    name: str
    status: str
    set_at: datetime
    set_by: str
    expires_at: datetime | None
    overdue_at: datetime | None
    key_id: str
    hosts: list[str] = Field(default_factory=list)


class SecretViews(Exchanged):
    """`GET /api/v1/installs/{install_id}/secrets`, in order of name."""

    items: list[SecretView]
    max_age_days: int | None
    overdue_policy: str


class SecretRecord(Exchanged):
    """A sealed secret for the broker, which uses it until ``usable_until`` and no longer."""

    name: str
    sealed: SealedSecretsDocument
    usable_until: datetime | None = None
    hosts: list[str] = Field(default_factory=list)


class TenantSecretView(SecretView):
    """A secret with the install it belongs to."""

    install_id: str
    extension: str


class TenantSecretViews(Exchanged):
    """`GET /api/v1/secrets`: of every install of the tenant; what is overdue longest stands first."""

    items: list[TenantSecretView]
