"""The bundle format: one zstd frame around a plain tar archive, read without trust and written the same."""

from annex_shared.bundle.check import HANDLER_PATH, MANIFEST_PATH, CheckedBundle, EntryFact, check_bundle
from annex_shared.bundle.entry_index import IndexedEntry, index_entries, read_indexed
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import BundleEntry, EntryStream, iter_entries, iter_streams
from annex_shared.bundle.writer import PackedBundle, write_bundle

__all__ = [
    "HANDLER_PATH",
    "MANIFEST_PATH",
    "BundleEntry",
    "BundleLimits",
    "CheckedBundle",
    "EntryFact",
    "EntryStream",
    "IndexedEntry",
    "PackedBundle",
    "check_bundle",
    "index_entries",
    "iter_entries",
    "iter_streams",
    "read_indexed",
    "write_bundle",
]
