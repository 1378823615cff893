"""Object lock of an S3 bucket: what the settings ask for, what the bucket offers, what comes of both."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from annex_shared.settings import InvalidSettings


class LockMode(StrEnum):
    """``auto`` takes governance where the bucket offers it; the last two refuse a bucket that does not."""

    OFF = "off"
    AUTO = "auto"
    GOVERNANCE = "governance"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, slots=True)
class Retention:
    """The lock that an object is written with; it is never shortened, and never made longer by us."""

    mode: str
    period: timedelta


@dataclass(frozen=True, slots=True)
class BucketTraits:
    """What a bucket says of itself; ``is_told`` is false where we may not ask."""

    is_versioned: bool
    offers_lock: bool
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class LockWish:
    """What the settings ask for."""

    mode: LockMode
    period: timedelta

    @property
    def is_demand(self) -> bool:
        return self.mode in (LockMode.GOVERNANCE, LockMode.COMPLIANCE)

    def settle(self, traits: BucketTraits) -> Retention | None:
        """Return the lock to write with. Raises ObjectLockMissing for a demand the bucket does not meet."""
        if self.mode is LockMode.OFF:
            return None
        if not traits.offers_lock:
            if self.is_demand:
                raise ObjectLockMissing(self.mode, is_told=traits.is_told)
            return None
        mode = "COMPLIANCE" if self.mode is LockMode.COMPLIANCE else "GOVERNANCE"
        return Retention(mode, self.period)

    def refuse_directory(self) -> None:
        """Raise InvalidSettings when a lock is demanded of a store that cannot have one."""
        if self.is_demand:
            raise InvalidSettings(
                f"BUNDLE_OBJECT_LOCK={self.mode} needs an s3:// bundle store; a directory has no object lock."
            )


class ObjectLockMissing(InvalidSettings):
    """A lock is demanded and the bucket offers none, or does not say."""

    def __init__(self, mode: LockMode, *, is_told: bool) -> None:
        found = (
            "the bucket was made without object lock, which cannot be added by us"
            if is_told
            else "we may not read the bucket's object lock (s3:GetBucketObjectLockConfiguration)"
        )
        super().__init__(
            f"BUNDLE_OBJECT_LOCK={mode} and {found}. Name a bucket made with object lock, or set "
            "BUNDLE_OBJECT_LOCK=auto."
        )


NEVER_LOCKED = LockWish(LockMode.OFF, timedelta(0))
USUAL_LOCK = LockWish(LockMode.AUTO, timedelta(days=3650))
