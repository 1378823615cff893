from annex_ui_host.actions.purge_blocked import purge_blocked
from support.version_statuses import a_status
from unit.ui_host.fakes import (
    EXTENSION,
    HASH,
    OTHER_HASH,
    VERSION,
    MemoryRegistry,
    a_publication,
    a_shelf,
    a_tree,
)


def test_blocked_tree_frees_its_memory_and_others_stay() -> None:
    shelf = a_shelf(MemoryRegistry())
    for content_hash in (HASH, OTHER_HASH):
        shelf.publications.add(a_publication(content_hash))
        shelf.trees.cache.put(content_hash, a_tree(index_html=b"<p>"))
    shelf.blocked.apply(
        a_status("blocked", serial=1, version_id=str(VERSION), extension_id=str(EXTENSION), content_hash=HASH)
    )

    purge_blocked(shelf=shelf)

    assert shelf.trees.cache.hashes() == (OTHER_HASH,)
