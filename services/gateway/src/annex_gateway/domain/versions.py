"""The copy of what the registry published: the endpoints of each version, which never change."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from annex_gateway.domain.endpoints import Endpoint, EndpointTree
from annex_shared.ids import VersionId

_MAX_COMPILED = 4096


@dataclass(frozen=True, slots=True)
class Version:
    """A published version; ``serial`` is its place in the registry feed."""

    serial: int
    version_id: VersionId
    endpoints: tuple[Endpoint, ...]
    # Whether its manifest has a place in the client portal.
    is_for_clients: bool = False


@dataclass(slots=True)
class VersionProjection:
    """The versions known here; repeats change nothing, so any order of arrival ends the same."""

    # Everything up to this serial has been read.
    serial: int = 0
    _endpoints: dict[VersionId, tuple[Endpoint, ...]] = field(default_factory=dict)
    _compiled: dict[VersionId, EndpointTree] = field(default_factory=dict)
    _for_clients: set[VersionId] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._endpoints)

    def __contains__(self, version_id: VersionId) -> bool:
        return version_id in self._endpoints

    def add_page(self, versions: Iterable[Version]) -> None:
        """Take versions read in order from ``serial`` on."""
        for version in versions:
            self._endpoints.setdefault(version.version_id, version.endpoints)
            if version.is_for_clients:
                self._for_clients.add(version.version_id)
            self.serial = max(self.serial, version.serial)

    def is_for_clients(self, version_id: VersionId) -> bool:
        return version_id in self._for_clients

    def endpoints(self, version_id: VersionId) -> EndpointTree | None:
        """Return the compiled endpoints; compiled at first use, kept for the versions used of late."""
        tree = self._compiled.get(version_id)
        if tree is not None:
            return tree
        endpoints = self._endpoints.get(version_id)
        if endpoints is None:
            return None
        if len(self._compiled) >= _MAX_COMPILED:
            del self._compiled[next(iter(self._compiled))]
        tree = self._compiled[version_id] = EndpointTree.compile(endpoints)
        return tree
