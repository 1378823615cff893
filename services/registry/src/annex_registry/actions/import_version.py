"""Import one version of the predecessor: it is here already, comes here whole, or is refused."""

from collections.abc import Sequence

from annex_registry.actions.import_run import ImportRun, Standing
from annex_registry.actions.judge_import import Wanted, judge_version, left_out, want_version
from annex_registry.actions.spool import Spool
from annex_registry.actions.write_import import write_import
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.importation import (
    ImportRow,
    Outcome,
    Remark,
    RowKind,
    RowRefused,
    code_of,
)
from annex_registry.domain.predecessor import (
    NotThePredecessor,
    PredecessorUnavailable,
    SourceExtension,
    SourceVersion,
)
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.ids import VersionId
from annex_shared.names import ExtensionRef

Decision = tuple[ImportRow, Standing | None]


async def import_version(
    entry: SourceExtension,
    ref: ExtensionRef,
    source: SourceVersion,
    tenants: Sequence[str],
    *,
    run: ImportRun,
) -> Decision:
    """Decide about a version, and say what its installs can stand on."""
    try:
        wanted = await want_version(entry, ref, source, tenants, run=run)
        existing = await _existing(wanted, run=run)
        if existing is not None:
            return _compared(wanted, existing)
        return await _imported(wanted, run=run)
    except (UnavailableError, PredecessorUnavailable, NotThePredecessor):
        # It says nothing about the version: the caller looks again, or stops.
        raise
    except AnnexError as refusal:
        return (
            ImportRow(
                RowKind.VERSION,
                Outcome.REFUSED,
                f"{ref}@{shown(source.number, limit=80)}",
                source.id,
                code_of(refusal),
                refusal.message,
            ),
            None,
        )


async def _existing(wanted: Wanted, *, run: ImportRun) -> Standing | None:
    """Look for the holder of the number: here, or in a dry run among what would be here by now."""
    async with run.records.work() as work:
        extension = await work.extensions.by_ref(wanted.ref)
        holder = None if extension is None else await work.versions.holder(extension.id, wanted.number)
        if holder is None:
            if await work.imports.is_version_id_taken(VersionId(wanted.source.id)):
                raise RowRefused("VERSION_RENAMED", "Another version has its id here.")
            return run.rehearsed_version(wanted.number)
        recorded = await work.imports.bundles_of(holder.id)
    known = {bundle.content_hash for bundle in recorded} or {holder.content_hash}
    return Standing(holder.number, holder.content_hash, frozenset(known), holder.capabilities)


def _compared(wanted: Wanted, existing: Standing) -> Decision:
    """Tell whether the number, which is spent and stays as it is, is spent on this version."""
    if existing.number != wanted.number:
        return _conflict(
            wanted, f'It differs by build metadata alone from "{existing.number}", which has the number.'
        )
    if existing.content_hash != wanted.newest.content_hash:
        return _conflict(
            wanted,
            f"It is published with {existing.content_hash.short} and was not changed; the predecessor has "
            f"{wanted.newest.content_hash.short}.",
        )
    remarks = tuple(
        left_out(bundle.content_hash, "The version was here without it.")
        for bundle in wanted.bundles
        if bundle.content_hash not in existing.bundles
    )
    row = _row(wanted, Outcome.ALREADY_THERE, bundle_count=len(existing.bundles), remarks=remarks)
    return row, existing


async def _imported(wanted: Wanted, *, run: ImportRun) -> Decision:
    with Spool() as spool:
        judged = await judge_version(wanted, spool, run=run)
        if not run.is_rehearsal:
            await write_import(wanted, judged, spool, run=run)
    standing = Standing(
        wanted.number,
        judged.newest.content_hash,
        frozenset(bundle.content_hash for bundle in judged.bundles),
        tuple(judged.manifest.capabilities),
    )
    run.rehearse(wanted.ref, wanted.entry.id, standing)
    row = _row(wanted, Outcome.IMPORTED, bundle_count=len(judged.bundles), remarks=judged.remarks)
    return row, standing


def _conflict(wanted: Wanted, message: str) -> Decision:
    return _row(wanted, Outcome.CONFLICT, code="VERSION_ALREADY_EXISTS", message=message), None


def _row(
    wanted: Wanted,
    outcome: Outcome,
    *,
    code: str | None = None,
    message: str | None = None,
    bundle_count: int | None = None,
    remarks: tuple[Remark, ...] = (),
) -> ImportRow:
    subject = f"{wanted.ref}@{wanted.number}"
    return ImportRow(
        RowKind.VERSION, outcome, subject, wanted.source.id, code, message, bundle_count, remarks
    )
