"""What administrators stopped, as the gateway says: kill switches, tenants without the feature, all of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from annex_shared.ids import TenantId
from annex_ui_host.domain.errors import AssetNotFound, ControlsUnavailable, KillSwitchOn
from annex_ui_host.domain.publications import Publication

Subject = tuple[UUID | None, UUID]


@dataclass(frozen=True, slots=True)
class StopsListing:
    """Everything that is stopped at one moment.

    ``subjects`` are extensions and versions, each in one tenant or, without one, everywhere. ``tenants`` are
    stopped ones; ``entitled`` is who differs from what holds for the rest, ``is_entitled``.
    """

    subjects: frozenset[Subject] = frozenset()
    tenants: frozenset[UUID] = frozenset()
    entitled: dict[UUID, bool] = field(default_factory=dict)
    is_entitled: bool = True
    are_extensions_enabled: bool = True


@dataclass(slots=True)
class Stops:
    """The last listing, trusted for so long. Where no gateway is followed, nobody is stopped."""

    monotonic: Callable[[], float]
    max_age_seconds: float
    is_followed: bool
    listing: StopsListing = field(default_factory=StopsListing)
    etag: str | None = None
    _read_at: float = -math.inf

    @classmethod
    def of_nobody(cls) -> "Stops":
        return cls(lambda: 0.0, math.inf, is_followed=False)

    def take(self, listing: StopsListing, *, etag: str, asked_at: float) -> None:
        self.listing, self.etag, self._read_at = listing, etag, asked_at

    def confirm(self, *, asked_at: float) -> None:
        self._read_at = asked_at

    @property
    def age_seconds(self) -> float:
        return self.monotonic() - self._read_at

    @property
    def is_known(self) -> bool:
        return not self.is_followed or self.age_seconds <= self.max_age_seconds

    def require_shown(self, publication: Publication, tenant_id: TenantId | None) -> None:
        """Pass what nobody stopped. Raises KillSwitchOn, AssetNotFound, ControlsUnavailable.

        What is stopped everywhere is public knowledge; of a tenant an answer says only that there is nothing.
        """
        if not self.is_followed:
            return
        listing, subjects = self.listing, self.listing.subjects
        if not listing.are_extensions_enabled:
            raise KillSwitchOn
        if subjects and not subjects.isdisjoint(_subjects(None, publication)):
            raise KillSwitchOn
        if tenant_id is None:
            return
        if not self.is_known:
            raise ControlsUnavailable
        if tenant_id in listing.tenants or not listing.entitled.get(tenant_id, listing.is_entitled):
            raise AssetNotFound
        if subjects and not subjects.isdisjoint(_subjects(tenant_id, publication)):
            raise AssetNotFound


def _subjects(tenant_id: TenantId | None, publication: Publication) -> tuple[Subject, ...]:
    return ((tenant_id, publication.extension_id), (tenant_id, publication.version_id))
