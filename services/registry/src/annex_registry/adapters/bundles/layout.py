"""Where bundles lie in a store: uploads apart from blobs, blobs by their content hash."""

import re
from uuid import UUID

from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId

BLOBS = "blobs/sha256/"
# Where bytes wait that are no blob yet, and may be left by a process that ended.
WAITING = ("_staging/", "_parts/")
CHUNK_BYTES = 256 * 1024
# Above this a spooled upload is on disk and reading it is worth a thread.
IN_MEMORY_BYTES = 1024 * 1024
_BLOB = re.compile(r"blobs/sha256/[0-9a-f]{2}/[0-9a-f]{64}")


# Twenty digits, so that a store lists sizes in their order.
FENCE_PREFIX = "log/cp/"
_FENCE_DIGITS = 20


def staging_key(upload_id: UploadId) -> str:
    return f"_staging/{upload_id}"


def parts_prefix(upload_id: UploadId) -> str:
    return f"_parts/{upload_id}/"


def part_key(upload_id: UploadId, part: UUID) -> str:
    return f"{parts_prefix(upload_id)}{part}"


def blob_key(content_hash: ContentHash) -> str:
    return f"{BLOBS}{content_hash.hex[:2]}/{content_hash.hex}"


def fence_key(size: int) -> str:
    return f"{FENCE_PREFIX}{size:0{_FENCE_DIGITS}d}"


def fence_size(key: str) -> int | None:
    """Read the size out of a key; None for an object that ``fence_key`` did not name."""
    digits = key.rpartition("/")[2]
    return int(digits) if len(digits) == _FENCE_DIGITS and digits.isascii() and digits.isdecimal() else None


def hash_of_key(key: str) -> ContentHash | None:
    """Read a blob's key back; None for what is no blob of ours."""
    content_hash = ContentHash(bytes.fromhex(key[-64:])) if _BLOB.fullmatch(key) else None
    return content_hash if content_hash is not None and blob_key(content_hash) == key else None
