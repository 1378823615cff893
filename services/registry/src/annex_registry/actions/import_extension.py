"""Find out which extension an entry of the predecessor's registry is here, or that it cannot be one."""

from annex_registry.actions.import_run import ImportRun
from annex_registry.domain.importation import IMPORTER, RowRefused
from annex_registry.domain.ports import Work
from annex_registry.domain.predecessor import SourceExtension
from annex_registry.domain.version import Extension
from annex_shared.clock import Clock
from annex_shared.display_text import shown
from annex_shared.ids import ExtensionId
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug


async def settled_ref(source: SourceExtension, *, run: ImportRun) -> ExtensionRef:
    """Return the name the entry has here; raise if it cannot have one."""
    ref = ExtensionRef(PublisherSlug.of(source.publisher), ExtensionName.parse(source.name.strip()))
    async with run.records.work() as work:
        await find_imported(source, ref, work=work)
    rehearsed = run.rehearsed_name(ref)
    if rehearsed is not None:
        existing, owner = rehearsed
        _refuse_other(source, ref, existing, is_others=owner != source.id)
    return ref


async def find_imported(source: SourceExtension, ref: ExtensionRef, *, work: Work) -> Extension | None:
    """Return the extension that the entry is here already; None when nothing of it is.

    Raises RowRefused when the name belongs to another entry, or is another spelling of one that exists. A
    name that was published here belongs to whoever it belonged to there: the entry's versions are added.
    """
    known = await work.imports.extension_of(source.id)
    if known is not None and known.ref != ref:
        raise RowRefused(
            "EXTENSION_RENAMED", f"It was imported as {known.ref}, and names are never changed here."
        )
    found = await work.extensions.by_ref(ref)
    if found is not None:
        owner = await work.imports.source_of(found.id)
        _refuse_other(source, ref, found.ref, is_others=owner not in (None, source.id))
    elif await work.extensions.by_id(ExtensionId(source.id)) is not None:
        raise RowRefused("EXTENSION_RENAMED", "Another extension has its id here.")
    return found


def _refuse_other(
    source: SourceExtension, ref: ExtensionRef, existing: ExtensionRef, *, is_others: bool
) -> None:
    if existing != ref:
        raise RowRefused(
            "EXTENSION_NAME_TAKEN",
            f'{ref} is the same as {existing}, which exists: ".", "_" and "-" count as one letter.',
        )
    if is_others:
        raise RowRefused(
            "EXTENSION_NAME_TAKEN",
            f'"{shown(source.publisher, limit=80)}" and "{shown(source.name, limit=80)}" are written {ref} '
            "here, which another entry of the predecessor's registry is already.",
        )


async def claim_imported(
    source: SourceExtension, ref: ExtensionRef, *, work: Work, clock: Clock
) -> Extension:
    """Create the entry's extension unless it exists, under the predecessor's id. Raises RowRefused."""
    now = clock.now()
    found = await find_imported(source, ref, work=work)
    if found is None:
        # A publisher made here has no members: an administrator says who they are.
        await work.publishers.add(ref.publisher, by=IMPORTER, at=now)
        found = await work.extensions.claim(ref, new_id=ExtensionId(source.id), at=now)
        _refuse_other(source, ref, found.ref, is_others=False)
    await work.imports.add_source(found, source, at=now)
    return found
