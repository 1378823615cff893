"""Keys of the embedded platform, made once: service keys, API keys' pepper, the keyring, the log's."""

import json
import secrets
from collections.abc import Callable, Mapping
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
from annex_shared.service_tokens import load_service_key
from annex_shared.signing.keys import SigningKey
from annex_shared.transparency import NoteSigner
from annex_standalone.home import Home

SERVICES = ("registry", "gateway", "runner-proxy", "ui-host")


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys are; every file is readable by its owner only."""

    service_keys: dict[str, Path]
    peers: Path
    pepper: Path
    secrets_keyring: Path
    publisher: Path
    log: Path

    def log_verifier_key(self) -> str:
        """Return the public key of the transparency log, as verifiers take it."""
        return NoteSigner.parse(self.log.read_text()).verifier.vkey


def open_keys(home: Home) -> Keys:
    """Return the platform's keys, making the missing ones; an existing key is never replaced."""
    home.folder("keys")
    services = {name: _kept(home, f"keys/{name}.pem", _new_service_key) for name in SERVICES}
    return Keys(
        service_keys=services,
        peers=home.write_private("keys/services.json", json.dumps(_public_keys(services))),
        pepper=_kept(home, "keys/api-key-pepper", _new_pepper),
        secrets_keyring=_kept(home, "keys/secrets.json", _new_keyring),
        publisher=_kept(home, "keys/publisher.pem", _new_publisher_key),
        log=_kept(home, "keys/log.note-key", lambda: _new_log_key(log_origin(home))),
    )


def _kept(home: Home, name: str, make: Callable[[], str]) -> Path:
    path = home.path / name
    return path if path.exists() else home.write_private(name, make())


def _new_service_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _new_pepper() -> str:
    return secrets.token_urlsafe(32)


def _new_keyring() -> str:
    return SecretsKeyring.generate().to_text()


def log_origin(home: Home) -> str:
    """Name this platform's own log; two data directories never share one."""
    return f"localhost/annex/{home.identity}"


def _new_log_key(origin: str) -> str:
    return NoteSigner(origin, SigningKey.generate()).to_text()


def _new_publisher_key() -> str:
    return SigningKey.generate().to_pem().decode()


def _public_keys(services: Mapping[str, Path]) -> dict[str, str]:
    keys = {name: load_service_key(path.read_bytes()).public_key() for name, path in services.items()}
    return {
        name: key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for name, key in keys.items()
    }
