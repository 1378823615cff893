"""Sessions of people with a browser: the cookie's secret, the token against forged requests, lifetimes."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from annex_gateway.domain.api_keys import Holder, RandomBytes
from annex_gateway.domain.errors import (
    CsrfTokenRefused,
    ForeignOrigin,
    SessionExpired,
    SessionRefused,
    SignInLinkRefused,
)
from annex_gateway.domain.grounds import Grounds
from annex_shared.permissions import Permission

SECURE_COOKIE: Final = "__Host-annex-session"
# Without the prefix, which demands Secure: for http on a loopback address.
PLAIN_COOKIE: Final = "annex-session"
LINK_PREFIX: Final = "annexlink_"
_SECRET_BYTES: Final = 32
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_SEEN_IS_NOTED_EVERY: Final = timedelta(minutes=1)


def new_secret(random_bytes: RandomBytes) -> str:
    return base64.urlsafe_b64encode(random_bytes(_SECRET_BYTES)).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class SessionSecret:
    """What the cookie holds. Neither it nor the token derived from it is kept anywhere."""

    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "SessionSecret":
        if _SECRET.fullmatch(text) is None:
            raise SessionRefused("The session is not known here. Sign in again.")
        return cls(text)

    def hashed(self, pepper: bytes) -> bytes:
        return hmac.digest(pepper, b"session\0" + self.text.encode(), hashlib.sha256)

    def csrf_token(self, pepper: bytes) -> str:
        """Derive what only a page of our own can send: it reads it from an answer that others cannot read."""
        digest = hmac.digest(pepper, b"csrf\0" + self.text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def link_hash(text: str, pepper: bytes) -> bytes:
    """Hash a sign-in link's token. Raises SignInLinkRefused for what cannot be one."""
    secret = text.removeprefix(LINK_PREFIX)
    if secret == text or _SECRET.fullmatch(secret) is None:
        raise link_refused()
    return hmac.digest(pepper, b"link\0" + secret.encode(), hashlib.sha256)


def link_refused() -> SignInLinkRefused:
    """Make one refusal for all: which of the three it is helps nobody but a thief."""
    return SignInLinkRefused("The sign-in link is unknown, used or too old. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser says about the page a request comes from, and what only our own page can add."""

    method: str = "GET"
    host: str = ""
    origins: tuple[str, ...] = ()
    fetch_sites: tuple[str, ...] = ()
    csrf_tokens: tuple[str, ...] = ()

    def require_own_page(self, *, is_plain: bool) -> None:
        """Refuse a request that says it comes from elsewhere. Raises ForeignOrigin."""
        schemes = ("https", "http") if is_plain else ("https",)
        own = {f"{scheme}://{self.host.lower()}" for scheme in schemes}
        is_foreign = any(origin.lower() not in own for origin in self.origins)
        if is_foreign or any(site.lower() not in _OWN_SITES for site in self.fetch_sites):
            raise ForeignOrigin("A page of another origin sent this request with your session.")

    def require_intended(self, secret: SessionSecret, *, pepper: bytes, is_plain: bool) -> None:
        """Insist that a request with a session's cookie was meant by whoever holds it.

        Every such request comes from our own page or from none; one that may change something says so by
        Origin or Sec-Fetch-Site and carries the session's token. Raises ForeignOrigin, CsrfTokenRefused.
        """
        self.require_own_page(is_plain=is_plain)
        if self.method in _SAFE_METHODS:
            return
        if not self.origins and "same-origin" not in self.fetch_sites:
            raise ForeignOrigin("A request that changes something with a session must name its Origin.")
        expected = secret.csrf_token(pepper)
        sent = self.csrf_tokens[0] if len(self.csrf_tokens) == 1 else ""
        if not hmac.compare_digest(sent.encode(), expected.encode()):
            raise CsrfTokenRefused(
                "A request that changes something with a session carries the session's csrf_token in the "
                "header x-csrf-token. Read it from GET /api/v1/sessions/current."
            )


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """How long a session lasts without use, and at all; how long a sign-in link waits."""

    idle: timedelta = timedelta(hours=1)
    absolute: timedelta = timedelta(hours=12)
    link: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept, with what its principal is worth right now."""

    session_hash: bytes = field(repr=False)
    grounds: Grounds
    holder: Holder
    own_roles: Mapping[str, frozenset[Permission]]
    created_at: datetime
    last_seen: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    # Of the session's API key; None where it has none, or the key is not valid any more.
    key_permissions: frozenset[Permission] | None = None
    key_expires_at: datetime | None = None

    def require_valid(self, now: datetime, *, idle: timedelta) -> None:
        if self.ended_at is not None:
            raise SessionRefused("The session was ended. Sign in again.")
        if now >= self.expires_at or now >= self.last_seen + idle:
            raise SessionExpired("The session is over. Sign in again.")
        is_key_over = self.key_expires_at is not None and self.key_expires_at <= now
        if self.grounds.key_id is not None and (self.key_permissions is None or is_key_over):
            raise SessionExpired("The API key that the session was made with is not valid any more.")

    def is_seen_worth_noting(self, now: datetime) -> bool:
        return now - self.last_seen >= _SEEN_IS_NOTED_EVERY
