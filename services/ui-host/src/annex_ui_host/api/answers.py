"""The answer to a request for a file that is there: status, headers and body, made ready once and kept.

Both edges, aiohttp's and the short one, send what is decided here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from annex_ui_host.actions.find_asset import FoundAsset
from annex_ui_host.api.asked import TENANT_HEADER, Asked
from annex_ui_host.api.preconditions import Verdict, is_range_wanted, verdict_on
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.byte_ranges import ByteRange, NoneSatisfiable, ranges_of
from annex_ui_host.domain.codings import Coding, chosen_coding, is_identity_acceptable
from annex_ui_host.domain.errors import EncodingNotAcceptable, PreconditionFailed, RangeNotSatisfiable
from annex_ui_host.domain.media_types import is_document
from annex_ui_host.domain.page_policy import PERMISSIONS_POLICY, PagePolicy
from annex_ui_host.domain.representations import Representation
from annex_ui_host.domain.ui_tree import Asset

_IMMUTABLE: Final = "public, max-age=31536000, immutable"

# Frames have an opaque origin, so their modules, fonts and fetches are cross-origin requests from "null".
FIXED_HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# Of documents: looking a name up would tell somebody something, before anything is loaded.
_DOCUMENT_HEADERS: Final[Mapping[str, str]] = {
    "Permissions-Policy": PERMISSIONS_POLICY,
    "X-DNS-Prefetch-Control": "off",
}
Body = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Answer:
    """``wire`` is status line and headers as they are sent, up to the date."""

    status: HTTPStatus
    headers: Mapping[str, str]
    wire: bytes
    body: Sequence[Body]
    coding: Coding

    @classmethod
    def of(
        cls, status: HTTPStatus, headers: Mapping[str, str], body: Sequence[Body], coding: Coding
    ) -> "Answer":
        sent = {**headers, **FIXED_HEADERS, "Server": "annex"}
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        lines += [f"{name}: {value}" for name, value in sent.items()]
        return cls(status, headers, ("\r\n".join(lines) + "\r\nDate: ").encode("ascii"), body, coding)


@dataclass(frozen=True, slots=True)
class _Ready:
    """Both answers every representation has, whatever is asked beside."""

    full: Answer
    not_modified: Answer


def answer_of(
    found: FoundAsset, address: AssetAddress, asked: Asked, policy: PagePolicy, *, is_get: bool
) -> Answer:
    """Answer for a file. Raises EncodingNotAcceptable, PreconditionFailed, RangeNotSatisfiable."""
    asset = found.asset
    representation = _selected(asset, asked, is_get=is_get)
    verdict = verdict_on(asked, representation.etag)
    if verdict is Verdict.FAILED:
        raise PreconditionFailed
    ready = _ready(found, representation, address, policy)
    if verdict is Verdict.NOT_MODIFIED:
        return ready.not_modified
    if is_get and representation is asset.plain and is_range_wanted(asked, representation.etag):
        return _partial(ready.full, representation, asked.range or "")
    return ready.full


def _selected(asset: Asset, asked: Asked, *, is_get: bool) -> Representation:
    """Choose the coding. Ranges are of the plain file, so who asks for one gets that, if it may be sent."""
    if asked.accept_encoding is None:
        return asset.plain
    wants_part = is_get and is_range_wanted(asked, asset.plain.etag)
    if wants_part and is_identity_acceptable(asked.accept_encoding):
        return asset.plain
    coding = chosen_coding(asked.accept_encoding, asset.codings)
    if coding is None:
        raise EncodingNotAcceptable
    return asset.representation(coding)


def _ready(
    found: FoundAsset, representation: Representation, address: AssetAddress, policy: PagePolicy
) -> _Ready:
    """Make both answers once for each name the extension goes by; they stay as long as the file does."""
    key = (address.extension, found.is_fallback)
    ready = representation.prepared.get(key)
    if not isinstance(ready, _Ready):
        headers = _headers(found, representation, address, policy)
        length = {"Content-Length": str(len(representation.body))}
        coding = representation.coding
        ready = _Ready(
            full=Answer.of(HTTPStatus.OK, {**headers, **length}, (representation.body,), coding),
            not_modified=Answer.of(HTTPStatus.NOT_MODIFIED, headers, (), coding),
        )
        representation.prepared[key] = ready
    return ready


def _headers(
    found: FoundAsset, representation: Representation, address: AssetAddress, policy: PagePolicy
) -> dict[str, str]:
    asset = found.asset
    # The bytes of an address never change; which of them are given, and whether, may depend on these.
    vary = [
        *(("Accept", "Sec-Fetch-Mode") if found.is_fallback else ()),
        *(("Accept-Encoding",) if asset.is_negotiable else ()),
        TENANT_HEADER,
    ]
    headers = {
        "Content-Type": asset.media_type,
        "ETag": representation.etag,
        "Cache-Control": _IMMUTABLE,
        "Accept-Ranges": "bytes",
        "Vary": ", ".join(vary),
    }
    if representation.coding is not Coding.IDENTITY:
        headers["Content-Encoding"] = representation.coding.value
    if is_document(asset.media_type):
        headers["Content-Security-Policy"] = policy.content_security_policy(address)
        headers.update(_DOCUMENT_HEADERS)
    return headers


def _partial(full: Answer, representation: Representation, header: str) -> Answer:
    """Cut the file. Raises RangeNotSatisfiable."""
    size_bytes = len(representation.body)
    ranges = ranges_of(header, size_bytes)
    if isinstance(ranges, NoneSatisfiable):
        raise RangeNotSatisfiable(size_bytes)
    if not ranges:
        return full
    whole = memoryview(representation.body)
    if len(ranges) == 1:
        (only,) = ranges
        body: list[Body] = [whole[only.first : only.end]]
        more = {"Content-Range": only.content_range(size_bytes)}
    else:
        boundary = _boundary(representation.etag, header)
        media_type = full.headers["Content-Type"]
        body = [*_parts(whole, ranges, boundary=boundary, media_type=media_type)]
        more = {"Content-Type": f"multipart/byteranges; boundary={boundary}"}
    length = {"Content-Length": str(sum(map(len, body)))}
    return Answer.of(
        HTTPStatus.PARTIAL_CONTENT, {**full.headers, **more, **length}, body, representation.coding
    )


def _parts(whole: memoryview, ranges: Sequence[ByteRange], *, boundary: str, media_type: str) -> list[Body]:
    """Lay the ranges out in the order they were asked for (RFC 9110 §14.6)."""
    parts: list[Body] = []
    for number, one in enumerate(ranges):
        start = "" if number == 0 else "\r\n"
        head = f"{start}--{boundary}\r\nContent-Type: {media_type}\r\n"
        parts.append(f"{head}Content-Range: {one.content_range(len(whole))}\r\n\r\n".encode())
        parts.append(whole[one.first : one.end])
    return [*parts, f"\r\n--{boundary}--\r\n".encode()]


def _boundary(etag: str, header: str) -> str:
    """Make a line that no file holds by chance; whoever puts it in a file on purpose spoils only that."""
    return hashlib.sha256(f"{etag} {header}".encode()).hexdigest()[:32]
