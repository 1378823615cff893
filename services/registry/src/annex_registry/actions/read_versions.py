"""Read an extension's versions, newest first, with the caller's own installed version marked."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from annex_registry.actions.find_extension import find_extension
from annex_registry.domain.authority import require
from annex_registry.domain.errors import VersionNotFound
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.version import Extension, ExtensionSummary, PublishedVersion, VersionContents
from annex_shared.contracts.events import REGISTRY_FEED
from annex_shared.ids import TenantId, VersionId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A page of the listing; ``versions`` is None when the caller's copy is still right."""

    extension: Extension
    tag: str
    versions: Sequence[PublishedVersion] | None = None
    installed: VersionId | None = None
    next_before: int | None = None


async def read_versions(
    extension: str, *, before: int | None, limit: int, known_tag: str | None, caller: Caller, records: Records
) -> VersionPage:
    """Read one page; a page the caller holds already is recognised without reading the list."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        tag = await _tag(found, caller.tenant_id, f"{before} {limit}", work=work)
        if tag == known_tag:
            return VersionPage(found, tag)
        versions = await work.versions.page(found.id, before=before, limit=limit + 1)
        install = None if caller.tenant_id is None else await work.installs.of_extension(found.id)
    page, has_more = versions[:limit], len(versions) > limit
    return VersionPage(
        extension=found,
        tag=tag,
        versions=page,
        installed=install.version.id if install else None,
        next_before=page[-1].ext_seq if has_more else None,
    )


@dataclass(frozen=True, slots=True)
class VersionInFull:
    """One version with what was published, and whether the caller's tenant has exactly it installed."""

    tag: str
    version: PublishedVersion
    contents: VersionContents
    is_installed: bool


async def read_version(
    extension: str, number: str, *, known_tag: str | None, caller: Caller, records: Records
) -> VersionInFull | None:
    """Read one version, or None when the caller's copy is still right."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        tag = await _tag(found, caller.tenant_id, f"version {number}", work=work)
        if tag == known_tag:
            return None
        version = await find_version(found, number, work=work)
        install = None if caller.tenant_id is None else await work.installs.of_extension(found.id)
        contents = await work.versions.contents(version.id)
    return VersionInFull(tag, version, contents, install is not None and install.version.id == version.id)


async def find_version(extension: Extension, number: str | None, *, work: Work) -> PublishedVersion:
    """Find a version by its number, or the newest one. Build metadata makes no difference."""
    if number is None:
        version = await work.versions.newest(extension.id)
    else:
        version = await work.versions.holder(extension.id, VersionNumber.parse(number))
    if version is None:
        raise VersionNotFound(
            f"{extension.ref} has no version {number}.",
            details={"extension": str(extension.ref), "version": number},
        )
    return version


@dataclass(frozen=True, slots=True)
class ExtensionPage:
    """A page of all extensions; ``extensions`` is None when the caller's copy is still right."""

    tag: str
    extensions: Sequence[ExtensionSummary] | None = None
    next_after: tuple[str, str] | None = None


async def read_extensions(
    *,
    prefix: str,
    after: tuple[str, str] | None,
    limit: int,
    known_tag: str | None,
    caller: Caller,
    records: Records,
) -> ExtensionPage:
    """Read one page of all extensions in order of name, and where the next one begins."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work() as work:
        # Everything in the list changes with an event of this feed.
        serial = await work.outbox.serial(REGISTRY_FEED)
        tag = f'"x{serial}-{_place(f"{prefix!r} {after} {limit}")}"'
        if tag == known_tag:
            return ExtensionPage(tag)
        found = await work.extensions.page(prefix=prefix, after=after, limit=limit + 1)
    page, has_more = found[:limit], len(found) > limit
    last = page[-1].extension.ref if has_more else None
    return ExtensionPage(tag, page, None if last is None else (last.publisher.text, last.name.text))


async def read_extension(
    extension: str, *, known_tag: str | None, caller: Caller, records: Records
) -> tuple[str, ExtensionSummary | None]:
    """Return the tag of what is told, and what is told unless the caller's copy is still right."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        tag = f'"e{await work.versions.etag_serial(found.id)}-{_place(str(found.id))}"'
        if tag == known_tag:
            return tag, None
        summary = await work.extensions.summary(found.id)
    assert summary is not None  # noqa: S101 - an extension is committed together with its first version
    return tag, summary


async def _tag(extension: Extension, tenant_id: TenantId | None, place: str, *, work: Work) -> str:
    """Name the content by what it depends on: the extension's facts, the tenant's install, and the place."""
    serial = await work.versions.etag_serial(extension.id)
    revision = 0 if tenant_id is None else await work.installs.revision_of(tenant_id, extension.id)
    return f'"e{serial}-i{revision}-{_place(f"{tenant_id} {place}")}"'


def _place(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
