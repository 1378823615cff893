"""Judge a version of the predecessor: each of its bundles is read, hashed and checked like an upload."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annex_registry.actions.fetch_bundle import fetch_bundle
from annex_registry.actions.import_run import ImportRun
from annex_registry.actions.spool import Spool
from annex_registry.domain.carried_install import capabilities_in
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.importation import (
    MAX_BUNDLES,
    ImportedBundle,
    NamedBundle,
    Remark,
    RowRefused,
    code_of,
    newest_first,
)
from annex_registry.domain.predecessor import (
    PredecessorUnavailable,
    SourceBundle,
    SourceExtension,
    SourceVersion,
    object_keys,
)
from annex_registry.domain.upload import StagedBundle
from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.manifest import Manifest, parse_manifest
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version of the predecessor, with the number and the bundles it would have here, newest first."""

    entry: SourceExtension
    ref: ExtensionRef
    source: SourceVersion
    number: VersionNumber
    bundles: Sequence[NamedBundle]
    tenants: Sequence[str]
    remarks: tuple[Remark, ...]

    @property
    def newest(self) -> NamedBundle:
        return self.bundles[0]

    async def fetch(self, bundle: NamedBundle, spool: Spool, *, run: ImportRun) -> StagedBundle:
        keys = object_keys(bundle.source, bundle.content_hash.hex, self.entry.id, self.tenants)
        return await fetch_bundle(bundle, keys, spool, store=run.store, limits=run.limits)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the import of a version consists of, newest bundle first; nothing is written yet."""

    manifest: Manifest
    newest: StagedBundle
    bundles: tuple[ImportedBundle, ...]
    remarks: tuple[Remark, ...]


async def want_version(
    entry: SourceExtension,
    ref: ExtensionRef,
    source: SourceVersion,
    tenants: Sequence[str],
    *,
    run: ImportRun,
) -> Wanted:
    """Read what the predecessor recorded. Raises InvalidVersionNumber, RowRefused."""
    number = VersionNumber.parse(source.number)
    found = await run.source.bundles(source.id, limit=MAX_BUNDLES + 1)
    if len(found) > MAX_BUNDLES:
        raise RowRefused("TOO_MANY_BUNDLES", f"It has more than {MAX_BUNDLES} bundles.")
    if not found:
        raise RowRefused("BUNDLE_MISSING", "It has no bundle.")
    bundles, nameless = newest_first(found)
    for bundle in nameless:
        if not bundles or bundle.created_at >= bundles[0].source.created_at:
            raise RowRefused("INVALID_CONTENT_HASH", f"Its newest bundle is recorded {_as_no_hash(bundle)}")
    remarks = [
        Remark("BUNDLE_LEFT_OUT", f"An older bundle is recorded {_as_no_hash(bundle)}", is_loss=True)
        for bundle in nameless
    ]
    if any(bundle.has_signature for bundle in found):
        text = "Its signature was never verified there and is not carried over."
        remarks.append(Remark("SIGNATURE_NOT_CARRIED", text, is_loss=False))
    return Wanted(entry, ref, source, number, bundles, tenants, tuple(remarks))


def _as_no_hash(bundle: SourceBundle) -> str:
    return f'as "{shown(bundle.content_hash, limit=80)}", which is no SHA-256.'


async def judge_version(wanted: Wanted, spool: Spool, *, run: ImportRun) -> Judged:
    """Read every bundle; the newest stays in the spool. It must be sound, an older one is left out if not."""
    newest = await wanted.fetch(wanted.newest, spool, run=run)
    manifest = _manifest_of(newest, wanted)
    kept = [ImportedBundle(newest.content_hash, newest.size_bytes, wanted.newest.source.created_at)]
    remarks = [*wanted.remarks, *_differences(wanted, manifest)]
    for bundle in wanted.bundles[1:]:
        try:
            kept.append(await _older(bundle, wanted, run=run))
        except (UnavailableError, PredecessorUnavailable):
            raise
        except AnnexError as refusal:
            remarks.append(left_out(bundle.content_hash, f"{code_of(refusal)}: {refusal.message}"))
    return Judged(manifest, newest, tuple(kept), tuple(remarks))


async def _older(bundle: NamedBundle, wanted: Wanted, *, run: ImportRun) -> ImportedBundle:
    with Spool() as spool:
        found = await wanted.fetch(bundle, spool, run=run)
    _manifest_of(found, wanted)
    return ImportedBundle(found.content_hash, found.size_bytes, bundle.source.created_at)


def _manifest_of(bundle: StagedBundle, wanted: Wanted) -> Manifest:
    """Read the manifest in the bundle; it must be about the row it is recorded under. Raises RowRefused."""
    manifest = parse_manifest(json.dumps(dict(bundle.manifest)).encode())
    named = ExtensionRef(manifest.publisher or wanted.ref.publisher, manifest.name)
    if (named, manifest.version) != (wanted.ref, wanted.number):
        raise RowRefused(
            "MANIFEST_MISMATCH",
            f"The manifest in its bundle is that of {named} {manifest.version}, not of this version.",
        )
    return manifest


def _differences(wanted: Wanted, manifest: Manifest) -> Iterator[Remark]:
    """Tell when the predecessor read another manifest than the one in the bundle."""
    if capabilities_in(list(wanted.source.capabilities)) != set(manifest.capabilities):
        yield Remark(
            "CAPABILITIES_DIFFER",
            "The predecessor recorded other capabilities than the manifest in the bundle asks for. The "
            "bundle's count.",
            is_loss=False,
        )


def left_out(content_hash: ContentHash, why: str) -> Remark:
    return Remark(
        "BUNDLE_LEFT_OUT", f"The older bundle {content_hash.short} was left out. {why}", is_loss=True
    )
