"""Cursors of storage listings: where a page ended, in a form that only fits the listing it came from."""

import base64
import binascii
import hashlib

from annex_runner_proxy.domain.storage import Refusal, StorageRefused

_VERSION = b"\x01"
_TAG_BYTES = 6


def write_cursor(key: str, *, namespace: str, prefix: str) -> str:
    raw = _VERSION + _tag(key, namespace, prefix) + key.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def read_cursor(cursor: str, *, namespace: str, prefix: str) -> str:
    """Return the key a page ended with. Raises StorageRefused for what is no cursor of this listing."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = raw[1 + _TAG_BYTES :].decode()
    except (ValueError, binascii.Error):
        raise _refused() from None
    # Also what decodes to the same bytes by another spelling is none of ours.
    if write_cursor(key, namespace=namespace, prefix=prefix) != cursor:
        raise _refused()
    return key


def _tag(key: str, namespace: str, prefix: str) -> bytes:
    """Tell listings and mangled cursors apart; it guards nothing: every cursor stays within its install."""
    parts = (part.encode() for part in (namespace, prefix, key))
    return hashlib.sha256(b"\0".join(parts)).digest()[:_TAG_BYTES]


def _refused() -> StorageRefused:
    return StorageRefused(Refusal.INVALID, "The cursor belongs to another listing or was changed.")
