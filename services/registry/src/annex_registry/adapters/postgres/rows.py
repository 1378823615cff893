"""Rows become domain values here; the column names are those of the statements."""

from datetime import datetime
from typing import Any

from asyncpg import Record

from annex_registry.domain.app_domain import HostName
from annex_registry.domain.egress import spelled
from annex_registry.domain.install import Install, InstallState
from annex_registry.domain.install_limits import InstallLimits
from annex_registry.domain.secrets import OverduePolicy, StoredSecret
from annex_registry.domain.version import Extension, PublishedVersion, VersionStatus
from annex_registry.domain.version_status import StatusChange
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug
from annex_shared.secret_envelope import SealedSecrets
from annex_shared.version_number import VersionNumber


def to_extension(row: Record) -> Extension:
    return Extension(ExtensionId(row["id"]), to_ref(row), row["created_at"])


def to_ref(row: Record) -> ExtensionRef:
    return ExtensionRef(PublisherSlug(row["publisher"]), ExtensionName(row["name"]))


def to_version(
    row: Record,
    *,
    id_column: str = "id",
    created_column: str = "created_at",
    extension: Extension | None = None,
) -> PublishedVersion:
    """Read a version; ``extension`` saves reading it again from every row of the same one."""
    return PublishedVersion(
        id=VersionId(row[id_column]),
        extension=extension or Extension(ExtensionId(row["extension_id"]), to_ref(row), row[created_column]),
        number=VersionNumber(row["version"]),
        content_hash=ContentHash(row["content_hash"]),
        size_bytes=row["size_bytes"],
        published_at=row["published_at"],
        status=to_status(row["status"]),
        signer=row["signer"],
        ext_seq=row["ext_seq"],
        log_index=row["log_index"],
        capabilities=tuple(row["capabilities"]),
        status_reason=row["status_reason"],
        status_log_index=row["status_log_index"],
        bundle_count=row["bundle_count"],
        imported_at=row["imported_at"],
    )


def to_status(fact: str | None) -> VersionStatus:
    """Read the newest fact about a version; without one it is what it was published as."""
    return VersionStatus.PUBLISHED if fact is None else StatusChange(fact).to_status()


def to_install(row: Record) -> Install:
    return Install(
        id=InstallId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        version=to_version(row, id_column="version_id", created_column="extension_created_at"),
        is_enabled=row["is_enabled"],
        grants=tuple(row["grants"]),
        denied=tuple(row["denied"]),
        egress=tuple(row["egress"]),
        declared_egress=spelled(row["declared_egress"]),
        config=row["config"],
        effective_config=row["effective"],
        config_version=row["config_version"],
        sealed_secrets=to_sealed(row["envelope"]),
        secrets_version=row["secrets_version"] or 0,
        secrets=to_secrets(row["secrets"]),
        is_pinned=row["is_pinned"],
        max_secret_age_days=row["max_secret_age_days"],
        overdue_secrets=OverduePolicy(row["overdue_secrets"]) if row["overdue_secrets"] else None,
        declared_max_secret_age_days=row["declared_max_secret_age_days"],
        last_change=row["last_change"],
        changed_by=row["changed_by"],
        app_domain=None if row["app_domain"] is None else HostName(row["app_domain"]),
        limits=InstallLimits.stored(row["limits"]),
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def to_state(row: Record) -> InstallState:
    return InstallState(
        revision=row["revision"],
        version=to_version(row, id_column="version_id", created_column="extension_created_at"),
        is_enabled=row["is_enabled"],
        is_pinned=row["is_pinned"],
        grants=tuple(row["grants"]),
        denied=tuple(row["denied"]),
        egress=tuple(row["egress"]),
        config=row["config"],
        change=row["change"],
        changed_by=row["changed_by"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
    )


def to_secrets(stored: Any) -> tuple[StoredSecret, ...]:
    """Read the aggregated rows of an install's secrets; none of them is null."""
    return tuple(
        StoredSecret(
            name=secret["name"],
            sealed=SealedSecretsDocument.model_validate(secret["sealed"]).to_sealed(),
            set_at=datetime.fromisoformat(secret["set_at"]),
            set_by=secret["set_by"],
            expires_at=datetime.fromisoformat(secret["expires_at"]) if secret["expires_at"] else None,
            hosts=tuple(secret["hosts"]),
        )
        for secret in stored or ()
    )


def to_sealed(envelope: Any) -> SealedSecrets | None:
    return None if envelope is None else SealedSecretsDocument.model_validate(envelope).to_sealed()
