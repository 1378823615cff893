"""Extensions in PostgreSQL: created once, found by every name they are called."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.rows import to_extension
from annex_registry.adapters.postgres.statements import EXTENSIONS
from annex_registry.domain.version import Extension, ExtensionSummary
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.names import ExtensionName, ExtensionRef
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class PostgresExtensions:
    """Meets ``Extensions`` inside one transaction."""

    connection: Connection
    tenant_id: TenantId | None = None

    async def claim(self, ref: ExtensionRef, *, new_id: ExtensionId, at: datetime) -> Extension:
        found = await self.by_ref(ref)
        if found is not None:
            return found
        row = await self.connection.fetchrow(
            EXTENSIONS["add_extension"], new_id, ref.publisher.text, ref.name.text, at
        )
        if row is None:
            # Whoever held the name has committed, so a new statement sees it (READ COMMITTED).
            found = await self.by_ref(ref)
            assert found is not None  # noqa: S101 - extensions are never removed
            return found
        extension = to_extension(row)
        await self.connection.execute(EXTENSIONS["add_extension_head"], extension.id)
        return extension

    async def by_id(self, extension_id: ExtensionId) -> Extension | None:
        row = await self.connection.fetchrow(EXTENSIONS["extension_by_id"], extension_id)
        return None if row is None else to_extension(row)

    async def by_ref(self, ref: ExtensionRef) -> Extension | None:
        row = await self._row_of(ref)
        return None if row is None else to_extension(row)

    async def by_install(self, install_id: InstallId) -> Extension | None:
        row = await self.connection.fetchrow(EXTENSIONS["extension_by_install"], install_id, self.tenant_id)
        return None if row is None else to_extension(row)

    async def installed_by_name(self, name: ExtensionName) -> list[Extension]:
        rows = await self.connection.fetch(
            EXTENSIONS["extensions_installed_by_name"], name.key, self.tenant_id
        )
        return [to_extension(row) for row in rows]

    async def summary(self, extension_id: ExtensionId) -> ExtensionSummary | None:
        row = await self.connection.fetchrow(EXTENSIONS["extension_summary"], extension_id)
        return None if row is None else _to_summary(row)

    async def page(self, *, prefix: str, after: tuple[str, str] | None, limit: int) -> list[ExtensionSummary]:
        publisher, name = after or (None, None)
        rows = await self.connection.fetch(
            EXTENSIONS["page_of_extensions"], _pattern(prefix), publisher, name, limit
        )
        return [_to_summary(row) for row in rows]

    async def _row_of(self, ref: ExtensionRef) -> Record | None:
        row: Record | None = await self.connection.fetchrow(
            EXTENSIONS["extension_by_ref"], ref.publisher.text, ref.name.key
        )
        return row


def _pattern(prefix: str) -> str:
    """Match what begins with ``prefix``; ``_`` is a letter of names, not a wildcard."""
    escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def _to_summary(row: Record) -> ExtensionSummary:
    return ExtensionSummary(
        extension=to_extension(row),
        latest_version=VersionNumber(row["version"]),
        latest_published_at=row["published_at"],
        version_count=row["version_count"],
    )
