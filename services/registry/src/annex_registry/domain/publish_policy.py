"""What a deployment asks of those who publish."""

from dataclasses import dataclass, field
from datetime import timedelta

from annex_registry.domain.publish_rate import PublishRate
from annex_shared.bundle import BundleLimits
from annex_shared.signing import TrustBundle


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """``trusted`` are the platform's own keys and authorities, beside the keys of each publisher.

    Its keys sign for every publisher, its authorities' certificates for those they name.
    """

    is_signature_required: bool = True
    # Whether who publishes by the word of an issuer may do so without a signature.
    may_trusted_be_unsigned: bool = False
    may_create_publisher: bool = False
    trusted: TrustBundle = field(default_factory=TrustBundle)
    limits: BundleLimits = field(default_factory=BundleLimits)
    # Above this a bundle is sent in parts.
    one_shot_bytes: int = 64 * 1024 * 1024
    chunk_bytes: int = 16 * 1024 * 1024
    # None is no limit.
    version_rate: PublishRate | None = None
    extension_rate: PublishRate | None = None
    # How long an upload waits for its finalize, and how long the record of an attempt is kept.
    staged_for: timedelta = timedelta(hours=24)
    remembered_for: timedelta = timedelta(days=30)
    presigned_for: timedelta = timedelta(minutes=15)
    # Younger bytes without a record may belong to somebody who is about to write it.
    orphaned_after: timedelta = timedelta(hours=24)
