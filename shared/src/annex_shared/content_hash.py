"""The content hash: SHA-256 of a bundle's archive bytes, written ``sha256:<64 lower-case hex>``."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

_TEXT = re.compile(r"sha256:([0-9a-f]{64})")
_DIGEST_SIZE = 32


class InvalidContentHash(AnnexError):
    """A content hash is not ``sha256:`` and 64 lower-case hex digits."""


@dataclass(frozen=True, slots=True)
class ContentHash:
    """The digest of an archive; equal hashes mean equal bytes."""

    digest: bytes

    def __post_init__(self) -> None:
        if len(self.digest) != _DIGEST_SIZE:
            raise InvalidContentHash("A content hash is 32 bytes of SHA-256.")

    @classmethod
    def parse(cls, text: str) -> "ContentHash":
        """Parse the one accepted spelling; raise InvalidContentHash for any other."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidContentHash(
                f'A content hash is written sha256:<64 lower-case hex digits>; got "{shown(text, limit=80)}".'
            )
        return cls(bytes.fromhex(match[1]))

    @classmethod
    def of(cls, data: bytes) -> "ContentHash":
        return cls(hashlib.sha256(data).digest())

    @property
    def hex(self) -> str:
        return self.digest.hex()

    @property
    def short(self) -> str:
        """The form people read in tables: the first 12 digits and an ellipsis."""
        return f"sha256:{self.hex[:12]}…"

    def __str__(self) -> str:
        return f"sha256:{self.hex}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        def parse(value: "str | ContentHash") -> "ContentHash":
            if isinstance(value, ContentHash):
                return value
            try:
                return cls.parse(value)
            except InvalidContentHash as error:
                raise ValueError(error.message) from None

        text = core_schema.str_schema(pattern=rf"^{_TEXT.pattern}$")
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(parse, text),
            python_schema=core_schema.no_info_plain_validator_function(parse),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


class ContentHasher:
    """Hash an archive while it streams past, counting its bytes."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.size_bytes = 0

    def update(self, chunk: bytes) -> None:
        self._sha256.update(chunk)
        self.size_bytes += len(chunk)

    def content_hash(self) -> ContentHash:
        return ContentHash(self._sha256.digest())
