"""Later facts about a version: what may be said, by whom, and what follows for installs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from annex_registry.domain.errors import InvalidStatusReason, VersionBlocked, VersionYanked
from annex_registry.domain.version import PublishedVersion, VersionStatus
from annex_shared.contracts.events import VersionStatusChanged
from annex_shared.display_text import shown

MAX_REASON = 1000


class StatusChange(StrEnum):
    """A fact to record; ``active`` takes back whatever was said before."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    YANKED = "yanked"
    BLOCKED = "blocked"

    def to_status(self) -> VersionStatus:
        return VersionStatus.PUBLISHED if self is StatusChange.ACTIVE else VersionStatus(self.value)


@dataclass(frozen=True, slots=True)
class StatusFact:
    """What was said of a version, why, and by whom."""

    version: PublishedVersion
    change: StatusChange
    reason: str
    actor: str
    recorded_at: datetime

    def event(self, log_index: int) -> VersionStatusChanged:
        extension = self.version.extension
        return VersionStatusChanged(
            extension=str(extension.ref),
            extension_id=str(extension.id),
            publisher=extension.ref.publisher.text,
            name=extension.ref.name.text,
            version_id=str(self.version.id),
            version=self.version.number.text,
            content_hash=self.version.content_hash,
            status=self.change.value,
            reason=self.reason,
            actor=self.actor,
            recorded_at=self.recorded_at,
            log_index=log_index,
        )


def needs_administrator(before: VersionStatus, change: StatusChange) -> bool:
    """Blocking is the platform's; a publisher cannot lift it by saying something milder."""
    return VersionStatus.BLOCKED in (before, change.to_status())


def accepted_reason(text: str) -> str:
    """Return the reason as it is kept and shown. Raises InvalidStatusReason."""
    one_line = " ".join(text.split())
    reason = shown(one_line, limit=len(one_line) + 1).strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise InvalidStatusReason(
            f"Say why in 1 to {MAX_REASON:,} characters: everybody who uses the version reads it.",
            details={"field": "reason", "limit": MAX_REASON},
        )
    return reason


def refuse_new_use(version: PublishedVersion) -> None:
    """Raise VersionYanked or VersionBlocked for a version that takes no new installs."""
    if version.status is VersionStatus.BLOCKED:
        raise version_blocked(version)
    if version.status is VersionStatus.YANKED:
        raise VersionYanked(
            f'Version "{version.number}" of {version.extension.ref} was yanked by its publisher: '
            f"{version.status_reason} Installs that run it keep running. Choose another version.",
            details=_facts(version),
        )


def version_blocked(version: PublishedVersion) -> VersionBlocked:
    return VersionBlocked(
        f'Version "{version.number}" of {version.extension.ref} was blocked on this platform: '
        f"{version.status_reason} It is not delivered, installed or run. Choose another version.",
        details=_facts(version),
    )


def _facts(version: PublishedVersion) -> dict[str, str | None]:
    return {
        "extension": str(version.extension.ref),
        "version": version.number.text,
        "status": version.status.value,
        "reason": version.status_reason,
    }
