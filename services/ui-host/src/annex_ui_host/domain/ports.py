"""What the actions need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.ids import InstallId
from annex_ui_host.domain.installs import Install
from annex_ui_host.domain.publications import Publication
from annex_ui_host.domain.stops import StopsListing
from annex_ui_host.domain.ui_tree import UiTree


@dataclass(frozen=True, slots=True)
class PublicationPage:
    """Publications in feed order; ``last_serial`` belongs to the last of them."""

    publications: Sequence[Publication]
    last_serial: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class InstallListing:
    """Every install of every tenant, at least as new as serial ``as_of``."""

    installs: Sequence[Install]
    as_of: int


class Registry(Protocol):
    """The owner of versions and installs. Every method raises RegistryUnavailable."""

    async def publications_after(self, serial: int) -> PublicationPage: ...

    async def version_statuses(self, after: int, limit: int) -> Sequence[VersionStatusRecord]:
        """Return what was said last of versions, in order of serial."""
        ...

    async def publications_of(self, content_hash: ContentHash) -> Sequence[Publication]: ...

    async def installs(self, *, unless_as_of: int | None) -> InstallListing | None:
        """List everything, or None when nothing changed since ``unless_as_of``."""
        ...

    async def install(self, install_id: InstallId) -> Install | None: ...


class Gateway(Protocol):
    """Who knows what administrators stopped."""

    async def stops(self, *, unless: str | None) -> tuple[StopsListing, str] | None:
        """List everything with its tag, or None if ``unless`` names it. Raises ControlsUnavailable."""
        ...


class Bundles(Protocol):
    """Where verified UI trees come from."""

    async def ui_tree(self, content_hash: ContentHash) -> UiTree:
        """Fetch, verify and index a bundle.

        Raises AssetNotFound, IntegrityMismatch, BundleUnreadable, UiTooLarge, RegistryUnavailable.
        """
        ...


class ShownTrees(Protocol):
    """Where trees lie as files for a web server. Nothing here waits for the network."""

    def shown(self) -> set[tuple[str, ContentHash]]:
        """Return every name that is shown, with its hash."""
        ...

    def show(self, segments: Sequence[str], content_hash: ContentHash, tree: UiTree) -> bool:
        """Write a tree under names; False where one of its files has no plain path."""
        ...

    def hide(self, segment: str, content_hash: ContentHash) -> None: ...

    def sweep(self) -> None:
        """Remove what no name leads to, and the oldest beyond what there may be."""
        ...
