"""Find out who calls, by API key, token or session; what was found is remembered for a few seconds."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from annex_gateway.actions.identify_session import SessionReader
from annex_gateway.actions.identify_token import TokenReader
from annex_gateway.actions.identify_ui_token import UiTokenReader
from annex_gateway.domain.api_keys import ApiKey, ApiKeyText, CredentialKind, Identity
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import (
    ApiKeyRefused,
    SessionRefused,
    TokenIssuerUnknown,
    UiTokenMisplaced,
    UiTokenRefused,
)
from annex_gateway.domain.ports import ApiKeys
from annex_shared.clock import Clock

_MAX_REMEMBERED = 10_000


@dataclass(slots=True)
class VerifiedKeys:
    """Keys whose secret was right a moment ago, by secret hash.

    A revoked key is accepted for at most ``keep`` after its revocation; that is the price of a call without
    a database round trip.
    """

    keep: timedelta
    _keys: OrderedDict[bytes, tuple[datetime, ApiKey]] = field(default_factory=OrderedDict)

    def get(self, secret_hash: bytes, *, now: datetime) -> ApiKey | None:
        until, key = self._keys.get(secret_hash, (now, None))
        return key if now < until else None

    def put(self, secret_hash: bytes, key: ApiKey, *, now: datetime) -> None:
        self._keys[secret_hash] = (now + self.keep, key)
        self._keys.move_to_end(secret_hash)
        while len(self._keys) > _MAX_REMEMBERED:
            self._keys.popitem(last=False)

    def __len__(self) -> int:
        return len(self._keys)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """The only way to obtain an Identity."""

    keys: ApiKeys
    pepper: bytes = field(repr=False)
    clock: Clock
    verified: VerifiedKeys
    # Without them nobody gets in by token or session.
    tokens: TokenReader | None = None
    sessions: SessionReader | None = None
    ui_tokens: UiTokenReader | None = None

    async def identify(self, credentials: Credentials, *, takes_ui_tokens: bool = False) -> Identity:
        """Say who calls. Only calls of extensions take UI tokens, and hold them against the install.

        Raises Unauthenticated, MixedCredentials, ApiKey…, Token…, Session…, UiToken…, Principal…, or
        AuthenticationUnavailable.
        """
        presented = credentials.presented()
        if presented.kind is CredentialKind.UI_TOKEN and not takes_ui_tokens:
            raise UiTokenMisplaced("A UI token opens the API of its own extension and nothing else.")
        match presented.kind:
            case CredentialKind.UI_TOKEN if self.ui_tokens is not None:
                return await self.ui_tokens.identify(presented.text)
            case CredentialKind.UI_TOKEN:
                raise UiTokenRefused("This gateway takes no UI tokens.")
            case CredentialKind.API_KEY:
                return await self._identify_key(presented.text)
            case CredentialKind.TOKEN if self.tokens is not None:
                return await self.tokens.identify(presented.text)
            case CredentialKind.SESSION if self.sessions is not None:
                return await self.sessions.identify(presented.text, credentials.browser)
            case CredentialKind.TOKEN:
                raise TokenIssuerUnknown("This gateway takes API keys; no issuer of tokens is configured.")
        raise SessionRefused("This gateway keeps no sessions.")

    async def _identify_key(self, text: str) -> Identity:
        presented = ApiKeyText.parse(text)
        secret_hash = presented.secret_hash(self.pepper)
        now = self.clock.now()
        key = self.verified.get(secret_hash, now=now)
        if key is None or key.key_id != presented.key_id:
            key = await self._verify(presented, secret_hash, now=now)
        key.require_secret(secret_hash, now)
        key.require_valid(now)
        return key.identity()

    async def _verify(self, presented: ApiKeyText, secret_hash: bytes, *, now: datetime) -> ApiKey:
        key = await self.keys.find_key(presented.key_id)
        if key is None:
            raise ApiKeyRefused("The API key is not known here. Check which deployment it was made for.")
        key.require_secret(secret_hash, now)
        if key.is_use_worth_noting(now):
            await self.keys.note_use(key.key_id, at=now)
        self.verified.put(secret_hash, key, now=now)
        return key
