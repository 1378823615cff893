"""A real log, small enough for a test to change: what it shows may be cut, forked or forged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionRef, PublisherSlug
from annex_shared.signing import SigningKey
from annex_shared.transparency import (
    Checkpoint,
    EntriesTile,
    ExtensionCreatedEntry,
    Frontier,
    KeyChange,
    KeyRotatedEntry,
    LogEntry,
    LoggedBundle,
    LogProof,
    NoteSigner,
    Subtree,
    VersionImportedEntry,
    VersionPublishedEntry,
    VersionStatus,
    VersionStatusEntry,
    encode_entries,
    inclusion_proof,
    leaf_hash,
    parse_tile_path,
    sign_checkpoint,
)
from annex_shared.transparency.merkle import complete_root
from annex_shared.version_number import VersionNumber

ORIGIN = "registry.test/annex"
_TIME = datetime(2026, 11, 18, 9, 12, tzinfo=UTC)


@dataclass(slots=True)
class LittleLog:
    """``entries`` is what it serves; a test may change it, as a registry that lies would."""

    signer: NoteSigner = field(default_factory=lambda: NoteSigner(ORIGIN, SigningKey.generate()))
    entries: list[bytes] = field(default_factory=list)
    heads: dict[ExtensionRef | PublisherSlug, tuple[int, bytes | None]] = field(default_factory=dict)

    @property
    def vkey(self) -> str:
        return self.signer.verifier.vkey

    def create(self, extension: str) -> None:
        ref = ExtensionRef.parse(extension)
        self._append(ExtensionCreatedEntry(time=_TIME, extension=ref, ext_seq=0, ext_prev=None))

    def publish(self, extension: str, version: str, content_hash: ContentHash, size_bytes: int = 1024) -> int:
        """Append a version, also one that is there already, and return its index."""
        ref = ExtensionRef.parse(extension)
        if ref not in self.heads:
            self.create(extension)
        seq, previous = self.heads[ref]
        self._append(
            VersionPublishedEntry(
                time=_TIME,
                extension=ref,
                ext_seq=seq,
                ext_prev=previous,
                version=VersionNumber.parse(version),
                bundle=LoggedBundle(content_hash, size_bytes),
                manifest_hash=ContentHash.of(b"manifest"),
            )
        )
        return len(self.entries) - 1

    def say(self, extension: str, version: str, status: str, reason: str) -> int:
        """Append what is said of a version and return its index."""
        ref = ExtensionRef.parse(extension)
        seq, previous = self.heads[ref]
        self._append(
            VersionStatusEntry(
                time=_TIME,
                extension=ref,
                ext_seq=seq,
                ext_prev=previous,
                version=VersionNumber.parse(version),
                status=VersionStatus(status),
                reason_hash=ContentHash.of(reason.encode()),
            )
        )
        return len(self.entries) - 1

    def change_key(self, publisher: str, key_id: str, change: str) -> None:
        slug = PublisherSlug.of(publisher)
        seq, previous = self.heads.get(slug, (0, None))
        entry = KeyRotatedEntry(
            time=_TIME,
            publisher=slug,
            pub_seq=seq,
            pub_prev=previous,
            key_id=key_id,
            change=KeyChange(change),
        )
        self._append(entry)

    def take_over(self, extension: str, version: str, content_hashes: Sequence[ContentHash]) -> int:
        """Append an imported version with its bundles, newest first, and return its index."""
        ref = ExtensionRef.parse(extension)
        seq, previous = self.heads[ref]
        self._append(
            VersionImportedEntry(
                time=_TIME,
                extension=ref,
                ext_seq=seq,
                ext_prev=previous,
                version=VersionNumber.parse(version),
                bundles=tuple(LoggedBundle(content_hash, 1024) for content_hash in content_hashes),
                manifest_hash=ContentHash.of(b"manifest"),
            )
        )
        return len(self.entries) - 1

    def checkpoint(self) -> bytes:
        frontier = Frontier()
        for entry in self.entries:
            frontier = frontier.append(leaf_hash(entry))
        return sign_checkpoint(Checkpoint(ORIGIN, frontier.size, frontier.root()), self.signer)

    def proof(self, index: int) -> str:
        hashes = inclusion_proof(index, len(self.entries), self.hash_of)
        return LogProof(index, hashes, self.checkpoint().decode(), extra=self.entries[index]).to_text()

    def served(self, path: str) -> bytes | None:
        """Answer `/log/<path>`; None for what this tree does not hold."""
        if path == "checkpoint":
            return self.checkpoint()
        tile = parse_tile_path(path)
        begin, end = tile.index * 256, tile.index * 256 + tile.width
        if isinstance(tile, EntriesTile):
            return encode_entries(self.entries[begin:end]) if end <= len(self.entries) else None
        if end > len(self.entries) >> 8 * tile.level:
            return None
        return b"".join(self.hash_of(Subtree(8 * tile.level, at)) for at in range(begin, end))

    def hash_of(self, subtree: Subtree, /) -> bytes:
        begin = subtree.index << subtree.height
        return complete_root(
            [leaf_hash(each) for each in self.entries[begin : begin + (1 << subtree.height)]]
        )

    def _append(self, entry: LogEntry) -> None:
        self.entries.append(entry.to_bytes())
        self.heads[entry.subject] = (entry.seq + 1, entry.leaf_hash())
