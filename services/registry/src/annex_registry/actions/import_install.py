"""Import one tenant's install; one that is here, or was removed here, is never touched."""

from dataclasses import dataclass
from uuid import UUID

from annex_registry.actions.import_run import OUTAGES, ImportRun, Standing
from annex_registry.domain.carried_install import (
    CarriedSecrets,
    carried_config,
    carried_grants,
    carried_secrets,
)
from annex_registry.domain.importation import (
    IMPORTER,
    ImportRow,
    Outcome,
    Remark,
    RowKind,
    RowRefused,
    code_of,
)
from annex_registry.domain.install import Install, VersionNeeds
from annex_registry.domain.install_config import effective_config
from annex_registry.domain.ports import Work
from annex_registry.domain.predecessor import SourceInstall, SourceVersion
from annex_registry.domain.secrets import StoredSecret
from annex_registry.domain.version import PublishedVersion, VersionStatus
from annex_shared.contracts.events import InstallChange
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, InvalidId, TenantId, parse_uuid
from annex_shared.names import ExtensionRef


@dataclass(frozen=True, slots=True)
class Carried:
    """An install by our rules; nothing is written yet."""

    id: InstallId
    tenant_id: TenantId
    is_enabled: bool
    grants: tuple[str, ...]
    config: dict[str, str]
    secrets: CarriedSecrets
    remarks: tuple[Remark, ...]


async def import_install(
    source: SourceInstall,
    ref: ExtensionRef,
    version: tuple[SourceVersion, Standing] | None,
    *,
    run: ImportRun,
) -> ImportRow:
    """Import an install of a version that is here. The row names the tenant and no value."""
    subject = f"{ref} in tenant {shown(source.tenant_id, limit=60)}"
    try:
        tenant_id = _tenant_id(source)
        if version is None:
            raise RowRefused("VERSION_NOT_FOUND", "The version it uses is not here.")
        was_there, has_it = await _standing_here(tenant_id, ref, version[1], run=run)
        if was_there:
            message = None if has_it else "It was uninstalled here since, so it is not installed again."
            return ImportRow(RowKind.INSTALL, Outcome.ALREADY_THERE, subject, source.id, message=message)
        carried = _carried(source, tenant_id, *version, run=run)
        if not run.is_rehearsal:
            await _write(source, carried, ref, version[1], run=run)
    except OUTAGES:
        raise
    except AnnexError as refusal:
        return ImportRow(
            RowKind.INSTALL, Outcome.REFUSED, subject, source.id, code_of(refusal), refusal.message
        )
    return ImportRow(RowKind.INSTALL, Outcome.IMPORTED, subject, source.id, remarks=carried.remarks)


def _tenant_id(source: SourceInstall) -> TenantId:
    try:
        return TenantId(UUID(str(parse_uuid(source.tenant_id.strip(), field="tenant_id"))))
    except InvalidId:
        raise RowRefused(
            "INVALID_ID", f'Its tenant "{shown(source.tenant_id, limit=60)}" is no UUID.'
        ) from None


async def _standing_here(
    tenant_id: TenantId, ref: ExtensionRef, standing: Standing, *, run: ImportRun
) -> tuple[bool, bool]:
    """Tell whether the tenant ever had the extension here, and whether it has it now. Raises RowRefused."""
    async with run.records.work(tenant_id=tenant_id) as work:
        extension = await work.extensions.by_ref(ref)
        if extension is None:
            return False, False
        was_there = await work.installs.revision_of(tenant_id, extension.id) > 0
        version = await work.versions.holder(extension.id, standing.number)
        if not was_there and version is not None and version.status is VersionStatus.BLOCKED:
            raise RowRefused("VERSION_BLOCKED", "The version it uses was blocked here.")
        return was_there, await work.installs.of_extension(extension.id) is not None


def _carried(
    source: SourceInstall, tenant_id: TenantId, version: SourceVersion, standing: Standing, *, run: ImportRun
) -> Carried:
    """Translate an install. Raises RowRefused, InvalidInstallConfig."""
    if source.is_oversized:
        raise RowRefused(
            "INSTALL_TOO_LARGE", "Its configuration or secrets are larger than installs may have."
        )
    grants = carried_grants(source, read=version.capabilities, asked=standing.capabilities, policy=run.grants)
    secrets = carried_secrets(source.secrets, can_seal=run.sealer is not None, now=run.clock.now())
    pending = (
        (
            Remark(
                "INSTALL_NOT_ACTIVE",
                f'It was "{shown(source.status, limit=20)}" and is disabled.',
                is_loss=False,
            ),
        )
        if source.is_enabled and not source.is_active
        else ()
    )
    return Carried(
        id=InstallId(source.id),
        tenant_id=tenant_id,
        is_enabled=source.is_active,
        grants=grants.granted,
        config=carried_config(source),
        secrets=secrets,
        remarks=(*pending, *grants.remarks, *secrets.remarks),
    )


async def _write(
    source: SourceInstall, carried: Carried, ref: ExtensionRef, standing: Standing, *, run: ImportRun
) -> None:
    # Sealing may ask another server, and holds no lock meanwhile.
    secrets = await _sealed(source, carried, run=run)
    async with run.records.work(tenant_id=carried.tenant_id) as work:
        version = await _version(ref, standing, work=work)
        needs = VersionNeeds.of(await work.versions.contents(version.id))
        now = run.clock.now()
        install = Install(
            id=carried.id,
            tenant_id=carried.tenant_id,
            version=version,
            is_enabled=carried.is_enabled,
            grants=carried.grants,
            denied=tuple(sorted(set(version.capabilities) - set(carried.grants))),
            config=carried.config,
            effective_config=effective_config(carried.config, needs.config_schema),
            config_version=1,
            sealed_secrets=None,
            secrets=secrets,
            secrets_version=1 if secrets else 0,
            revision=await work.installs.next_revision(carried.tenant_id, version.extension.id),
            created_at=source.created_at,
            updated_at=now,
            declared_max_secret_age_days=needs.max_secret_age_days,
            last_change=InstallChange.INSTALLED.value,
            changed_by=IMPORTER,
        )
        if not await work.installs.add(install):
            raise RowRefused("EXTENSION_ALREADY_INSTALLED", "The tenant installed it meanwhile.")
        await work.installs.save(install)
        for secret in secrets:
            await work.installs.put_secret(install, secret)
        await work.outbox.append(install.event(InstallChange.INSTALLED), at=now)


async def _sealed(source: SourceInstall, carried: Carried, *, run: ImportRun) -> tuple[StoredSecret, ...]:
    """Seal each secret by itself; none is known to be younger than its install."""
    if run.sealer is None:
        return ()
    place = carried.tenant_id, carried.id
    return tuple(
        [
            StoredSecret(
                name,
                await run.sealer.seal(name, value, place=place),
                source.created_at,
                IMPORTER,
                carried.secrets.expires_at,
            )
            for name, value in sorted(carried.secrets.values.items())
        ]
    )


async def _version(ref: ExtensionRef, standing: Standing, *, work: Work) -> PublishedVersion:
    extension = await work.extensions.by_ref(ref)
    version = None if extension is None else await work.versions.holder(extension.id, standing.number)
    assert version is not None  # noqa: S101 - versions are never removed, and the standing is of one
    return version
