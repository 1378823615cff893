"""The ui-host's two ports, kept in memory, and short ways to make what they hold."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.app import build_shelf
from annex_ui_host.domain.errors import AssetNotFound, RegistryUnavailable
from annex_ui_host.domain.installs import Install
from annex_ui_host.domain.ports import InstallListing, PublicationPage
from annex_ui_host.domain.publications import Publication
from annex_ui_host.domain.ui_tree import UiTree
from support.version_statuses import page_of

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_TENANT = TenantId(UUID("22222222-2222-4222-8222-222222222222"))
EXTENSION = ExtensionId(UUID("3e3e3e3e-3333-4333-8333-3333333333ab"))
INSTALL = InstallId(UUID("44444444-4444-4444-8444-444444444444"))
VERSION = VersionId(UUID("55555555-5555-4555-8555-555555555555"))
HASH = ContentHash.of(b"the bundle")
OTHER_HASH = ContentHash.of(b"another bundle")


def a_publication(content_hash: ContentHash = HASH, *, segment: str = "acme.notes") -> Publication:
    return Publication(content_hash, EXTENSION, segment, "1.0.0", VERSION)


def an_install(*, revision: int = 1, is_enabled: bool = True, content_hash: ContentHash = HASH) -> Install:
    return Install(INSTALL, TENANT, EXTENSION, content_hash, is_enabled=is_enabled, revision=revision)


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """A file of a bundle, as an archive reader hands it out."""

    path: str
    body: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.body)

    def read(self) -> bytes:
        return self.body


def a_tree(**files: bytes) -> UiTree:
    """Make a tree; ``index_html`` stands for ``index.html``."""
    named = [MemoryFile(f"ui/{name.replace('_', '.')}", body) for name, body in files.items()]
    return UiTree.of(named, max_bytes=1 << 20)


@dataclass(slots=True)
class MemoryRegistry:
    """An owner whose feed is a list; ``asked`` counts questions by method."""

    page_size: int = 2
    feed: list[Publication] = field(default_factory=list)
    listed: list[Install] = field(default_factory=list)
    said: list[VersionStatusRecord] = field(default_factory=list)
    as_of: int = 1
    is_away: bool = False
    asked: dict[str, int] = field(default_factory=dict)

    def _note(self, question: str) -> None:
        self.asked[question] = self.asked.get(question, 0) + 1
        if self.is_away:
            raise RegistryUnavailable

    async def publications_after(self, serial: int) -> PublicationPage:
        self._note("publications_after")
        page = self.feed[serial : serial + self.page_size]
        return PublicationPage(page, serial + len(page), is_last=len(page) < self.page_size)

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]:
        self._note("version_statuses")
        return page_of(self.said, after=after, limit=limit).items

    async def publications_of(self, content_hash: ContentHash) -> Sequence[Publication]:
        self._note("publications_of")
        await asyncio.sleep(0)
        return [publication for publication in self.feed if publication.content_hash == content_hash]

    async def installs(self, *, unless_as_of: int | None) -> InstallListing | None:
        self._note("installs")
        return None if unless_as_of == self.as_of else InstallListing(tuple(self.listed), self.as_of)

    async def install(self, install_id: InstallId) -> Install | None:
        self._note("install")
        return next((install for install in self.listed if install.install_id == install_id), None)


@dataclass(slots=True)
class MemoryBundles:
    """Trees by hash; ``fetches`` counts, and ``gate`` holds fetches up while it is closed."""

    trees: dict[ContentHash, UiTree] = field(default_factory=dict)
    fetches: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def ui_tree(self, content_hash: ContentHash) -> UiTree:
        self.fetches += 1
        await self.gate.wait()
        try:
            return self.trees[content_hash]
        except KeyError:
            raise AssetNotFound from None


@dataclass(slots=True)
class Time:
    """A clock that moves when told to."""

    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds


def a_shelf(
    registry: MemoryRegistry, bundles: MemoryBundles | None = None, *, time: Time | None = None
) -> Shelf:
    return build_shelf(
        registry,
        bundles or MemoryBundles(),
        max_cached_bytes=1 << 20,
        fetch_wait_seconds=5,
        monotonic=time or Time(),
    )
