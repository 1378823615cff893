"""Trusted publishing: which words of which issuer let somebody publish, and the tokens given for them."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from annex_registry.domain.errors import InvalidTrustedPublisher, PublishTokenRefused
from annex_shared.contracts.trusted_publishing import PUBLISH_TOKEN_PREFIX
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug

# Gives ``count`` unpredictable bytes; ``secrets.token_bytes`` outside tests.
RandomBytes = Callable[[int], bytes]

GITHUB: Final = "https://token.actions.githubusercontent.com"
_SECRET_BYTES = 32
_FORM = re.compile(rf"{PUBLISH_TOKEN_PREFIX}([0-9a-f]{{32}})_([A-Za-z0-9_-]{{43}})")
_MAX_RECORDED = 512
# What a reader wants to know of a build, as GitHub, GitLab and others call it; kept beside what was matched.
_TELLING = (
    "environment",
    "event_name",
    "job_workflow_ref",
    "job_workflow_sha",
    "namespace_path",
    "pipeline_id",
    "project_path",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "run_attempt",
    "run_id",
    "runner_environment",
    "sha",
    "workflow_ref",
)


@dataclass(frozen=True, slots=True)
class TrustedPublisher:
    """An identity at an issuer that may publish; ``name`` None is every extension of the publisher."""

    id: UUID
    publisher: PublisherSlug
    name: ExtensionName | None
    issuer: str
    audience: str
    claims: Mapping[str, str]
    created_at: datetime

    @property
    def principal(self) -> str:
        """Whose uploads, outcomes and rates these are; it outlives every single token."""
        return f"trusted-publisher:{self.id}"

    def differing(self, claims: Mapping[str, object]) -> list[str]:
        """Name the claims that are absent or have another text; none means that the token fits."""
        return sorted(name for name, text in self.claims.items() if claims.get(name) != text)


@dataclass(frozen=True, slots=True)
class VerifiedIdToken:
    """What an issuer signed, after its signature, its times and its form were judged."""

    issuer: str
    subject: str
    audiences: tuple[str, ...]
    jti: str
    expires_at: datetime
    claims: Mapping[str, object]

    def evidence(self, matched: Mapping[str, str]) -> dict[str, str]:
        """Return the claims that stay on record: what was matched, and what tells of the build."""
        names = sorted({*matched, *_TELLING})
        found = {name: self.claims.get(name) for name in names}
        return {name: text[:_MAX_RECORDED] for name, text in found.items() if isinstance(text, str) and text}


@dataclass(frozen=True, slots=True)
class TrustedActor:
    """Who published by the word of an issuer: stays with the version for ever."""

    trusted_publisher_id: UUID
    issuer: str
    subject: str
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PublishGrant:
    """What a publish token stands for: one extension, for a few minutes."""

    token_id: UUID
    secret_hash: bytes = field(repr=False)
    extension: ExtensionRef
    actor: TrustedActor
    created_at: datetime
    expires_at: datetime

    @property
    def principal(self) -> str:
        return f"trusted-publisher:{self.actor.trusted_publisher_id}"


@dataclass(frozen=True, slots=True)
class PublishTokenText:
    """A token as its holder has it; the secret never enters a log, a repr or the database."""

    token_id: UUID
    secret: str = field(repr=False)

    @classmethod
    def mint(cls, token_id: UUID, random_bytes: RandomBytes) -> "PublishTokenText":
        text = base64.urlsafe_b64encode(random_bytes(_SECRET_BYTES)).decode("ascii").rstrip("=")
        return cls(token_id, text)

    @classmethod
    def parse(cls, text: str) -> "PublishTokenText":
        """Raise PublishTokenRefused for anything that ``reveal`` does not write."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise publish_token_refused()
        return cls(UUID(match[1]), match[2])

    def reveal(self) -> str:
        """Write the token out, for its holder only."""
        return f"{PUBLISH_TOKEN_PREFIX}{self.token_id.hex}_{self.secret}"

    def secret_hash(self) -> bytes:
        """Hash what is kept; a 256-bit random secret needs no slow hash."""
        return hashlib.sha256(self.secret.encode()).digest()

    def opens(self, grant: PublishGrant) -> bool:
        return hmac.compare_digest(self.secret_hash(), grant.secret_hash)


@dataclass(frozen=True, slots=True)
class TrustedOnlyFact:
    """Something an owner said about who may publish an extension; the newest counts."""

    is_trusted_only: bool
    reason: str
    actor: str
    recorded_at: datetime


def publish_token_refused() -> PublishTokenRefused:
    return PublishTokenRefused(
        "The publish token is not known here, or its trusted publisher was removed. Exchange an id token for "
        "a new one."
    )


def refuse_loose_claims(issuer: str, claims: Mapping[str, str]) -> None:
    """Raise InvalidTrustedPublisher where strangers of the issuer, or later owners of a name, would fit."""
    if not claims:
        raise InvalidTrustedPublisher(
            "Without a claim to match, everybody at the issuer could publish. Name at least one claim.",
            details={"field": "claims"},
        )
    is_pinned = "repository_id" in claims or {"repository", "repository_owner_id"} <= claims.keys()
    if issuer == GITHUB and not is_pinned:
        raise InvalidTrustedPublisher(
            "For GitHub, match repository and repository_owner_id, or repository_id: names alone can be "
            "registered again by somebody else.",
            details={"field": "claims", "expected": ["repository", "repository_owner_id"]},
        )
