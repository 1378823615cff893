"""Installs in PostgreSQL, one tenant's at a time; the row policy hides the others."""

from dataclasses import dataclass

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.rows import to_install, to_sealed
from annex_registry.adapters.postgres.statements import INSTALLS
from annex_registry.domain.install import Install
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord
from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.ids import ExtensionId, InstallId, TenantId


@dataclass(frozen=True, slots=True)
class PostgresInstalls:
    """Meets ``Installs`` inside one transaction."""

    connection: Connection

    async def add(self, install: Install) -> bool:
        added = await self.connection.fetchval(
            INSTALLS["add_install"],
            install.id,
            install.tenant_id,
            install.extension.id,
            install.version.id,
            install.is_enabled,
            list(install.grants),
            install.revision,
            install.created_at,
        )
        if added is None:
            return False
        await self.connection.execute(
            INSTALLS["add_install_config"],
            install.tenant_id,
            install.id,
            dict(install.config),
            install.config_version,
        )
        return True

    async def next_revision(self, tenant_id: TenantId, extension_id: ExtensionId) -> int:
        revision: int = await self.connection.fetchval(INSTALLS["next_revision"], tenant_id, extension_id)
        return revision

    async def revision_of(self, tenant_id: TenantId, extension_id: ExtensionId) -> int:
        revision: int | None = await self.connection.fetchval(
            INSTALLS["revision_of"], tenant_id, extension_id
        )
        return revision or 0

    async def find(self, install_id: InstallId, *, for_change: bool = False) -> Install | None:
        return await self._read(INSTALLS["find_install"], install_id, for_change=for_change)

    async def of_extension(self, extension_id: ExtensionId, *, for_change: bool = False) -> Install | None:
        return await self._read(INSTALLS["find_install_of_extension"], extension_id, for_change=for_change)

    async def listing(self, *, after: InstallId | None, limit: int) -> list[Install]:
        rows = await self.connection.fetch(INSTALLS["page_of_installs"], after, limit)
        return [to_install(row) for row in rows]

    async def save(self, install: Install) -> None:
        await self.connection.execute(
            INSTALLS["save_install"],
            install.id,
            install.version.id,
            install.is_enabled,
            list(install.grants),
            install.revision,
            install.updated_at,
        )
        await self.connection.execute(
            INSTALLS["save_install_config"], install.id, dict(install.config), install.config_version
        )
        if install.secrets_version:
            sealed = install.sealed_secrets
            document = SealedSecretsDocument.of(sealed).model_dump(mode="json") if sealed else None
            await self.connection.execute(
                INSTALLS["save_install_secrets"],
                install.tenant_id,
                install.id,
                document,
                install.secrets_version,
            )

    async def remove(self, install_id: InstallId) -> None:
        await self.connection.execute(INSTALLS["remove_install"], install_id)

    async def _read(
        self, statement: str, wanted: InstallId | ExtensionId, *, for_change: bool
    ) -> Install | None:
        row = await self.connection.fetchrow(statement, wanted)
        if row is not None and for_change:
            # The lock may have been waited for, so what was read before it is old.
            await self.connection.execute(INSTALLS["lock_revision"], row["tenant_id"], row["extension_id"])
            row = await self.connection.fetchrow(statement, wanted)
        return None if row is None else to_install(row)


def to_record(row: Record) -> InstallRecord:
    sealed = to_sealed(row["envelope"])
    return InstallRecord(
        install_id=str(row["id"]),
        tenant_id=str(row["tenant_id"]),
        extension_id=str(row["extension_id"]),
        publisher=row["publisher"],
        name=row["name"],
        version_id=str(row["version_id"]),
        version=row["version"],
        content_hash=ContentHash(row["content_hash"]),
        is_enabled=row["is_enabled"],
        revision=row["revision"],
        grants=row["grants"],
        config=row["config"],
        config_version=row["config_version"],
        secrets_version=row["secrets_version"] or 0,
        sealed_secrets=None if sealed is None else SealedSecretsDocument.of(sealed),
    )
