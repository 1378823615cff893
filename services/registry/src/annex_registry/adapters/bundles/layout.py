"""Where bundles lie in a store: uploads apart from blobs, blobs by their content hash."""

from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId

CHUNK_BYTES = 256 * 1024
# Above this a spooled upload is on disk and reading it is worth a thread.
IN_MEMORY_BYTES = 1024 * 1024


# Twenty digits, so that a store lists sizes in their order.
FENCE_PREFIX = "log/cp/"
_FENCE_DIGITS = 20


def staging_key(upload_id: UploadId) -> str:
    return f"_staging/{upload_id}"


def blob_key(content_hash: ContentHash) -> str:
    return f"blobs/sha256/{content_hash.hex[:2]}/{content_hash.hex}"


def fence_key(size: int) -> str:
    return f"{FENCE_PREFIX}{size:0{_FENCE_DIGITS}d}"


def fence_size(key: str) -> int | None:
    """Read the size out of a key; None for an object that ``fence_key`` did not name."""
    digits = key.rpartition("/")[2]
    return int(digits) if len(digits) == _FENCE_DIGITS and digits.isascii() and digits.isdecimal() else None
