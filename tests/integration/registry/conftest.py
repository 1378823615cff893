"""A migrated database per test and a registry that listens on it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from annex_registry.app import migrate_database
from annex_shared.http.client import client_session
from annex_shared.messaging.in_process import InProcessBus, in_process_bus
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner
from integration.registry.auditor import Auditor
from integration.registry.predecessor import SCHEMA, OldPlatform
from integration.registry.world import PEERS, World
from support.stack.isolation import Databases


async def _migrated(url: str) -> None:
    await migrate_database(url)


@pytest.fixture
async def registry_url(databases: Databases) -> AsyncIterator[str]:
    """Return the URL of a migrated database, as its superuser."""
    url = await databases.create(await databases.template("registry", _migrated))
    yield url
    await databases.drop(url)


@pytest.fixture
async def world(registry_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Return a world in which no registry runs yet."""
    async with client_session() as session:
        world = World(registry_url, tmp_path, session)
        public = world.issuer_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / "peers.json").write_text(json.dumps(dict.fromkeys((*PEERS, "stranger"), public.decode())))
        (tmp_path / "secrets.json").write_text(SecretsKeyring.generate().to_text())
        yield world


@pytest.fixture
async def bus() -> AsyncIterator[InProcessBus]:
    async with in_process_bus(publish_timeout_seconds=5) as bus:
        yield bus


@pytest.fixture
async def registry(world: World, bus: InProcessBus) -> AsyncIterator[World]:
    """Return a running registry with the embedded defaults."""
    async with world.running(bus):
        yield world


@pytest.fixture
def auditor(world: World, tmp_path: Path) -> Auditor:
    """Make the log's key; a registry with ``world.log_key_file`` signs with it."""
    signer = NoteSigner("log.example/annex", SigningKey.generate())
    (tmp_path / "log.key").write_text(signer.to_text() + "\n")
    return Auditor(world, signer.verifier)


@pytest.fixture
async def logged(auditor: Auditor, bus: InProcessBus) -> AsyncIterator[World]:
    """Return a running registry that signs its log."""
    world = auditor.world
    async with world.running(bus, log_key_file=world.log_key_file):
        yield world


@pytest.fixture
async def old(databases: Databases, tmp_path: Path) -> AsyncIterator[OldPlatform]:
    """Return an empty predecessor whose objects lie in a directory."""
    url = await databases.create()
    (tmp_path / "old").mkdir()
    platform = OldPlatform(url, tmp_path / "old")
    await platform.execute(SCHEMA)
    yield platform
    await databases.drop(url)
