"""Judge a whole bundle: its archive, its manifest, and that what the manifest names is there."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from annex_shared.bundle.accepted_imports import refuse_unknown_imports
from annex_shared.bundle.byte_source import ByteSource
from annex_shared.bundle.errors import HandlerMissing, ManifestMissing, PrecompiledMissing, UiEntryMissing
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import EntryStream, iter_streams
from annex_shared.bundle.wasm_imports import WasmFacts, read_wasm
from annex_shared.display_text import shown
from annex_shared.manifest.model import Manifest
from annex_shared.manifest.parse import parse_manifest, too_large

MANIFEST_PATH = "manifest.json"
HANDLER_PATH = "dist/main.wasm"
_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class EntryFact:
    """A file of the bundle and the digest anyone serving it can verify."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """A bundle that keeps every rule; ``imports`` is empty without a handler."""

    manifest: Manifest
    manifest_bytes: bytes
    entries: tuple[EntryFact, ...]
    imports: tuple[str, ...]


def check_bundle(source: ByteSource, limits: BundleLimits) -> CheckedBundle:
    """Read an archive once and refuse it with the first rule it breaks."""
    facts: list[EntryFact] = []
    manifest_bytes: bytes | None = None
    handler: WasmFacts | None = None
    for stream in iter_streams(source, limits):
        hashed = _HashedStream(stream)
        if stream.path == MANIFEST_PATH:
            manifest_bytes = _read_manifest(stream, hashed, limits)
        elif stream.path == HANDLER_PATH:
            handler = read_wasm(hashed)
        facts.append(hashed.finish())
    paths = frozenset(fact.path for fact in facts)
    if manifest_bytes is None:
        raise _manifest_missing(paths)
    manifest = parse_manifest(manifest_bytes)
    _refuse_missing(manifest, paths)
    if handler is not None:
        refuse_unknown_imports(handler)
    return CheckedBundle(manifest, manifest_bytes, tuple(facts), handler.imports if handler else ())


class _HashedStream:
    """An entry whose bytes are hashed as they are read."""

    def __init__(self, stream: EntryStream) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        part = self._stream.read(size)
        self._sha256.update(part)
        return part

    def finish(self) -> EntryFact:
        """Hash what nobody read, and give the facts."""
        while self.read(_STEP):
            pass
        return EntryFact(self._stream.path, self._stream.size_bytes, self._sha256.hexdigest())


def _read_manifest(stream: EntryStream, hashed: _HashedStream, limits: BundleLimits) -> bytes:
    if stream.size_bytes > limits.manifest_bytes:
        raise too_large(stream.size_bytes, limits.manifest_bytes)
    data = bytearray()
    while part := hashed.read(_STEP):
        data += part
    return bytes(data)


def _refuse_missing(manifest: Manifest, paths: Collection[str]) -> None:
    entry = manifest.ui_entry
    if entry is not None and entry not in paths:
        raise UiEntryMissing(
            f'manifest.json names the UI entry "{shown(entry, limit=80)}", which is not in the bundle. '
            "Build the UI into ui/, or correct ui.entry.",
            details={"path": shown(entry)},
        )
    if manifest.declares_handler and HANDLER_PATH not in paths:
        raise HandlerMissing(
            f"manifest.json declares {_declared(manifest)}, but the bundle has no {HANDLER_PATH}. "
            "Build the handler, or remove api.endpoints and events.",
            details={"path": HANDLER_PATH},
        )
    for target, path in manifest.precompiled.items():
        if path not in paths:
            raise PrecompiledMissing(
                f'manifest.json names "{shown(path, limit=80)}" as precompiled for '
                f"{shown(target, limit=60)}, which is not in the bundle. Add the file or remove the line.",
                details={"path": shown(path), "target": shown(target)},
            )


def _declared(manifest: Manifest) -> str:
    endpoints, events = len(manifest.endpoints), len(manifest.events)
    words = [
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((endpoints, "endpoint"), (events, "event"))
        if count
    ]
    return " and ".join(words)


def _manifest_missing(paths: Collection[str]) -> ManifestMissing:
    """Name the usual mistake, a packed folder instead of its contents, where it was made."""
    nested = sorted(path for path in paths if path.rpartition("/")[2].lower() == MANIFEST_PATH)
    found = f' "{shown(nested[0], limit=80)}" is there: pack the contents of that folder.' if nested else ""
    return ManifestMissing(
        f"The bundle has no manifest.json at its root.{found or ' Add one and pack again.'}",
        details={"found": [shown(path) for path in nested[:5]]},
    )
