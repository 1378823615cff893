"""Version numbers: SemVer 2.0 strings, and the key that a number is spent by."""

from dataclasses import dataclass

import semver

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

_MAX_LENGTH = 128


class InvalidVersionNumber(AnnexError):
    """A version is not SemVer 2.0 (no leading ``v``, no wildcard, no leading zero)."""


@dataclass(frozen=True, slots=True)
class VersionNumber:
    """A version as its publisher wrote it; a number is spent by its ``key``, which drops ``+build``."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "VersionNumber":
        """Raise InvalidVersionNumber unless ``text`` is SemVer 2.0 of at most 128 characters."""
        if len(text) > _MAX_LENGTH or not semver.Version.is_valid(text):
            raise InvalidVersionNumber(
                f'Version "{shown(text, limit=80)}" is not a SemVer 2.0 number such as 1.4.0 '
                '(no leading "v", no wildcard, no leading zeros).',
                details={"field": "version"},
            )
        return cls(text)

    @property
    def key(self) -> str:
        return self.text.partition("+")[0]

    def next_patch(self) -> "VersionNumber":
        """Suggest the smallest number a publisher would choose next."""
        return VersionNumber(str(semver.Version.parse(self.text).finalize_version().bump_patch()))

    def __str__(self) -> str:
        return self.text
