"""Find the one credential of a request among the headers that may carry it."""

from dataclasses import dataclass, field

from annex_gateway.domain.api_keys import CredentialKind
from annex_gateway.domain.errors import MixedCredentials, Unauthenticated
from annex_gateway.domain.sessions import Browser
from annex_gateway.domain.ui_tokens import UI_TOKEN_PREFIX
from annex_shared.contracts.trusted_publishing import PUBLISH_TOKEN_PREFIX

_BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Presented:
    """The one credential of a request."""

    kind: CredentialKind
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request presented: values of ``x-api-key``, of ``Authorization``, and of the session's cookie.

    ``browser`` is what a browser says beside a cookie.
    """

    api_keys: tuple[str, ...] = ()
    authorizations: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    browser: Browser = field(default_factory=Browser)

    def presented(self) -> Presented:
        """Return the credential; two different ones are refused, because headers merge badly in proxies.

        A token is recognised by its dots or its first word, and only where tokens belong: in
        ``Authorization``.
        """
        bearers = {token for value in self.authorizations if (token := _bearer_token(value))}
        tokens = {token for token in bearers if "." in token}
        ui_tokens = {token for token in bearers - tokens if token.startswith(UI_TOKEN_PREFIX)}
        keys = {key.strip() for key in self.api_keys if key.strip()} | (bearers - tokens - ui_tokens)
        found = [
            *(Presented(CredentialKind.API_KEY, key) for key in keys),
            *(Presented(CredentialKind.TOKEN, token) for token in tokens),
            *(Presented(CredentialKind.UI_TOKEN, token) for token in ui_tokens),
            *(Presented(CredentialKind.SESSION, session) for session in dict.fromkeys(self.sessions)),
        ]
        if not found:
            raise Unauthenticated(
                "This address needs a credential. Send an API key as x-api-key or as Authorization: Bearer, "
                "a token of your sign-in as the latter, or sign in with a browser."
            )
        if len(found) > 1:
            raise MixedCredentials(
                "The request carries two different credentials (API keys, tokens, sessions). Send one."
            )
        return found[0]

    def publish_token(self) -> str | None:
        """Return the credential if it is a publish token; the registry, which made it, checks it.

        Raise Unauthenticated or MixedCredentials.
        """
        presented = self.presented()
        is_token = presented.kind is CredentialKind.API_KEY and presented.text.startswith(
            PUBLISH_TOKEN_PREFIX
        )
        return presented.text if is_token else None

    def __repr__(self) -> str:
        return "Credentials(…)"


def _bearer_token(value: str) -> str:
    scheme, _, token = value.strip().partition(" ")
    return token.strip() if scheme.lower() == _BEARER else ""
