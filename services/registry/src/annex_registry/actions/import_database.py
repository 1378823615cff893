"""Import a predecessor's database: extension by extension, its versions before its installs."""

from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

from annex_registry.actions.import_extension import settled_ref
from annex_registry.actions.import_install import import_install
from annex_registry.actions.import_run import ImportRun, Standing, patiently
from annex_registry.actions.import_version import import_version
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.importation import ImportReport, ImportRow, Outcome, RowKind, code_of
from annex_registry.domain.predecessor import (
    NotThePredecessor,
    PredecessorUnavailable,
    SourceExtension,
    SourceInstall,
    SourceVersion,
)
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef

_ENTRIES = 200
_VERSIONS = 100
_INSTALLS = 50
# Under how many tenants' names a bundle is looked for.
_TENANTS = 200


async def import_database(run: ImportRun, report: ImportReport) -> None:
    """Import everything, telling each row. Stopped anywhere and repeated, it comes to the same end.

    Raises PredecessorUnavailable, and RegistryBusy, BundleStoreUnavailable or SecretStoreUnavailable after
    patient waiting.
    """
    total = await run.source.extension_count()
    done, after = 0, None
    while page := await run.source.extensions(after=after, limit=_ENTRIES):
        for entry in page:
            await _import_entry(entry, run=run, report=report)
            done += 1
            report.progress(done, total, _named(entry))
        after = page[-1].place


async def _import_entry(entry: SourceExtension, *, run: ImportRun, report: ImportReport) -> None:
    try:
        ref = await patiently(partial(settled_ref, entry, run=run))
    except (UnavailableError, PredecessorUnavailable, NotThePredecessor):
        raise
    except AnnexError as refusal:
        report.add(
            ImportRow(
                RowKind.EXTENSION,
                Outcome.REFUSED,
                _named(entry),
                entry.id,
                code_of(refusal),
                f"{refusal.message} None of its versions and installs were imported.",
            )
        )
        return
    standings = await _import_versions(entry, ref, run=run, report=report)
    async for install in _installs(entry, run=run):
        version = standings.get(install.version_id)
        report.add(await patiently(partial(import_install, install, ref, version, run=run)))


async def _import_versions(
    entry: SourceExtension, ref: ExtensionRef, *, run: ImportRun, report: ImportReport
) -> dict[UUID, tuple[SourceVersion, Standing]]:
    run.begin_extension()
    tenants = await run.source.tenants(entry.id, limit=_TENANTS)
    standings = {}
    async for version in _versions(entry, run=run):
        row, standing = await patiently(partial(import_version, entry, ref, version, tenants, run=run))
        report.add(row)
        if standing is not None:
            standings[version.id] = (version, standing)
    return standings


async def _versions(entry: SourceExtension, *, run: ImportRun) -> AsyncIterator[SourceVersion]:
    after = None
    while page := await run.source.versions(entry.id, after=after, limit=_VERSIONS):
        for version in page:
            yield version
        after = page[-1].place


async def _installs(entry: SourceExtension, *, run: ImportRun) -> AsyncIterator[SourceInstall]:
    after = None
    while page := await run.source.installs(entry.id, after=after, limit=_INSTALLS):
        for install in page:
            yield install
        after = page[-1].id


def _named(entry: SourceExtension) -> str:
    return f"{shown(entry.publisher, limit=80)}/{shown(entry.name, limit=130)}"
