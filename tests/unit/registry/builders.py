"""Versions and installs for tests of the domain, with everything a test does not care about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from annex_registry.domain.install import Install
from annex_registry.domain.version import Extension, PublishedVersion, VersionStatus
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXTENSION = Extension(ExtensionId(UUID(int=1)), ExtensionRef.parse("acme/invoice-notes"), NOON)
TENANT = TenantId(UUID(int=2))


def a_version(
    number: str = "1.4.0",
    *,
    ext_seq: int = 0,
    capabilities: tuple[str, ...] = ("cap:http.fetch", "cap:storage.kv"),
) -> PublishedVersion:
    return PublishedVersion(
        id=VersionId(UUID(int=100 + ext_seq)),
        extension=EXTENSION,
        number=VersionNumber.parse(number),
        content_hash=ContentHash.of(number.encode()),
        size_bytes=1000,
        published_at=NOON,
        status=VersionStatus.PUBLISHED,
        signer=None,
        ext_seq=ext_seq,
        log_index=None,
        capabilities=capabilities,
    )


def an_install(**fields: Any) -> Install:
    install = Install(
        id=InstallId(UUID(int=3)),
        tenant_id=TENANT,
        version=a_version(),
        is_enabled=True,
        grants=(),
        denied=("cap:http.fetch", "cap:storage.kv"),
        config={},
        config_version=1,
        sealed_secrets=None,
        secrets_version=0,
        revision=1,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(install, **fields)
