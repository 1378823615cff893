"""Compare two versions of an extension: what a tenant that goes from one to the other should know."""

import hashlib
from dataclasses import dataclass

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require
from annex_registry.domain.ports import Records
from annex_registry.domain.version import PublishedVersion
from annex_registry.domain.version_difference import VersionDifference
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class Comparison:
    """The way from ``before`` to ``after``, which need not be the newer one.

    ``difference`` is None when the caller's copy is right; it is for ever, for neither version changes.
    """

    tag: str
    before: PublishedVersion
    after: PublishedVersion
    difference: VersionDifference | None


async def compare_versions(
    extension: str, before: str, after: str, *, known_tag: str | None, caller: Caller, records: Records
) -> Comparison:
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        old = await find_version(found, before, work=work)
        new = await find_version(found, after, work=work)
        tag = _tag(old, new)
        if tag == known_tag:
            return Comparison(tag, old, new, None)
        old_contents = await work.versions.contents(old.id)
        new_contents = await work.versions.contents(new.id)
    difference = VersionDifference.between(old_contents.declared(), new_contents.declared())
    return Comparison(tag, old, new, difference)


def _tag(before: PublishedVersion, after: PublishedVersion) -> str:
    facts = [(version.id, version.content_hash) for version in (before, after)]
    return f'"d-{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'
