"""Let go of what is blocked: memory is for what may be shown."""

from annex_shared.content_hash import ContentHash
from annex_ui_host.actions.find_asset import Shelf


def purge_blocked(*, shelf: Shelf) -> None:
    """Drop each tree that is blocked under every name it was published by."""
    for content_hash in shelf.trees.cache.hashes():
        if is_blocked_everywhere(content_hash, shelf=shelf):
            shelf.trees.cache.drop(content_hash)


def is_blocked_everywhere(content_hash: ContentHash, *, shelf: Shelf) -> bool:
    known = shelf.publications.of(content_hash)
    return bool(known) and all(
        shelf.blocked.holds(str(publication.extension_id), content_hash) for publication in known
    )
