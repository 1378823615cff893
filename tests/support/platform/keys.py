"""Every key a deployment mounts, made anew for one platform."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from annex_shared.secret_envelope import SecretsKeyring

SERVICES = ("registry", "gateway", "runner-proxy", "ui-host")


@dataclass(frozen=True, slots=True)
class PlatformKeys:
    """Where the key files are."""

    service_keys: Mapping[str, Path]
    peers: Path
    pepper: Path
    secrets_keyring: Path


def make_keys(directory: Path) -> PlatformKeys:
    private = {service: Ed25519PrivateKey.generate() for service in SERVICES}
    return PlatformKeys(
        service_keys={
            service: _kept(directory / f"{service}.pem", _private_pem(key))
            for service, key in private.items()
        },
        peers=_kept(
            directory / "services.json",
            json.dumps({service: _public_pem(key) for service, key in private.items()}),
        ),
        pepper=_kept(directory / "api-key-pepper", secrets.token_urlsafe(32)),
        secrets_keyring=_kept(directory / "secrets.json", SecretsKeyring.generate().to_text()),
    )


def _kept(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def _private_pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
