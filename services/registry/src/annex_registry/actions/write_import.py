"""Write an imported version with everything that belongs to it in one transaction, or nothing."""

import structlog

from annex_registry.actions.import_extension import claim_imported
from annex_registry.actions.import_run import ImportRun
from annex_registry.actions.judge_import import Judged, Wanted
from annex_registry.actions.log_facts import log_version, manifest_hash_of
from annex_registry.actions.spool import Spool
from annex_registry.domain.importation import IMPORTER, Importation, NumberSpentMeanwhile
from annex_registry.domain.ports import Work
from annex_registry.domain.publication import published_event
from annex_registry.domain.version import Extension, NewVersion
from annex_shared.content_hash import ContentHash
from annex_shared.ids import VersionId
from annex_shared.transparency import LoggedBundle

log = structlog.get_logger()


async def write_import(wanted: Wanted, judged: Judged, newest: Spool, *, run: ImportRun) -> None:
    """Take the locks in the order of a publish. Raises NumberSpentMeanwhile, RowRefused."""
    manifest_hash = await manifest_hash_of(newest.reader(), run.limits)
    async with run.records.work() as work:
        extension = await claim_imported(wanted.entry, wanted.ref, work=work, clock=run.clock)
        version = _new_version(wanted, judged, extension, run=run)
        if not await work.versions.claim(version):
            raise NumberSpentMeanwhile("The number was published meanwhile.")
        await _keep_blobs(wanted, judged, newest, work=work, run=run)
        await work.versions.add_bundle(version)
        await work.imports.add_bundles(version.id, judged.bundles)
        log_index = await _place(version, judged, manifest_hash, work=work)
    log.info(
        "version_imported",
        extension_id=str(extension.id),
        extension=str(extension.ref),
        version=str(version.number),
        version_id=str(version.id),
        bundles=len(judged.bundles),
        log_index=log_index,
    )


def _new_version(wanted: Wanted, judged: Judged, extension: Extension, *, run: ImportRun) -> NewVersion:
    """Keep id and date of the predecessor: people and rows elsewhere know the version by them."""
    return NewVersion(
        id=VersionId(wanted.source.id),
        extension=extension,
        number=wanted.number,
        manifest=judged.manifest,
        document=judged.newest.manifest,
        content_hash=judged.newest.content_hash,
        size_bytes=judged.newest.size_bytes,
        has_handler=judged.newest.has_handler,
        signature=None,
        published_by=IMPORTER,
        published_at=wanted.source.created_at,
        bundle_count=len(judged.bundles),
        imported_at=run.clock.now(),
    )


async def _keep_blobs(wanted: Wanted, judged: Judged, newest: Spool, *, work: Work, run: ImportRun) -> None:
    """Store every bundle before COMMIT. Older ones are read again: not all of them fit aside at once."""
    sources = {bundle.content_hash: bundle for bundle in wanted.bundles}
    for kept in judged.bundles:
        await work.versions.hold_blob(kept.content_hash)
        if kept.content_hash == judged.newest.content_hash:
            await run.bundles.keep(kept.content_hash, newest.reader(), size_bytes=kept.size_bytes)
            continue
        with Spool() as older:
            await wanted.fetch(sources[kept.content_hash], older, run=run)
            await run.bundles.keep(kept.content_hash, older.reader(), size_bytes=kept.size_bytes)


async def _place(version: NewVersion, judged: Judged, manifest_hash: ContentHash, *, work: Work) -> int:
    """Give the version its places, as a publish does: who follows the feed sees no difference."""
    assert version.imported_at is not None  # noqa: S101 - _new_version has set it
    ext_seq = await work.versions.lock_head(version.extension.id)
    importation = Importation(
        extension=version.extension,
        number=version.number,
        bundles=tuple(LoggedBundle(bundle.content_hash, bundle.size_bytes) for bundle in judged.bundles),
        manifest_hash=manifest_hash,
        at=version.imported_at,
    )
    log_index = await log_version(importation, log=work.log)
    serial = await work.outbox.append(published_event(version, log_index=log_index), at=version.imported_at)
    await work.versions.place(version, ext_seq=ext_seq, serial=serial, log_index=log_index)
    return log_index
