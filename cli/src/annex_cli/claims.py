"""What was verified, claim by claim, and what each claim leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue

from annex_cli.errors import VerificationFailed

_NAME_WIDTH = 12
_STATUS_WIDTH = 11


class Status(StrEnum):
    """``NONE``: there is nothing to verify. ``UNCHECKED``: there is, and it could not be."""

    OK = "ok"
    FAILED = "failed"
    NONE = "none"
    UNCHECKED = "unchecked"


_LIMITS: Mapping[str, str] = {
    "content": "not who made it, or that it is harmless",
    "published": "not that it is the newest version",
    "consistent": "not that others are shown the same log",
    "witnessed": "not that it is the newest tree",
    "signed by": "not who may use the key",
    "complete": "not what is published later",
    "envelope": "not who sent it",
    "payload": "not that it is true",
    "signature": "not who sent it",
    "genuine": "not that it still holds",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about ``subject``: ``text`` for people, ``facts`` for programs."""

    claim: str
    status: Status
    subject: str
    text: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)

    def line(self) -> str:
        """Say it in one line, with what it does not say."""
        limit = f" ({_LIMITS[self.claim]})" if self.status is Status.OK else ""
        return f"  {self.claim:<{_NAME_WIDTH}}{self.status:<{_STATUS_WIDTH}}{self.text}{limit}"

    def to_document(self) -> dict[str, JsonValue]:
        evidence = {"text": self.text, "does_not_say": _LIMITS[self.claim], **self.facts}
        return {
            "claim": self.claim,
            "status": self.status.value,
            "subject": self.subject,
            "evidence": evidence,
        }


def told(claims: Sequence[Claim]) -> str:
    """Write the claims under their subject."""
    return "\n".join([claims[0].subject, *(claim.line() for claim in claims)])


def documents(claims: Sequence[Claim]) -> list[JsonValue]:
    return [claim.to_document() for claim in claims]


def broken(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.status is Status.FAILED]


def failure_of(claims: Sequence[Claim]) -> VerificationFailed:
    failed = broken(claims)
    return VerificationFailed(
        f"{failed[0].subject}: the claim {failed[0].claim} is broken: {failed[0].text}",
        details={"claims": [claim.claim for claim in failed]},
        hint="Do not use it. Tell the platform's operator what is printed here.",
    )
