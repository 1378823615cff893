"""Check what a guest answered: nothing that HTTP cannot carry or a client would misread leaves here."""

import re
from collections.abc import Sequence

from annex_runner_proxy.domain.errors import GuestResponseInvalid, ResponseTooLarge
from annex_runner_proxy.domain.execution import HeaderPairs
from annex_shared.display_text import shown

# RFC 9110 §5.6.2; the value admits what §5.5 calls field content, and text beyond ASCII.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 599
_WITHOUT_BODY = frozenset({204, 205, 304})
_MAX_HEADERS = 100
_MAX_HEADER_BYTES = 32 * 1024


def check_answer(status: int, headers: Sequence[tuple[str, str]], body: bytes | None) -> HeaderPairs:
    """Return the headers as they may be sent. Raises GuestResponseInvalid or ResponseTooLarge."""
    if not _LOWEST_STATUS <= status <= _HIGHEST_STATUS:
        raise _invalid(f"Its status is {status}; only 200 to 599 can be sent.", field="status")
    if body and status in _WITHOUT_BODY:
        raise _invalid(f"An answer with status {status} cannot have a body.", field="body")
    _check_size(headers)
    return tuple(_checked(name, value) for name, value in headers)


def _check_size(headers: Sequence[tuple[str, str]]) -> None:
    size_bytes = sum(len(name) + len(value.encode()) for name, value in headers)
    if len(headers) > _MAX_HEADERS or size_bytes > _MAX_HEADER_BYTES:
        raise ResponseTooLarge(
            f"The extension answered with {len(headers)} headers of {size_bytes} bytes; "
            f"{_MAX_HEADERS} headers and {_MAX_HEADER_BYTES} bytes are the limit.",
            details={"limit": "headers", "headers": len(headers), "size_bytes": size_bytes},
        )


def _checked(name: str, value: str) -> tuple[str, str]:
    if _TOKEN.fullmatch(name) is None:
        raise _invalid(f'"{shown(name, limit=60)}" is no header name.', field="headers")
    if _UNSENDABLE.search(value):
        raise _invalid(f'Header "{shown(name, limit=60)}" holds a control character.', field="headers")
    return name.lower(), value.strip(" \t")


def _invalid(reason: str, *, field: str) -> GuestResponseInvalid:
    return GuestResponseInvalid(
        f"The extension answered what cannot be sent. {reason}", details={"field": field, "reason": reason}
    )
