"""What a bundle holds, on the wire."""

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.wire import Exchanged


class BundleEntryView(Exchanged):
    """A file of a bundle; archives keep no modes, so there are none to tell."""

    path: str
    size_bytes: int
    content_hash: ContentHash


class BundleIndexView(Exchanged):
    """`GET …/versions/{version}/index`, in archive order."""

    content_hash: ContentHash
    size_bytes: int
    unpacked_bytes: int
    entries: list[BundleEntryView]
