"""Sealed secrets on the wire: what the registry stores and the broker opens; values never appear."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from annex_shared.secret_envelope import ALGORITHM, SealedSecrets


class SealedSecretsDocument(BaseModel):
    """An envelope of one install's secrets; ``names`` are bound to it and are not secret."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    algorithm: Literal["annex-aes256gcm:v1"] = ALGORITHM
    key_id: str = Field(min_length=1, max_length=128)
    names: list[str]
    nonce_b64: str
    ciphertext_b64: str

    @classmethod
    def of(cls, sealed: SealedSecrets) -> Self:
        return cls(
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
