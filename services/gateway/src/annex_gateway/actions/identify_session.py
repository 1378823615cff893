"""Find out who a session's cookie speaks for, and that its holder meant the request."""

from dataclasses import dataclass, field
from datetime import timedelta

from annex_gateway.actions.remembered import Remembered
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.errors import SessionRefused
from annex_gateway.domain.identities import identity_of_session
from annex_gateway.domain.identity_ports import SessionLookup
from annex_gateway.domain.sessions import Browser, Session, SessionSecret, SessionTimes
from annex_shared.clock import Clock


@dataclass(frozen=True, slots=True)
class SessionReader:
    """Turns cookies into identities; ``keep`` bounds how long a change goes unnoticed in this process."""

    lookup: SessionLookup
    pepper: bytes = field(repr=False)
    clock: Clock
    times: SessionTimes
    keep: timedelta
    is_plain: bool = False
    _known: Remembered[bytes, Session] = field(default_factory=Remembered)

    async def identify(self, text: str, browser: Browser) -> Identity:
        """Say who calls. Raises Session…, ForeignOrigin, CsrfTokenRefused, AuthenticationUnavailable."""
        secret = SessionSecret.parse(text)
        browser.require_intended(secret, pepper=self.pepper, is_plain=self.is_plain)
        return await self.identify_hash(secret.hashed(self.pepper))

    async def identify_hash(self, session_hash: bytes) -> Identity:
        """Say whom a session speaks for, for what was made on its word.

        Raises Session…, AuthenticationUnavailable.
        """
        now = self.clock.now()
        session = self._known.get(session_hash, now=now)
        if session is None:
            session = await self._read(session_hash)
        session.require_valid(now, idle=self.times.idle)
        return identity_of_session(session, key_id=f"session:{session_hash.hex()[:16]}")

    def forget(self, session_hash: bytes) -> None:
        """Ask the database at the next request: the session was ended here."""
        self._known.forget(session_hash)

    async def _read(self, session_hash: bytes) -> Session:
        now = self.clock.now()
        session = await self.lookup.find_session(session_hash)
        if session is None:
            raise SessionRefused("The session is not known here. Sign in again.")
        session.require_valid(now, idle=self.times.idle)
        if session.is_seen_worth_noting(now):
            await self.lookup.note_seen(session_hash, at=now)
        self._known.put(session_hash, session, until=now + self.keep)
        return session
