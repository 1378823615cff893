"""Find out who a token (JWT) speaks for: verified once, its principal looked up every few seconds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from annex_gateway.actions.remembered import Remembered
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.bearer_tokens import LEEWAY, TokenIssuer, TokenSubject, read_token
from annex_gateway.domain.errors import (
    PrincipalLimitReached,
    TokenIssuerUnavailable,
    TokenIssuerUnknown,
    TokenKeyUnknown,
    TokenTenantRefused,
)
from annex_gateway.domain.identities import Holding, identity_of_token
from annex_gateway.domain.identity_ports import KeySource, Subjects
from annex_shared.clock import Clock
from annex_shared.display_text import shown
from annex_shared.issued_tokens import IssuerAway

_RETRY_AFTER_SECONDS = 30

log = structlog.get_logger()

# Whom a subject's roles here depend on: another token of the same person may name other roles.
_Known = tuple[str, str, str, frozenset[str], str]


@dataclass(frozen=True, slots=True)
class TokenReader:
    """Turns tokens into identities; ``keep`` bounds how long a change here goes unnoticed."""

    issuers: Mapping[str, TokenIssuer]
    keys: KeySource
    subjects: Subjects
    clock: Clock
    keep: timedelta
    _verified: Remembered[bytes, TokenSubject] = field(default_factory=Remembered)
    _known: Remembered[_Known, Holding | PrincipalLimitReached | TokenTenantRefused] = field(
        default_factory=Remembered
    )

    async def identify(self, text: str) -> Identity:
        """Say who calls. Raises Token…, Principal…, AuthenticationUnavailable."""
        token_hash = hashlib.sha256(text.encode()).digest()
        subject = self._verified.get(token_hash, now=self.clock.now())
        if subject is None:
            subject = await self._verify(text)
            self._verified.put(token_hash, subject, until=subject.expires_at + LEEWAY)
        holding = await self._holding(subject)
        return identity_of_token(subject, holding, key_id=f"token:{token_hash.hex()[:16]}")

    async def _verify(self, text: str) -> TokenSubject:
        token = read_token(text)
        issuer = self.issuers.get(token.issuer)
        if issuer is None:
            raise TokenIssuerUnknown(
                f'Tokens of the issuer "{shown(token.issuer, limit=120)}" are not taken here.',
                details={"issuer": shown(token.issuer, limit=200)},
            )
        try:
            key = await self.keys.key(token.issuer, token.key_id)
        except IssuerAway:
            raise TokenIssuerUnavailable(
                f"The issuer {token.issuer} does not tell its keys right now, so its tokens cannot be "
                "checked. Try again.",
                details={"issuer": token.issuer},
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            ) from None
        if key is None:
            raise TokenKeyUnknown(
                f'The issuer {token.issuer} publishes no key "{shown(token.key_id or "", limit=80)}". '
                "Ask it for a new token.",
                details={"issuer": token.issuer, "key_id": shown(token.key_id or "", limit=200)},
            )
        return issuer.subject(token, key, now=self.clock.now())

    async def _holding(self, subject: TokenSubject) -> Holding:
        now = self.clock.now()
        kind = "" if subject.kind is None else subject.kind.value
        name = (subject.issuer, subject.subject, str(subject.tenant_id), subject.roles, kind)
        known = self._known.get(name, now=now)
        if known is None:
            known = await self._ask(subject)
            self._known.put(name, known, until=now + self.keep)
        if isinstance(known, Holding):
            return known
        # One object for many callers: without this its traceback would grow with each of them.
        raise known.with_traceback(None)

    async def _ask(self, subject: TokenSubject) -> Holding | PrincipalLimitReached | TokenTenantRefused:
        try:
            return await self.subjects.holding(subject, at=self.clock.now())
        except (PrincipalLimitReached, TokenTenantRefused) as refusal:
            log.warning("token_principal_refused", issuer=subject.issuer, reason=type(refusal).__name__)
            return refusal
