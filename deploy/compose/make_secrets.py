"""Make every secret that compose.yaml mounts, into deploy/compose/secrets; what is there already stays.

usage: .venv/bin/python deploy/compose/make_secrets.py [DIRECTORY]

A file is mounted as it is, with the modes it has here, and read by users of the containers: so the files are
readable, and the directory that holds them is its owner's alone.
"""

import json
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from annex_shared.secret_envelope import SecretsKeyring

HERE = Path(__file__).resolve().parent / "secrets"
# Who signs with a key of its own, and whose signatures each service believes.
SIGNERS = ("gateway", "runner-proxy", "ui-host")
BELIEVED = {
    "registry": ("gateway", "runner-proxy", "ui-host"),
    "gateway": ("runner-proxy", "ui-host"),
    "runner-proxy": ("gateway",),
}
# Roles of the database and which service comes as each.
ROLES = {"registry": "registry_app", "gateway": "gateway_app", "runner-proxy": "runner_proxy_app"}


def main(arguments: list[str]) -> int:
    directory = Path(arguments[0]) if arguments else HERE
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [name for name, text in _wanted(directory) if _kept(directory / name, text)]
    print(f"{directory}: {len(made)} files made{': ' + ', '.join(made) if made else ', all were there'}")
    return 0


def _wanted(directory: Path) -> list[tuple[str, Callable[[], str]]]:
    """Return every file and how its text comes about, those that others are made of first."""
    return [
        *((f"{name}-password", secrets.token_hex) for name in ("postgres", "rabbitmq", *ROLES)),
        ("migration-database-url", lambda: _database_url(directory, "postgres", "postgres")),
        *(
            (f"{service}-database-url", lambda s=service, r=role: _database_url(directory, r, s))
            for service, role in ROLES.items()
        ),
        ("bus-url", lambda: f"amqp://annex:{_text(directory, 'rabbitmq')}@rabbitmq:5672/"),
        ("redis-url", lambda: "redis://redis:6379/0"),
        ("bundle-store-access-key", lambda: secrets.token_hex(10)),
        ("bundle-store-secret-key", lambda: secrets.token_hex(20)),
        ("api-key-pepper", lambda: secrets.token_urlsafe(32)),
        ("secrets-keyring.json", lambda: SecretsKeyring.generate().to_text()),
        *((f"{service}-key.pem", _private_key) for service in SIGNERS),
        *(
            (f"{service}-keys.json", lambda them=them: _public_keys(directory, them))
            for service, them in BELIEVED.items()
        ),
    ]


def _kept(path: Path, text: Callable[[], str]) -> bool:
    if path.exists():
        return False
    path.write_text(text(), encoding="utf-8")
    path.chmod(0o444)
    return True


def _text(directory: Path, name: str) -> str:
    return (directory / f"{name}-password").read_text(encoding="utf-8")


def _database_url(directory: Path, role: str, password_of: str) -> str:
    return f"postgresql://{role}:{_text(directory, password_of)}@postgres:5432/annex"


def _private_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_keys(directory: Path, services: tuple[str, ...]) -> str:
    return json.dumps({service: _public_key(directory / f"{service}-key.pem") for service in services})


def _public_key(path: Path) -> str:
    key = load_pem_private_key(path.read_bytes(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
