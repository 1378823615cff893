"""One run of an import: what it reads from, what it writes to, and what it remembers on the way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from annex_registry.domain.carried_install import GrantPolicy
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.predecessor import Predecessor, PredecessorStore
from annex_shared.bundle import BundleLimits
from annex_shared.clock import Clock
from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionRef
from annex_shared.secret_envelope import SecretStoreUnavailable
from annex_shared.secret_sealing import SecretSealer
from annex_shared.version_number import VersionNumber

# What stops an import when patience does not help: nothing is wrong with the row that was tried.
OUTAGES = (UnavailableError, SecretStoreUnavailable)
_PAUSES_SECONDS = (1, 2, 4, 8)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Standing:
    """A version that installs can stand on: it is here, or in a dry run would be."""

    number: VersionNumber
    content_hash: ContentHash
    bundles: frozenset[ContentHash]
    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A rehearsal writes nothing; what would be here by now is remembered for one extension at a time."""

    source: Predecessor
    store: PredecessorStore
    records: Records
    bundles: BundleStore
    limits: BundleLimits
    sealer: SecretSealer | None
    clock: Clock
    grants: GrantPolicy
    is_rehearsal: bool
    _versions: dict[str, Standing] = field(default_factory=dict)
    _names: dict[tuple[str, str], tuple[ExtensionRef, UUID]] = field(default_factory=dict)

    def begin_extension(self) -> None:
        self._versions.clear()

    def rehearse(self, ref: ExtensionRef, source_id: UUID, standing: Standing) -> None:
        """Remember a version that a real run would have written."""
        if self.is_rehearsal:
            self._versions[standing.number.key] = standing
            self._names[ref.publisher.text, ref.name.key] = ref, source_id

    def rehearsed_version(self, number: VersionNumber) -> Standing | None:
        return self._versions.get(number.key)

    def rehearsed_name(self, ref: ExtensionRef) -> tuple[ExtensionRef, UUID] | None:
        """Return how an extension of that name would be called by now, and which entry it was."""
        return self._names.get((ref.publisher.text, ref.name.key))


async def patiently(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """Repeat what our own database or a store was too busy for; what was written is found, not repeated."""
    for pause in _PAUSES_SECONDS:
        try:
            return await attempt()
        except OUTAGES:
            await asyncio.sleep(pause)
    return await attempt()
