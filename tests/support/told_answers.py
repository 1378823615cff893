"""What to tell the guest `answers_as_told`, so that it answers this, whatever HTTP thinks of it."""

import struct

_HEADERS_AT = 24
# The guest copies it below the addresses where the request stands.
_MOST_BYTES = 4000


def told_answer(
    status: int, headers: tuple[tuple[bytes, bytes], ...] = (), body: bytes | None = None
) -> bytes:
    """Lay out a response as the canonical ABI has it; pointers count from its beginning."""
    texts = [*(text for pair in headers for text in pair), body or b""]
    places, written = [], _HEADERS_AT + 16 * len(headers)
    for text in texts:
        places.append((written, len(text)))
        written += len(text)
    has_body = 0 if body is None else 1
    response = struct.pack("<IIIIII", status, _HEADERS_AT, len(headers), has_body, *places[-1])
    table = b"".join(struct.pack("<II", *place) for place in places[:-1])
    told = response + table + b"".join(texts)
    assert len(told) <= _MOST_BYTES, "more than the guest has room for"
    return told
