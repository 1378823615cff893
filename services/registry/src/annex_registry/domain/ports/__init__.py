"""What the registry needs from its stores: records in transactions, bundle bytes, and outside witnesses."""

from annex_registry.domain.ports.attempts import IdempotencyClaim, IdempotencyRecords, TokenBuckets, Uploads
from annex_registry.domain.ports.bundles import BundleStore, ByteRange, FencedBundleStore, PresignedPut
from annex_registry.domain.ports.feeds import FeedTail, FeedTails, Outbox, OutboxQueue, OutboxQueues
from annex_registry.domain.ports.installs import InstallRecordPage, Installs
from annex_registry.domain.ports.json_object import JsonObject
from annex_registry.domain.ports.log import Fence, SignerLead, SignerLeads, TransparencyLog, Witness
from annex_registry.domain.ports.publishers import IdTokenIssuers, Publishers, TrustedPublishing
from annex_registry.domain.ports.records import Records, Work
from annex_registry.domain.ports.versions import (
    BundleIndexes,
    Extensions,
    StoredBundle,
    Versions,
    VersionStatuses,
)

__all__ = [
    "BundleIndexes",
    "BundleStore",
    "ByteRange",
    "Extensions",
    "FeedTail",
    "FeedTails",
    "Fence",
    "FencedBundleStore",
    "IdTokenIssuers",
    "IdempotencyClaim",
    "IdempotencyRecords",
    "InstallRecordPage",
    "Installs",
    "JsonObject",
    "Outbox",
    "OutboxQueue",
    "OutboxQueues",
    "PresignedPut",
    "Publishers",
    "Records",
    "SignerLead",
    "SignerLeads",
    "StoredBundle",
    "TokenBuckets",
    "TransparencyLog",
    "TrustedPublishing",
    "Uploads",
    "VersionStatuses",
    "Versions",
    "Witness",
    "Work",
]
