"""What an install serves now, for a runner that asks by its hash or by a host; the install's state counts."""

from dataclasses import dataclass

from annex_registry.actions.find_extension import find_extension
from annex_registry.domain.app_domain import HostName
from annex_registry.domain.authority import require_runner
from annex_registry.domain.errors import (
    AppDomainNotFound,
    ExtensionAmbiguous,
    ExtensionNotFound,
    InvalidAppDomain,
)
from annex_registry.domain.install import Install
from annex_registry.domain.ports import Records
from annex_registry.domain.version import VersionStatus
from annex_shared.content_hash import ContentHash, InvalidContentHash
from annex_shared.ids import InvalidId, TenantId, parse_uuid
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class ServedQuestion:
    """Whether a tenant's install of an extension serves these bytes, as a request's texts name them."""

    tenant: str
    extension: str
    content_hash: str


async def does_serve(question: ServedQuestion, *, caller: Caller, records: Records) -> bool:
    """Tell whether the install runs exactly that version, is enabled and is not blocked."""
    require_runner(caller)
    try:
        tenant_id = TenantId(parse_uuid(question.tenant, field="tenant"))
        wanted = ContentHash.parse(question.content_hash)
        async with records.work(tenant_id=tenant_id, is_one_state=True) as work:
            extension = await find_extension(question.extension, extensions=work.extensions)
            install = await work.installs.of_extension(extension.id)
    except (InvalidId, InvalidContentHash, ExtensionNotFound, ExtensionAmbiguous):
        return False
    return install is not None and _serves(install) and install.version.content_hash == wanted


async def find_by_host(host: str, *, caller: Caller, records: Records) -> Install:
    """Return the install a host leads to. Raises AppDomainNotFound, also for one that serves nothing now."""
    require_runner(caller)
    found = await _install_of(host, records=records)
    if found is None or not _serves(found):
        raise AppDomainNotFound("No install is served under that host.")
    return found


async def _install_of(host: str, *, records: Records) -> Install | None:
    try:
        place = await records.install_of_host(HostName.of_request(host))
    except InvalidAppDomain:
        return None
    if place is None:
        return None
    tenant_id, install_id = place
    async with records.work(tenant_id=tenant_id, is_one_state=True) as work:
        return await work.installs.find(install_id)


def _serves(install: Install) -> bool:
    return install.is_enabled and install.version.status is not VersionStatus.BLOCKED
