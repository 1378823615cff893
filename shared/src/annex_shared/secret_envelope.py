"""Seal an install's secrets with AES-256-GCM so that only a holder of the key file can open them."""

import base64
import binascii
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, TenantId
from annex_shared.strict_json import NotStrictJson, read_strict_json

ALGORITHM: Final = "annex-aes256gcm:v1"
# Sealed by the transit engine of a Vault; ``key_id`` is mount, key and its version, the nonce is Vault's.
VAULT_TRANSIT: Final = "vault-transit:v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits; random nonces are good for 2^32 messages under one key.
_KEY_ID_BYTES = 8

RandomBytes = Callable[[int], bytes]


class SecretsUnavailable(AnnexError):
    """The key a secret envelope was sealed with is not in the keyring, so nothing can be opened."""


class SecretsCorrupt(AnnexError):
    """A secret envelope was changed, or belongs to another tenant, install or set of names."""


class SecretStoreUnavailable(AnnexError):
    """Vault did not answer, or refuses us; nothing was sealed or opened and the same may be tried again."""


class SecretsKeyringMalformed(AnnexError):
    """The secrets key file is not a keyring."""


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """Sealed values with the names they were sealed under; the names are not secret."""

    key_id: str
    names: tuple[str, ...]
    nonce_b64: str
    ciphertext_b64: str
    algorithm: str = ALGORITHM


@dataclass(frozen=True, slots=True)
class SecretsKeyring:
    """The keys of one platform: one seals, every one opens, so keys can be replaced without a gap."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def load(cls, text: str) -> "SecretsKeyring":
        """Parse a key file: ``{"active": key_id, "keys": {key_id: base64 of 32 bytes}}``."""
        try:
            document = read_strict_json(text.encode("utf-8"))
        except (NotStrictJson, UnicodeEncodeError):
            document = None
        match document:
            case {"active": str(active), "keys": dict(encoded)} if active in encoded:
                return cls(active, {key_id: _decode_key(key_id, value) for key_id, value in encoded.items()})
            case _:
                raise SecretsKeyringMalformed(
                    'The secrets key file must be JSON {"active": key_id, "keys": {key_id: base64 of 32 '
                    "bytes}}, and its keys must hold the active one."
                )

    @classmethod
    def generate(cls, *, random_bytes: RandomBytes = os.urandom) -> "SecretsKeyring":
        """Make a keyring of one new key."""
        key_id = random_bytes(_KEY_ID_BYTES).hex()
        return cls(key_id, {key_id: random_bytes(_KEY_BYTES)})

    def to_text(self) -> str:
        """Write the key file; whoever stores it must keep it readable by the owner only."""
        encoded = {key_id: base64.b64encode(key).decode("ascii") for key_id, key in self.keys.items()}
        return json.dumps({"active": self.active, "keys": encoded}, indent=2) + "\n"

    def seal(
        self,
        values: Mapping[str, str],
        *,
        tenant_id: TenantId,
        install_id: InstallId,
        random_bytes: RandomBytes = os.urandom,
    ) -> SealedSecrets:
        """Seal all values of one install under a fresh nonce."""
        names = tuple(sorted(values))
        nonce = random_bytes(_NONCE_BYTES)
        bound = _additional_data(self.active, tenant_id, install_id, names)
        plaintext = json.dumps(dict(values), sort_keys=True, separators=(",", ":")).encode("ascii")
        ciphertext = AESGCM(self.keys[self.active]).encrypt(nonce, plaintext, bound)
        return SealedSecrets(
            key_id=self.active,
            names=names,
            nonce_b64=base64.b64encode(nonce).decode("ascii"),
            ciphertext_b64=base64.b64encode(ciphertext).decode("ascii"),
        )

    def open(self, sealed: SealedSecrets, *, tenant_id: TenantId, install_id: InstallId) -> dict[str, str]:
        """Open an envelope sealed for this tenant, install, names and key; anything else is refused."""
        key = self._key_for(sealed)
        names = tuple(sorted(sealed.names))
        bound = _additional_data(sealed.key_id, tenant_id, install_id, names)
        try:
            nonce = base64.b64decode(sealed.nonce_b64, validate=True)
            ciphertext = base64.b64decode(sealed.ciphertext_b64, validate=True)
            if len(nonce) != _NONCE_BYTES:
                raise _corrupt(install_id)
            plaintext = AESGCM(key).decrypt(nonce, ciphertext, bound)
        except (binascii.Error, ValueError, InvalidTag):
            raise _corrupt(install_id) from None
        return dict(json.loads(plaintext))

    def _key_for(self, sealed: SealedSecrets) -> bytes:
        key = self.keys.get(sealed.key_id)
        if key is None or sealed.algorithm != ALGORITHM:
            raise SecretsUnavailable(
                f'These secrets are sealed with key "{shown(sealed.key_id, limit=64)}" '
                f"({shown(sealed.algorithm, limit=64)}), which this keyring does not hold. "
                "Add the key to the secrets key file, or set the secrets again.",
                details={"key_id": sealed.key_id, "algorithm": sealed.algorithm},
            )
        return key


def _additional_data(
    key_id: str, tenant_id: TenantId, install_id: InstallId, names: tuple[str, ...]
) -> bytes:
    """Bind an envelope to its place; JSON keeps the borders between fields unambiguous."""
    bound = [ALGORITHM, key_id, str(tenant_id), str(install_id), list(names)]
    return json.dumps(bound, separators=(",", ":")).encode("ascii")


def _corrupt(install_id: InstallId) -> SecretsCorrupt:
    return SecretsCorrupt(
        f"The sealed secrets of install {install_id} were changed, or were sealed for another install. "
        "Nothing was opened. Set the secrets again.",
        details={"install_id": str(install_id)},
    )


def _decode_key(key_id: str, encoded: object) -> bytes:
    """Decode one key; the message names the key, never its value."""
    try:
        key = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SecretsKeyringMalformed(
            f'Key "{shown(key_id, limit=64)}" of the secrets key file is not the base64 of 32 bytes.'
        )
    return key
