"""The projection of blocked versions, as every service that would show or run one keeps it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord

_BLOCKED = "blocked"
_PAGE = 500

ReadStatuses = Callable[[int, int], Awaitable[Sequence[VersionStatusRecord]]]


@dataclass(slots=True)
class BlockedVersions:
    """What was said last of each version, as far as it matters here: whether it is blocked.

    Facts are taken by serial, so repeats and overlapping reads end the same. What was heard is
    remembered with its serial: an answer that was on its way cannot bring a lifted block back.
    """

    # Everything up to this serial has been read.
    serial: int = 0
    _heard: dict[str, int] = field(default_factory=dict)
    _reasons: dict[str, str] = field(default_factory=dict)
    _blocked_at: dict[tuple[str, ContentHash], set[str]] = field(default_factory=dict)

    def apply(self, record: VersionStatusRecord) -> None:
        self.serial = max(self.serial, record.serial)
        if record.serial <= self._heard.get(record.version_id, 0):
            return
        self._heard[record.version_id] = record.serial
        at = self._blocked_at.setdefault((record.extension_id, record.content_hash), set())
        if record.status == _BLOCKED:
            self._reasons[record.version_id] = record.reason
            at.add(record.version_id)
        else:
            self._reasons.pop(record.version_id, None)
            at.discard(record.version_id)

    def reason(self, version_id: str) -> str | None:
        """Say why a version is blocked; None when it is not."""
        return self._reasons.get(version_id)

    def holds(self, extension_id: str, content_hash: ContentHash) -> bool:
        """Say whether the bundle of an extension belongs to a blocked version."""
        return bool(self._blocked_at.get((extension_id, content_hash)))

    async def catch_up(self, read: ReadStatuses) -> None:
        """Read page after page of what was said since; whatever ``read`` raises, what came is kept."""
        while True:
            page = await read(self.serial, _PAGE)
            for record in page:
                self.apply(record)
            if len(page) < _PAGE:
                return
