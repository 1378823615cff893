"""The copy of all controls in memory: filled at start, kept current by the history, trusted for so long."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from annex_gateway.domain.control_changes import ControlChange, to_ruling, to_switch
from annex_gateway.domain.controls import Controls, Stop
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import ControlsUnavailable
from annex_gateway.domain.installs import Install
from annex_gateway.domain.kill_switches import KILL_SWITCHES, KillSwitch, SwitchTarget, switches_of
from annex_gateway.domain.ports import ControlsReader
from annex_gateway.domain.rate_limits import Rates
from annex_gateway.domain.rulings import Authority, Place, Ruling, merged
from annex_shared.ids import ExtensionId, TenantId, VersionId

_PAGE = 500
_MAX_KEPT = 10_000
# Between two looks; older than this is worth saying where operators look.
_CURRENT_SECONDS = 10.0

_Key = tuple[TenantId, ExtensionId | None, VersionId | None]


@dataclass(slots=True)
class ControlsState:
    """What is said at present, by target; a change is taken only if it is newer than what is known of it."""

    revisions: dict[str, int] = field(default_factory=dict)
    rulings: dict[str, Ruling] = field(default_factory=dict)
    switches: dict[str, KillSwitch] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[ControlChange]) -> "ControlsState":
        state = cls()
        for change in changes:
            state.apply(change)
        return state

    def apply(self, change: ControlChange) -> bool:
        if change.revision <= self.revisions.get(change.target, 0):
            return False
        self.revisions[change.target] = change.revision
        self.rulings.pop(change.target, None)
        self.switches.pop(change.target, None)
        if change.target.startswith(f"{KILL_SWITCHES}/"):
            switch = to_switch(change)
            if switch is not None:
                self.switches[change.target] = switch
        elif change.document is not None:
            self.rulings[change.target] = to_ruling(change.document)
        return True

    def controls(
        self,
        defaults: Rates,
        tenant_id: TenantId,
        extension_id: ExtensionId | None = None,
        version_id: VersionId | None = None,
    ) -> Controls:
        """Make one word of everything that is said about a run."""
        platform = [*places_of(Authority.PLATFORM, tenant_id, extension_id)]
        own = [*places_of(Authority.TENANT, tenant_id, extension_id)]
        controls = merged(defaults, platform=self._rulings(platform), own=self._rulings(own))
        targets = [*switches_of(tenant_id, extension_id, version_id)]
        switch = next((self.switches[one.key] for one in targets if one.key in self.switches), None)
        keys = [*(place.key for place in (*platform, *own)), *(target.key for target in targets)]
        return Controls(
            rates=controls.rates,
            revision=max(self.revisions.get(key, 0) for key in keys),
            is_entitled=controls.is_entitled,
            stop=None if switch is None else Stop(switch.target.scope.value, switch.reason),
            quotas=controls.quotas,
            limits=controls.limits,
            egress_hosts=controls.egress_hosts,
        )

    def stopped(self) -> "Stopped":
        """Take down every switch, and what the platform said of whole tenants, in an order of its own."""
        rulings = (self.rulings.get(Place(Authority.PLATFORM).key),)
        of_all = [ruling.is_entitled for ruling in rulings if ruling is not None]
        prefix = f"{Place(Authority.PLATFORM).key}/tenant/"
        entitled = {
            key.removeprefix(prefix): ruling.is_entitled
            for key, ruling in sorted(self.rulings.items())
            if key.startswith(prefix) and ruling.is_entitled is not None
        }
        return Stopped(
            is_entitled=of_all != [False],
            entitled=entitled,
            targets=tuple(switch.target for _, switch in sorted(self.switches.items())),
        )

    def _rulings(self, places: Iterable[Place]) -> Iterator[Ruling]:
        return (self.rulings[place.key] for place in places if place.key in self.rulings)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Switches that are on, and who is entitled where the platform spoke of single tenants."""

    is_entitled: bool
    entitled: Mapping[str, bool]
    targets: tuple[SwitchTarget, ...]


def places_of(authority: Authority, tenant_id: TenantId, extension_id: ExtensionId | None) -> Iterator[Place]:
    """Yield the places whose rulings hold for a run, the widest first."""
    if authority is Authority.PLATFORM:
        yield Place(authority)
    yield Place(authority, tenant_id)
    if extension_id is not None:
        yield Place(authority, tenant_id, extension_id)


@dataclass(slots=True)
class ControlsProjection:
    """Answers for every run from memory. Until it was filled, and when it is too old, nobody runs."""

    defaults: Rates
    monotonic: Monotonic
    max_age_seconds: float
    _state: ControlsState = field(default_factory=ControlsState)
    _serial: int = 0
    _read_at: float = -math.inf
    _kept: dict[_Key, Controls] = field(default_factory=dict)

    @property
    def age_seconds(self) -> float:
        """How long ago this was known to be all there is."""
        return self.monotonic() - self._read_at

    @property
    def is_known(self) -> bool:
        """Whether it was read, and not too long ago."""
        return self.age_seconds <= self.max_age_seconds

    def of(self, install: Install) -> Controls:
        """Return what holds for runs of an install. Raises ControlsUnavailable."""
        self._require_known()
        key = (install.tenant_id, install.extension_id, install.version_id)
        controls = self._kept.get(key)
        if controls is None:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            controls = self._kept[key] = self._state.controls(self.defaults, *key)
        return controls

    def stopped(self) -> "Stopped":
        """Return everything that is stopped. Raises ControlsUnavailable."""
        self._require_known()
        return self._state.stopped()

    def note(self, change: ControlChange) -> None:
        """Take a change that was made here, without waiting to hear of it."""
        if self._state.apply(change):
            self._kept.clear()

    async def fill(self, reader: ControlsReader) -> None:
        """Become equal to the history, whatever was known."""
        asked_at = self.monotonic()
        changes = await reader.everything()
        self._state = ControlsState.of(changes)
        self._serial = max((change.revision for change in changes), default=0)
        self._kept.clear()
        self._read_at = asked_at
        # What was noted while the listing was under way is behind its end.
        await self.catch_up(reader)

    async def catch_up(self, reader: ControlsReader) -> None:
        """Read what was recorded since the last time."""
        while True:
            asked_at = self.monotonic()
            page = await reader.after(self._serial, limit=_PAGE)
            for change in page:
                self.note(change)
                self._serial = change.revision
            if len(page) < _PAGE:
                self._read_at = asked_at
                return

    async def ping(self) -> str:
        """Say how current this is, for `/readyz`. Raises ControlsUnavailable."""
        self._require_known()
        age = self.age_seconds
        return "current" if age <= _CURRENT_SECONDS else f"last read {age:.0f} s ago"

    def _require_known(self) -> None:
        if not self.is_known:
            raise ControlsUnavailable(
                "What administrators allow cannot be read right now, so nothing is run; the fault is ours. "
                "Try again.",
                retry_after_seconds=1,
            )
