"""Find out who a UI token speaks for: whoever its session or key speaks for at this moment."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from annex_gateway.actions.identify_session import SessionReader
from annex_gateway.actions.remembered import Remembered
from annex_gateway.domain.api_keys import ApiKey, CredentialKind, Identity
from annex_gateway.domain.errors import ApiKeyRefused, UiTokenRefused
from annex_gateway.domain.ports import ApiKeys
from annex_gateway.domain.ui_tokens import Ground, UiToken
from annex_shared.clock import Clock


@dataclass(frozen=True, slots=True)
class UiTokenReader:
    """Turns UI tokens into identities; ``keep`` bounds how long a revoked key goes unnoticed here."""

    keys: ApiKeys
    sessions: SessionReader
    pepper: bytes = field(repr=False)
    clock: Clock
    keep: timedelta
    _known: Remembered[str, ApiKey] = field(default_factory=Remembered)

    async def identify(self, text: str) -> Identity:
        """Say who calls. Raises UiToken…, Session…, ApiKey…, Principal…, AuthenticationUnavailable."""
        token = UiToken.opened(text, self.pepper, now=self.clock.now())
        identity = await self._of_ground(token)
        if (identity.tenant_id, identity.principal_id) != (token.tenant_id, token.principal_id):
            raise UiTokenRefused("The UI token does not speak for whoever it was made for. Reload the page.")
        return replace(
            identity,
            credential=CredentialKind.UI_TOKEN,
            key_id=f"ui:{identity.key_id}",
            expires_at=token.expires_at,
            # What is confined makes no further credential.
            grounds=None,
            confined_to=token.bounds,
        )

    async def _of_ground(self, token: UiToken) -> Identity:
        match token.ground:
            case Ground.SESSION:
                return await self.sessions.identify_hash(token.ground_id)
            case Ground.API_KEY:
                return await self._of_key(token.ground_id.decode("ascii"))

    async def _of_key(self, key_id: str) -> Identity:
        now = self.clock.now()
        key = self._known.get(key_id, now=now)
        if key is None:
            key = await self.keys.find_key(key_id)
            if key is None:
                raise ApiKeyRefused("The API key that the UI token was made with is not known here.")
            self._known.put(key_id, key, until=now + self.keep)
        key.require_valid(now)
        return key.identity()
