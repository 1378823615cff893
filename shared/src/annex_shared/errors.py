"""The root of every named refusal: a fact, a sentence for a person, typed details."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class AnnexError(Exception):
    """A request cannot be done; the class says which fact stopped it.

    ``message`` is shown to people as it is: what happened to which object, then what to do. ``details``
    carries the facts a program needs, typed per class. ``hint`` is one command or action. An error is
    turned into HTTP in one place only, ``annex_shared.http.problems``.
    """

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, JsonValue] | None = None,
        hint: str | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, JsonValue] = dict(details or {})
        self.hint = hint
        self.retry_after_seconds = retry_after_seconds


def code_of(kind: type[AnnexError]) -> str:
    """Spell a class as its problem's code: GuestTrap, GUEST_TRAP. One fact, one name."""
    return _WORD.sub("_", kind.__name__).upper()
