"""Parts of publishing requests that several routes read alike."""

import base64
import binascii
import re
from collections.abc import AsyncIterator

from aiohttp import ClientError, web

from annex_registry.domain.errors import (
    InvalidContentDigest,
    InvalidIdempotencyKey,
    LengthRequired,
    UploadInterrupted,
)
from annex_registry.domain.publication import DSSE_ED25519, SentSignature
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.uploads import CONTENT_DIGEST_HEADER, SIGNATURE_HEADER
from annex_shared.signing.errors import SignatureMalformed

_CHUNK_BYTES = 256 * 1024
_MAX_KEY_LENGTH = 255
_SHA256_MEMBER = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


async def chunks_of(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
            yield chunk
    except (ClientError, web.RequestPayloadError, ConnectionError):
        raise UploadInterrupted(
            "The connection ended before the whole bundle came, so nothing was stored. Upload it again."
        ) from None


def idempotency_key_of(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and (
        not key or len(key) > _MAX_KEY_LENGTH or not (key.isascii() and key.isprintable())
    ):
        raise InvalidIdempotencyKey(
            f"An Idempotency-Key is 1 to {_MAX_KEY_LENGTH} printable ASCII characters, such as a UUID."
        )
    return key


def length_of(request: web.Request) -> int:
    """Return the Content-Length. Raises LengthRequired: what is announced is compared with what comes."""
    if request.content_length is None:
        raise LengthRequired("Send the body with its Content-Length, so that a cut one is noticed.")
    return request.content_length


def content_digest_of(request: web.Request) -> ContentHash | None:
    """Read the sha-256 member of Content-Digest (RFC 9530); members of other algorithms are ignored."""
    values = request.headers.getall(CONTENT_DIGEST_HEADER, ())
    if not values:
        return None
    members = [member.strip() for value in values for member in value.split(",")]
    found = [match[1] for member in members if (match := _SHA256_MEMBER.fullmatch(member))]
    if len(found) != 1:
        raise InvalidContentDigest(
            "Content-Digest must hold one member sha-256=:<the digest of the body in base64>:, as RFC 9530 "
            "writes it."
        )
    return ContentHash(base64.b64decode(found[0]))


def signature_of(request: web.Request) -> SentSignature | None:
    text = request.headers.get(SIGNATURE_HEADER)
    if text is None:
        return None
    try:
        return SentSignature(DSSE_ED25519, base64.b64decode(text, validate=True).decode())
    except (binascii.Error, ValueError):
        raise SignatureMalformed(
            f"The header {SIGNATURE_HEADER} is not a DSSE envelope in base64. "
            "Sign the bundle with `annex sign`."
        ) from None
