"""Fetch the UI of a version that was published just now, before somebody waits for it."""

import structlog

from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.actions.open_tree import open_tree

log = structlog.get_logger()


async def prefetch_tree(content_hash: ContentHash, *, shelf: Shelf) -> None:
    """Load the tree if it may be shown. What goes wrong is tried again by who asks for it."""
    known = shelf.publications.of(content_hash)
    if all(shelf.blocked.holds(str(publication.extension_id), content_hash) for publication in known):
        return
    try:
        await open_tree(content_hash, trees=shelf.trees, bundles=shelf.bundles)
    except AnnexError as error:
        log.warning("prefetch_failed", content_hash=str(content_hash), error=type(error).__name__)
