"""Installs in PostgreSQL, one tenant's at a time: statements name it, and the row policy hides the rest."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.rows import to_install, to_sealed, to_secrets, to_state
from annex_registry.adapters.postgres.statements import APP_DOMAINS, INSTALLS
from annex_registry.domain.app_domain import HostName
from annex_registry.domain.egress import spelled
from annex_registry.domain.install import Install, InstallState
from annex_registry.domain.install_config import as_texts
from annex_registry.domain.install_limits import InstallLimits
from annex_registry.domain.secrets import OverduePolicy, RotationPolicy, StoredSecret
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord, ReuseView
from annex_shared.contracts.secrets import SealedSecretsDocument, SecretRecord
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class PostgresInstalls:
    """Meets ``Installs`` inside one transaction."""

    connection: Connection
    tenant_id: TenantId | None

    async def add(self, install: Install) -> bool:
        added = await self.connection.fetchval(
            INSTALLS["add_install"],
            install.id,
            install.tenant_id,
            install.extension.id,
            install.version.id,
            install.is_enabled,
            list(install.grants),
            list(install.denied),
            list(install.egress),
            install.revision,
            install.created_at,
            install.last_change,
            install.changed_by,
        )
        if added is None:
            return False
        await self.connection.execute(
            INSTALLS["add_install_config"],
            install.tenant_id,
            install.id,
            dict(install.config),
            install.effective_config,
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

    async def revisions(self) -> int:
        revisions: int = await self.connection.fetchval(INSTALLS["revisions_of_tenant"], self.tenant_id)
        return revisions

    async def find(self, install_id: InstallId, *, for_change: bool = False) -> Install | None:
        return await self._read(INSTALLS["find_install"], install_id, for_change=for_change)

    async def of_extension(self, extension_id: ExtensionId, *, for_change: bool = False) -> Install | None:
        return await self._read(INSTALLS["find_install_of_extension"], extension_id, for_change=for_change)

    async def listing(self, *, after: InstallId | None, limit: int) -> list[Install]:
        rows = await self.connection.fetch(INSTALLS["page_of_installs"], after, limit, self.tenant_id)
        return [to_install(row) for row in rows]

    async def save(self, install: Install) -> None:
        await self.connection.execute(
            INSTALLS["save_install"],
            install.id,
            install.tenant_id,
            install.version.id,
            install.is_enabled,
            list(install.grants),
            list(install.denied),
            install.is_pinned,
            install.max_secret_age_days,
            install.overdue_secrets,
            install.revision,
            install.updated_at,
            install.last_change,
            install.changed_by,
            install.limits.to_stored(),
            list(install.egress),
        )
        await self.connection.execute(
            INSTALLS["save_install_config"],
            install.tenant_id,
            install.id,
            dict(install.config),
            install.effective_config,
            install.config_version,
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

    async def add_state(self, install: Install, *, ended_at: datetime) -> None:
        await self.connection.execute(
            INSTALLS["add_state"],
            install.tenant_id,
            install.id,
            install.revision,
            install.extension.id,
            install.version.id,
            install.is_enabled,
            install.is_pinned,
            list(install.grants),
            list(install.denied),
            dict(install.config),
            install.last_change,
            install.changed_by,
            install.updated_at,
            ended_at,
            list(install.egress),
        )

    async def states(self, install_id: InstallId, *, before: int | None, limit: int) -> list[InstallState]:
        rows = await self.connection.fetch(
            INSTALLS["page_of_states"], self.tenant_id, install_id, before, limit
        )
        return [to_state(row) for row in rows]

    async def last_state_of_other_version(
        self, install: Install, wanted: VersionNumber | None
    ) -> InstallState | None:
        row = await self.connection.fetchrow(
            INSTALLS["last_state_of_other_version"],
            install.tenant_id,
            install.id,
            install.version.id,
            None if wanted is None else wanted.key,
        )
        return None if row is None else to_state(row)

    async def put_secret(self, install: Install, secret: StoredSecret) -> None:
        await self.connection.execute(
            INSTALLS["put_secret"],
            install.tenant_id,
            install.id,
            secret.name,
            SealedSecretsDocument.of(secret.sealed).model_dump(mode="json"),
            secret.set_at,
            secret.set_by,
            secret.expires_at,
            list(secret.hosts),
        )

    async def remove_secret(self, install: Install, name: str) -> None:
        await self.connection.execute(INSTALLS["remove_secret"], install.tenant_id, install.id, name)

    async def claim_host(self, install: Install, host: HostName, *, at: datetime) -> bool:
        claimed = await self.connection.fetchval(
            APP_DOMAINS["claim_host"], host.text, install.tenant_id, install.id, at
        )
        return claimed is not None

    async def give_up_host(self, install: Install) -> None:
        await self.connection.execute(APP_DOMAINS["give_up_host"], install.tenant_id, install.id)

    async def remove(self, install_id: InstallId) -> None:
        await self.connection.execute(APP_DOMAINS["give_up_host"], self.tenant_id, install_id)
        await self.connection.execute(INSTALLS["remove_install"], self.tenant_id, install_id)

    async def _read(
        self, statement: str, wanted: InstallId | ExtensionId, *, for_change: bool
    ) -> Install | None:
        row = await self.connection.fetchrow(statement, wanted, self.tenant_id)
        if row is not None and for_change:
            # The lock may have been waited for, so what was read before it is old.
            await self.connection.execute(INSTALLS["lock_revision"], row["tenant_id"], row["extension_id"])
            row = await self.connection.fetchrow(statement, wanted, self.tenant_id)
        return None if row is None else to_install(row)


def to_record(row: Record, *, operator: RotationPolicy, now: datetime) -> InstallRecord:
    """Write down what other services project; what may not be used any more is left out."""
    sealed = to_sealed(row["envelope"])
    policy = operator.tightened(row["declared_max_secret_age_days"]).tightened(
        row["max_secret_age_days"], OverduePolicy(row["overdue_secrets"]) if row["overdue_secrets"] else None
    )
    until = policy.usable_until(row["created_at"], None)
    limits = InstallLimits.stored(row["limits"])
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
        egress=row["egress"],
        declared_egress=list(spelled(row["declared_egress"])),
        config=as_texts(row["config"] if row["effective"] is None else row["effective"]),
        config_version=row["config_version"],
        secrets_version=row["secrets_version"] or 0,
        sealed_secrets=SealedSecretsDocument.of(sealed)
        if sealed is not None and (until is None or now < until)
        else None,
        secrets=[
            SecretRecord(
                name=secret.name,
                sealed=SealedSecretsDocument.of(secret.sealed),
                usable_until=end,
                hosts=list(secret.hosts),
            )
            for secret in to_secrets(row["secrets"])
            for end in [policy.usable_until(secret.set_at, secret.expires_at)]
            if end is None or now < end
        ],
        limits=dict(limits.figures),
        reuse=None
        if limits.reuse is None
        else ReuseView(
            max_requests=limits.reuse.max_requests, max_idle_seconds=limits.reuse.max_idle_seconds
        ),
    )
