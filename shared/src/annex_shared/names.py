"""Publisher slugs and extension names: one canonical spelling each, and ``publisher/name``."""

import re
from dataclasses import dataclass

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?")


class InvalidPublisherName(AnnexError):
    """A publisher name has no canonical slug."""


class InvalidExtensionName(AnnexError):
    """An extension name uses letters outside ``[a-z0-9._-]`` once lower-cased."""


@dataclass(frozen=True, slots=True, order=True)
class PublisherSlug:
    """The canonical form publishers are matched by; it holds no dot and no slash."""

    text: str

    @classmethod
    def of(cls, name: str) -> "PublisherSlug":
        """Canonicalise a display name: ``Your Org`` is ``your-org``. Raise InvalidPublisherName."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.strip().lower()).strip("-")
        if not name.isascii() or _SLUG.fullmatch(slug) is None:
            raise InvalidPublisherName(
                f'Publisher "{shown(name, limit=80)}" cannot be written as a slug of a-z, 0-9 and "-" '
                "with at most 64 characters.",
                details={"field": "publisher"},
            )
        return cls(slug)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, order=True)
class ExtensionName:
    """A manifest name, lower-cased; unique within its publisher with ``.`` and ``_`` equal to ``-``."""

    text: str

    @classmethod
    def parse(cls, name: str) -> "ExtensionName":
        lowered = name.lower()
        # U+212A KELVIN SIGN lower-cases to an ASCII "k": judge the letters as they were written.
        if not name.isascii() or _NAME.fullmatch(lowered) is None:
            raise InvalidExtensionName(
                f'Name "{shown(name, limit=80)}" is not allowed: use a-z, 0-9, ".", "_" and "-", at most 128 '
                "characters, beginning and ending with a letter or digit.",
                details={"field": "name"},
            )
        return cls(lowered)

    @property
    def key(self) -> str:
        """The spelling uniqueness is judged by."""
        return self.text.translate(str.maketrans("._", "--"))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, order=True)
class ExtensionRef:
    """An extension as people write it: ``publisher/name``."""

    publisher: PublisherSlug
    name: ExtensionName

    @classmethod
    def parse(cls, text: str) -> "ExtensionRef":
        """Parse ``publisher/name`` or the one-segment URL form ``publisher.name``, split at the first dot."""
        separator = "/" if "/" in text else "."
        publisher, found, name = text.partition(separator)
        if not found:
            raise InvalidExtensionName(
                f'"{shown(text, limit=80)}" does not name an extension: write publisher/name.',
                details={"field": "extension"},
            )
        return cls(PublisherSlug.of(publisher), ExtensionName.parse(name))

    @property
    def segment(self) -> str:
        """The form used as one URL segment; slugs hold no dot, so the first dot is the border."""
        return f"{self.publisher}.{self.name}"

    def __str__(self) -> str:
        return f"{self.publisher}/{self.name}"
