"""What the registry needs from its stores: records in transactions, and bundle bytes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol
from uuid import UUID

from jwt import PyJWK
from pydantic import JsonValue

from annex_registry.domain.feed import Arrival
from annex_registry.domain.importation import Imports
from annex_registry.domain.install import Install, InstallState
from annex_registry.domain.publish_rate import LimitedAction, PublishRate
from annex_registry.domain.publisher import MemberRole, Publisher, PublisherKey
from annex_registry.domain.secrets import SecretStatus, StoredSecret
from annex_registry.domain.transparency import (
    ChainHead,
    KeyStatement,
    LastCosigned,
    StoredCheckpoint,
    TreeState,
    UnloggedStatus,
    UnloggedVersion,
)
from annex_registry.domain.trusted_publishing import PublishGrant, TrustedOnlyFact, TrustedPublisher
from annex_registry.domain.upload import UploadAttempt, Uploader, UploadState
from annex_registry.domain.version import (
    Extension,
    ExtensionSummary,
    NewVersion,
    PublishedVersion,
    VersionContents,
)
from annex_registry.domain.version_status import StatusChange, StatusFact
from annex_registry.domain.witnessing import WitnessAnswer
from annex_shared.bundle import IndexedEntry
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, EventPayload
from annex_shared.contracts.installs import InstallRecord
from annex_shared.contracts.versions import VersionRecord, VersionStatusRecord
from annex_shared.ids import ExtensionId, InstallId, TenantId, UploadId, VersionId
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug
from annex_shared.transparency import (
    AddCheckpoint,
    CosignatureVerifier,
    EntriesTile,
    LogEntry,
    NoteSignature,
    Tile,
)
from annex_shared.version_number import VersionNumber

JsonObject = dict[str, JsonValue]


class Publishers(Protocol):
    """Publishers, their members and keys."""

    async def find(self, slug: PublisherSlug) -> Publisher | None: ...

    async def page(self, *, after: str | None, limit: int) -> list[Publisher]: ...

    async def add(self, slug: PublisherSlug, *, by: str, at: datetime) -> bool:
        """Return False when the slug is taken."""
        ...

    async def role_of(self, principal: str, slug: PublisherSlug) -> MemberRole | None: ...

    async def slugs_of(self, principal: str) -> list[PublisherSlug]: ...

    async def set_member(
        self, slug: PublisherSlug, principal: str, role: MemberRole, *, at: datetime
    ) -> None: ...

    async def add_key(self, slug: PublisherSlug, key: PublisherKey, *, by: str) -> bool:
        """Return False when the publisher has, or had, that key."""
        ...

    async def revoke_key(self, slug: PublisherSlug, key_id: str, *, at: datetime) -> bool:
        """Return False when the publisher has no such active key."""
        ...


class Extensions(Protocol):
    """Extensions by every name they are called."""

    async def claim(self, ref: ExtensionRef, *, new_id: ExtensionId, at: datetime) -> Extension:
        """Create the extension unless its name, in any spelling, exists; return the one that does."""
        ...

    async def by_id(self, extension_id: ExtensionId) -> Extension | None: ...

    async def by_ref(self, ref: ExtensionRef) -> Extension | None: ...

    async def by_install(self, install_id: InstallId) -> Extension | None:
        """Look among the tenant's own installs only."""
        ...

    async def installed_by_name(self, name: ExtensionName) -> list[Extension]:
        """Look among the tenant's own installs only."""
        ...

    async def summary(self, extension_id: ExtensionId) -> ExtensionSummary | None: ...

    async def page(
        self, *, prefix: str, after: tuple[str, str] | None, limit: int
    ) -> list[ExtensionSummary]: ...


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """A published bundle; blocked when every version that has these bytes is."""

    size_bytes: int
    is_blocked: bool


class Versions(Protocol):
    """Published versions; a number is spent by the insert, never by asking first."""

    async def claim(self, version: NewVersion) -> bool:
        """Spend the number. False means that somebody else has it, for ever."""
        ...

    async def add_bundle(self, version: NewVersion) -> None: ...

    async def lock_head(self, extension_id: ExtensionId) -> int:
        """Take the extension's place in line until the transaction ends; return the next sequence."""
        ...

    async def place(
        self, version: NewVersion, *, ext_seq: int, serial: int, log_index: int | None
    ) -> None: ...

    async def holder(self, extension_id: ExtensionId, number: VersionNumber) -> PublishedVersion | None:
        """Return the version whose number equals ``number`` but for build metadata."""
        ...

    async def highest_patch(self, extension_id: ExtensionId, number: VersionNumber) -> int | None: ...

    async def newest(self, extension_id: ExtensionId) -> PublishedVersion | None: ...

    async def newest_installable(self, extension_id: ExtensionId) -> PublishedVersion | None:
        """Return the newest version that is neither yanked nor blocked."""
        ...

    async def page(
        self, extension_id: ExtensionId, *, before: int | None, limit: int
    ) -> list[PublishedVersion]:
        """Newest first; ``before`` is the last sequence of the page before."""
        ...

    async def etag_serial(self, extension_id: ExtensionId) -> int: ...

    async def contents(self, version_id: VersionId) -> VersionContents:
        """Return what was published with a version; it must exist."""
        ...

    async def stored_bundle(
        self, content_hash: ContentHash, *, extension_id: ExtensionId | None = None
    ) -> StoredBundle | None:
        """Look a published hash up, within the extension when one is named."""
        ...

    async def hold_blob(self, content_hash: ContentHash) -> None:
        """Keep sweepers away from a blob until the transaction ends."""
        ...

    async def claim_orphan(self, content_hash: ContentHash) -> bool:
        """Keep publishers away from a blob until the transaction ends; False when it is or may be in use."""
        ...

    async def records(self, *, after: int, limit: int, as_of: int) -> list[VersionRecord]:
        """List versions in feed order, each with the status it had at the feed's serial ``as_of``."""
        ...

    async def records_of_hash(self, content_hash: ContentHash) -> list[VersionRecord]: ...


class BundleIndexes(Protocol):
    """What published bundles hold, by content hash; made when it is first asked for, and never changed."""

    async def find(self, content_hash: ContentHash) -> tuple[IndexedEntry, ...] | None: ...

    async def add(self, content_hash: ContentHash, entries: Sequence[IndexedEntry]) -> None:
        """Keep an index; the same one may come from several readers at once."""
        ...


class VersionStatuses(Protocol):
    """Later facts about versions; only ever added to."""

    async def add(self, fact: StatusFact, *, serial: int, log_index: int | None) -> None: ...

    async def newest(self, version_id: VersionId) -> tuple[StatusChange, str] | None:
        """Return what was said last of a version, and why."""
        ...

    async def records(self, *, after: int, limit: int) -> list[VersionStatusRecord]: ...


class Installs(Protocol):
    """One tenant's installs; rows of other tenants do not exist here."""

    async def add(self, install: Install) -> bool:
        """Return False when the tenant has the extension already."""
        ...

    async def next_revision(self, tenant_id: TenantId, extension_id: ExtensionId) -> int:
        """Count one change; the number survives the install."""
        ...

    async def revision_of(self, tenant_id: TenantId, extension_id: ExtensionId) -> int: ...

    async def find(self, install_id: InstallId, *, for_change: bool = False) -> Install | None: ...

    async def of_extension(
        self, extension_id: ExtensionId, *, for_change: bool = False
    ) -> Install | None: ...

    async def listing(self, *, after: InstallId | None, limit: int) -> list[Install]: ...

    async def save(self, install: Install) -> None:
        """Store everything but the secrets with envelopes of their own."""
        ...

    async def add_state(self, install: Install, *, ended_at: datetime) -> None:
        """Keep the state that ends now; it is never changed."""
        ...

    async def states(self, install_id: InstallId, *, before: int | None, limit: int) -> list[InstallState]:
        """Return states that ended, newest first."""
        ...

    async def last_state_of_other_version(
        self, install: Install, wanted: VersionNumber | None
    ) -> InstallState | None:
        """Return the newest state with another version than the present, or with the wanted one of them."""
        ...

    async def put_secret(self, install: Install, secret: StoredSecret) -> None: ...

    async def remove_secret(self, install: Install, name: str) -> None: ...

    async def remove(self, install_id: InstallId) -> None: ...


class Uploads(Protocol):
    """Records of attempts to publish."""

    async def add(
        self, attempt: UploadAttempt, *, forget_at: datetime, may_have_object: bool = True
    ) -> None: ...

    async def find(
        self, upload_id: UploadId, uploader: Uploader, *, for_change: bool = False
    ) -> UploadAttempt | None: ...

    async def close(self, upload_id: UploadId, state: UploadState, outcome: JsonObject | None) -> None: ...

    async def add_part(self, upload_id: UploadId, part: UUID, *, size_bytes: int) -> None:
        """Count a stored part; the caller has found the upload for change."""
        ...

    async def presigned(self, upload_id: UploadId, *, until: datetime) -> None: ...

    async def object_removed(self, upload_id: UploadId, *, now: datetime) -> None:
        """Forget the staged object, unless an address is out through which it may come back."""
        ...

    async def with_stale_object(self, *, now: datetime, limit: int) -> list[UploadId]:
        """List uploads whose staged object should be gone: finished ones and expired ones."""
        ...

    async def expire(self, upload_id: UploadId, *, now: datetime) -> None: ...

    async def forget(self, *, now: datetime) -> int:
        """Drop the records, also of idempotency keys, whose time is over; count them."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """One principal's promise that equal keys are one request."""

    principal: str
    key: str
    request_digest: bytes


class IdempotencyRecords(Protocol):
    """Answers kept for repeated requests."""

    async def answer(self, claim: IdempotencyClaim) -> JsonObject | None:
        """Return the stored answer. Raises IdempotencyKeyReused for another request's key."""
        ...

    async def begin(self, claim: IdempotencyClaim, *, at: datetime, forget_at: datetime) -> JsonObject | None:
        """Take the key until the transaction ends, or return the answer it stands for.

        Raises IdempotencyInProgress while another request has it, and IdempotencyKeyReused.
        """
        ...

    async def finish(self, claim: IdempotencyClaim, answer: JsonObject) -> None: ...


class TokenBuckets(Protocol):
    """What principals have left of limited actions, shared by every replica."""

    async def draw(self, principal: str, action: LimitedAction, rate: PublishRate) -> float | None:
        """Take one token. None means it was there; a number is what is left of less than one."""
        ...


class TrustedPublishing(Protocol):
    """Identities at issuers that may publish, their tokens, and who may publish besides them."""

    async def add(self, trusted: TrustedPublisher, *, by: str) -> None: ...

    async def of_publisher(self, slug: PublisherSlug) -> list[TrustedPublisher]:
        """List those that were not removed, oldest first."""
        ...

    async def remove(self, slug: PublisherSlug, trusted_id: UUID, *, by: str, at: datetime) -> bool:
        """Return False when the publisher has no such one."""
        ...

    async def spend(self, issuer: str, jti: str, *, forget_at: datetime) -> bool:
        """Take an id token. False means that it was exchanged before; waits for whoever is doing it now."""
        ...

    async def add_grant(self, grant: PublishGrant) -> None: ...

    async def grant(self, token_id: UUID) -> PublishGrant | None:
        """Return what a token stands for, also when expired; None once its trusted publisher is gone."""
        ...

    async def forget(self, *, spent_before: datetime, tokens_before: datetime) -> int: ...

    async def say_trusted_only(self, extension_id: ExtensionId, fact: TrustedOnlyFact) -> None:
        """Append a fact; the caller holds the extension's head."""
        ...

    async def is_trusted_only(self, extension_id: ExtensionId) -> bool: ...

    async def trusted_only_facts(self, extension_id: ExtensionId, *, limit: int) -> list[TrustedOnlyFact]:
        """List what was said, newest first."""
        ...


class IdTokenIssuers(Protocol):
    """The issuers the operator allows. Its methods raise IssuerUnavailable."""

    @property
    def allowed(self) -> frozenset[str]: ...

    @property
    def audience(self) -> str:
        """The audience a token must be made for where a trusted publisher names none."""
        ...

    async def key(self, issuer: str, key_id: str | None) -> PyJWK | None:
        """Return an allowed issuer's key; None when it publishes no such key."""
        ...


class Outbox(Protocol):
    """Events to be announced, written with the change they tell of."""

    async def append(self, payload: EventPayload, *, at: datetime) -> int:
        """Take the next serial of the payload's feed; the last lock of a transaction."""
        ...

    async def events(
        self, feed: str, *, after: int, limit: int, tenant_id: TenantId | None = None
    ) -> list[CloudEvent]:
        """Read on in a feed, announced or not; with a tenant, only its part of the installs feed."""
        ...

    async def serial(self, feed: str) -> int: ...


class FeedTail(Protocol):
    """The end of every feed as one listening connection sees it. Everything raises RegistryBusy."""

    async def serial(self, feed: str) -> int: ...

    async def arrivals(self, feed: str, *, after: int, limit: int) -> list[Arrival]:
        """Return what was committed after a serial, in feed order."""
        ...

    async def wait(self, timeout_seconds: float) -> None:
        """Return when something may have been committed, or when the time is over."""
        ...


class FeedTails(Protocol):
    """Opens the end of the feeds, anew after every loss."""

    def connected(self) -> AbstractAsyncContextManager[FeedTail]: ...


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


class OutboxQueue(Protocol):
    """What is still to be announced, as its one leader sees it. Everything raises RegistryBusy."""

    async def become_leader(self) -> bool:
        """Tell whether this connection leads; the lead ends with it."""
        ...

    async def pending(self, feed: str, *, limit: int) -> list[CloudEvent]:
        """Return the oldest events not announced yet, in feed order."""
        ...

    async def forget(self, feed: str, serials: Sequence[int]) -> None: ...

    async def wait(self, timeout_seconds: float) -> None:
        """Return when something may have been written to the outbox, or when the time is over."""
        ...


class OutboxQueues(Protocol):
    """Opens the outbox, anew after every loss."""

    def connected(self) -> AbstractAsyncContextManager[OutboxQueue]: ...


class Work(Protocol):
    """One transaction; committed when its block ends, rolled back when the block raises."""

    @property
    def publishers(self) -> Publishers: ...

    @property
    def extensions(self) -> Extensions: ...

    @property
    def versions(self) -> Versions: ...

    @property
    def bundle_indexes(self) -> BundleIndexes: ...

    @property
    def version_statuses(self) -> VersionStatuses: ...

    @property
    def installs(self) -> Installs: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def idempotency(self) -> IdempotencyRecords: ...

    @property
    def token_buckets(self) -> TokenBuckets: ...

    @property
    def trusted_publishing(self) -> TrustedPublishing: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def log(self) -> TransparencyLog: ...

    @property
    def imports(self) -> Imports: ...


@dataclass(frozen=True, slots=True)
class InstallRecordPage:
    """Installs of every tenant, and the serial of the installs feed they equal."""

    items: Sequence[InstallRecord]
    as_of: int


class Records(Protocol):
    """The registry's database."""

    def work(
        self, *, tenant_id: TenantId | None = None, is_one_state: bool = False
    ) -> AbstractAsyncContextManager[Work]:
        """Open a transaction; rows of installs are visible for ``tenant_id`` alone.

        ``is_one_state`` reads only, and everything as it was at one moment.
        """
        ...

    async def installs_of_all_tenants(
        self, *, after: InstallId | None, limit: int, unless_as_of: int | None
    ) -> InstallRecordPage | None:
        """Read one page as one state; None when the feed still is at ``unless_as_of``."""
        ...

    async def install_record(self, install_id: InstallId) -> InstallRecord | None: ...

    async def installs_with_secrets(
        self, *, after: InstallId | None, limit: int
    ) -> list[tuple[TenantId, InstallId]]:
        """List installs of every tenant that have secrets, by id."""
        ...

    async def secret_counts(self, now: datetime) -> Mapping[SecretStatus, int]:
        """Count the secrets of every tenant by what they are now."""
        ...

    async def tenants_running(self, version_id: VersionId) -> int:
        """Count the tenants that have a version installed; who they are is not told."""
        ...


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class PresignedPut:
    """A request the uploader may send to the store itself: exactly these headers, before ``expires_at``."""

    url: str
    headers: Mapping[str, str]


class BundleStore(Protocol):
    """Bundle bytes: a staging area, and blobs that are created once and never replaced."""

    async def stage(self, upload_id: UploadId, source: BinaryIO, *, size_bytes: int) -> None:
        """Store an upload until it is finalized; it must not exist yet."""
        ...

    def staged(self, upload_id: UploadId) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream an upload. Raises BundleStoreCorrupt when it is not there."""
        ...

    async def stage_part(self, upload_id: UploadId, part: UUID, source: BinaryIO, *, size_bytes: int) -> None:
        """Store one part of an upload under a name never used before."""
        ...

    def staged_parts(
        self, upload_id: UploadId, parts: Sequence[UUID]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream parts as one. Raises BundleStoreCorrupt, perhaps half-way, when one is not there."""
        ...

    async def presign(
        self, upload_id: UploadId, content_hash: ContentHash, *, size_bytes: int, seconds: int
    ) -> PresignedPut | None:
        """Let the uploader write the staged object past us; None where the store has no address."""
        ...

    async def discard(self, upload_id: UploadId) -> None:
        """Remove a staged upload and all its parts; removing what is not there is fine."""
        ...

    async def discard_part(self, upload_id: UploadId, part: UUID) -> None: ...

    async def discard_leftovers(self, *, before: datetime) -> int:
        """Remove whatever lies outside the blobs since before then; count it."""
        ...

    async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
        """Create the blob; False when exactly these bytes were there already.

        Raises BundleStoreCorrupt when other bytes are stored under the hash.
        """
        ...

    def blob(
        self, content_hash: ContentHash, byte_range: ByteRange | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream a blob or a part of it. Raises BundleStoreCorrupt when it is not there."""
        ...

    def blobs(self, *, before: datetime) -> AsyncIterator[ContentHash]:
        """List the blobs that were created before then."""
        ...

    async def remove_blob(self, content_hash: ContentHash) -> bool:
        """Remove a blob that nobody refers to and nobody can begin to; see ``Versions.claim_orphan``.

        False when the store's own lock keeps it until its time is over.
        """
        ...

    async def ping(self) -> str: ...


class Fence(Protocol):
    """The signed checkpoints kept outside the database, each created once: they outlive its backups."""

    async def newest_fence(self, *, after: int) -> int | None:
        """Return the largest size above ``after`` that was ever signed."""
        ...

    async def fence(self, size: int) -> bytes | None: ...

    async def raise_fence(self, size: int, note: bytes) -> bool:
        """Create the fence of this size; False when there is one, whatever it says."""
        ...


class FencedBundleStore(BundleStore, Fence, Protocol):
    """A bundle store that also keeps the fence."""
