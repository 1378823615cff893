"""Keep the folder that a web server serves equal to what may be shown to everybody."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.actions.require_proof import is_surely_proven
from annex_ui_host.domain.ports import ShownTrees
from annex_ui_host.domain.publications import Publication
from annex_ui_host.domain.ui_tree import UiTree

log = structlog.get_logger()

InThread = Callable[[Callable[[], object]], Awaitable[object]]


@dataclass(slots=True)
class ShowOnDisk:
    """One change of the folder at a time. A tree is written once its codings are made."""

    shelf: Shelf
    folder: ShownTrees
    in_thread: InThread
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def show(self, content_hash: ContentHash, tree: UiTree) -> None:
        """Write a tree under every name by which anybody may see it."""
        async with self._turn:
            segments = [
                name
                for publication in self.shelf.publications.of(content_hash)
                if self._may_be_shown(publication)
                for name in publication.names
            ]
            if not segments:
                return
            is_shown = await self.in_thread(lambda: self.folder.show(segments, content_hash, tree))
            if not is_shown:
                log.warning("ui_tree_not_written", content_hash=str(content_hash))
            await self.in_thread(self.folder.sweep)

    async def reconcile(self) -> None:
        """Hide what was blocked or stopped since, and what was written for another registry."""
        if not self.shelf.publications.is_filled:
            return
        async with self._turn:
            shown = await self.in_thread(self.folder.shown)
            assert isinstance(shown, set)  # noqa: S101 - what the port says
            for segment, content_hash in shown:
                publication = self.shelf.publications.find(content_hash, segment)
                if publication is None or not self._may_stay(publication):
                    self.folder.hide(segment, content_hash)
                    log.info("ui_tree_hidden", content_hash=str(content_hash), extension=segment)

    def _may_be_shown(self, publication: Publication) -> bool:
        return self._may_stay(publication) and is_surely_proven(publication, proofs=self.shelf.proofs)

    def _may_stay(self, publication: Publication) -> bool:
        """Ask what holds for everybody; what holds for one tenant, the web server asks the ui-host."""
        if self.shelf.blocked.holds(str(publication.extension_id), publication.content_hash):
            return False
        try:
            self.shelf.stops.require_shown(publication, None)
        except AnnexError:
            return False
        return True
