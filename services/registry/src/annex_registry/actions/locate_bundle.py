"""Find out whether, and for whom, a content hash is a published bundle."""

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require, require_peer
from annex_registry.domain.errors import BundleNotFound, VersionBlocked
from annex_registry.domain.ports import Records
from annex_registry.domain.version import VersionStatus
from annex_registry.domain.version_status import version_blocked
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def locate_bundle(content_hash: ContentHash, *, caller: Caller, records: Records) -> int:
    """Return the size of a published bundle, for another service. Raises BundleNotFound, VersionBlocked."""
    require_peer(caller)
    return await _size(content_hash, None, records=records)


async def locate_tenant_bundle(
    tenant_id: TenantId,
    extension_id: ExtensionId,
    content_hash: ContentHash,
    *,
    caller: Caller,
    records: Records,
) -> int:
    """Return the size of an extension's bundle; whoever acts for a tenant sees only that tenant's path."""
    if caller.tenant_id is None:
        require_peer(caller)
    else:
        require(caller, Permission.EXTENSION_READ)
        if caller.tenant_id != tenant_id:
            raise _not_found(content_hash)
    return await _size(content_hash, extension_id, records=records)


async def locate_version_bundle(
    extension: str, number: str, *, caller: Caller, records: Records
) -> tuple[ContentHash, int]:
    """Return hash and size of a version's bundle. Raises VersionBlocked, VersionNotFound and others."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        version = await find_version(found, number, work=work)
    if version.status is VersionStatus.BLOCKED:
        raise version_blocked(version)
    return version.content_hash, version.size_bytes


async def _size(content_hash: ContentHash, extension_id: ExtensionId | None, *, records: Records) -> int:
    async with records.work() as work:
        bundle = await work.versions.stored_bundle(content_hash, extension_id=extension_id)
    if bundle is None:
        raise _not_found(content_hash)
    if bundle.is_blocked:
        raise VersionBlocked(
            f"The version with the content hash {content_hash.short} was blocked on this platform. "
            "Its bundle is not delivered.",
            details={"content_hash": str(content_hash)},
        )
    return bundle.size_bytes


def _not_found(content_hash: ContentHash) -> BundleNotFound:
    return BundleNotFound(
        f"No published version here has the content hash {content_hash.short}.",
        details={"content_hash": str(content_hash)},
    )
