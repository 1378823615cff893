"""Numbers and bytes in texts: one spelling each, so that equal facts are equal bytes."""

import base64
import binascii
import re
from typing import Final

HASH_SIZE: Final = 32
MAX_NUMBER: Final = (1 << 63) - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class NotCanonical(ValueError):
    """A value is not in its one spelling; the text says which spelling is meant."""


def read_decimal(text: str) -> int:
    """Read ASCII digits without leading zeros, at most 2^63 - 1."""
    if _DECIMAL.fullmatch(text) is None or (number := int(text)) > MAX_NUMBER:
        raise NotCanonical("a number is not decimal digits without leading zeros, below 2^63")
    return number


def write_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def read_base64(text: str) -> bytes:
    """Read padded standard base64; bits that decoding would ignore must be zero."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotCanonical("a value is not standard base64") from None
    if write_base64(data) != text:
        raise NotCanonical("a base64 value is not in its one spelling")
    return data


def read_hash(text: str) -> bytes:
    data = read_base64(text)
    if len(data) != HASH_SIZE:
        raise NotCanonical("a hash is not base64 of 32 bytes")
    return data
