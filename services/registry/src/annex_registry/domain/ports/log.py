"""The transparency log, who signs it, who witnesses it, and the fence outside the database."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from annex_registry.domain.transparency import (
    ChainHead,
    KeyStatement,
    LastCosigned,
    StoredCheckpoint,
    TreeState,
    UnloggedStatus,
    UnloggedVersion,
)
from annex_registry.domain.witnessing import WitnessAnswer
from annex_shared.ids import ExtensionId, VersionId
from annex_shared.names import PublisherSlug
from annex_shared.transparency import (
    AddCheckpoint,
    CosignatureVerifier,
    EntriesTile,
    LogEntry,
    NoteSignature,
    Tile,
)


class TransparencyLog(Protocol):
    """The log's tree and its checkpoints; leaves are appended in the transaction of their fact."""

    async def chain_head(self, extension_id: ExtensionId) -> ChainHead:
        """Take the extension's place in line until the transaction ends; say where its chain continues."""
        ...

    async def append(self, extension_id: ExtensionId, entry: LogEntry) -> int:
        """Append the next leaf of the extension's chain and return its index.

        The log's own lock is held to the end of the transaction; only the feed's may be taken after it.
        """
        ...

    async def publisher_chain_head(self, publisher: PublisherSlug) -> ChainHead:
        """Take the publisher's place in line until the transaction ends; say where its chain continues."""
        ...

    async def append_for_publisher(self, publisher: PublisherSlug, entry: LogEntry) -> int:
        """Append the next leaf of the publisher's chain, under the same lock as ``append``."""
        ...

    async def is_checked(self) -> bool:
        """Tell whether a signer has compared this very database with the fence and still holds it.

        A transaction that hears False has to end.
        """
        ...

    async def state(self) -> TreeState: ...

    async def tile(self, tile: Tile) -> bytes:
        """Return the tile's hashes, as many of them as there are."""
        ...

    async def entries(self, tile: EntriesTile) -> list[bytes]: ...

    async def entry(self, index: int) -> bytes | None: ...

    async def newest_signed(self) -> StoredCheckpoint | None:
        """Return the newest signed tree, also one that is not shown yet."""
        ...

    async def newest_checkpoint(self) -> StoredCheckpoint | None:
        """Return the newest tree that is shown, with its cosignatures."""
        ...

    async def first_checkpoint_over(self, index: int) -> StoredCheckpoint | None:
        """Return the first tree shown that holds this leaf."""
        ...

    async def cosigned_checkpoint(self, size: int) -> StoredCheckpoint | None:
        """Return a signed tree with the cosignatures it has, shown or not."""
        ...

    async def add_checkpoint(self, checkpoint: StoredCheckpoint, *, at: datetime) -> None:
        """Keep a signed tree; it is not shown by that."""
        ...

    async def show_checkpoint(self, size: int, *, at: datetime) -> None:
        """Show a signed tree from now on; a repeat changes nothing."""
        ...

    async def add_cosignature(self, size: int, cosignature: NoteSignature) -> None:
        """Keep a verified cosignature of the signed tree of this size."""
        ...

    async def last_cosigned(self, witness: CosignatureVerifier) -> LastCosigned | None: ...

    async def lock_backfill(self) -> None: ...

    async def versions_without_leaf(self, *, after: int, limit: int) -> list[UnloggedVersion]:
        """List versions that were published before the log existed, in the order of their commits."""
        ...

    async def add_late_leaf(self, version_id: VersionId, index: int) -> None: ...

    async def statuses_without_leaf(
        self, *, extension_id: ExtensionId | None, through: int | None, limit: int
    ) -> list[UnloggedStatus]:
        """List facts about versions that have no leaf, in the order of their commits."""
        ...

    async def add_late_status_leaf(self, serial: int, index: int) -> None: ...

    async def keys_without_leaf(
        self, *, publisher: PublisherSlug | None, until: datetime | None, limit: int
    ) -> list[KeyStatement]:
        """List facts about keys that have no leaf, in order of time."""
        ...

    async def add_key_leaf(self, statement: KeyStatement, index: int) -> None: ...

    async def has_facts_without_leaf(self) -> bool: ...


class Witness(Protocol):
    """Cosigns checkpoints that only add to what it saw before (c2sp.org/tlog-witness)."""

    @property
    def name(self) -> str:
        """Return what the policy calls it."""
        ...

    @property
    def verifier(self) -> CosignatureVerifier: ...

    async def add_checkpoint(self, request: AddCheckpoint) -> WitnessAnswer: ...


class SignerLead(Protocol):
    """The log as its one signer, or who waits to become it, sees it."""

    @property
    def log(self) -> TransparencyLog: ...

    async def become_leader(self) -> bool:
        """Tell whether this connection leads; the lead ends with it."""
        ...

    async def declare_checked(self) -> None:
        """Let everybody change what the log records, as long as this connection lives."""
        ...

    async def wait(self, timeout_seconds: float) -> None:
        """Return when a leaf or a checkpoint may have come, or when the time is over."""
        ...


class SignerLeads(Protocol):
    """Opens the signer's connection, anew after every loss. Everything in its block raises RegistryBusy."""

    def connected(self) -> AbstractAsyncContextManager[SignerLead]: ...


class Fence(Protocol):
    """The signed checkpoints kept outside the database, each created once: they outlive its backups."""

    async def newest_fence(self, *, after: int) -> int | None:
        """Return the largest size above ``after`` that was ever signed."""
        ...

    async def fence(self, size: int) -> bytes | None: ...

    async def raise_fence(self, size: int, note: bytes) -> bool:
        """Create the fence of this size; False when there is one, whatever it says."""
        ...
