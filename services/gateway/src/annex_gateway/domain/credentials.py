"""Find the one credential of a request among the headers that may carry it."""

from dataclasses import dataclass

from annex_gateway.domain.errors import MixedCredentials, Unauthenticated
from annex_shared.contracts.trusted_publishing import PUBLISH_TOKEN_PREFIX

_BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request presented: values of ``x-api-key`` and of ``Authorization``."""

    api_keys: tuple[str, ...] = ()
    authorizations: tuple[str, ...] = ()

    def presented_key(self) -> str:
        """Return the key; two different ones are refused, because headers merge badly in proxies."""
        presented = {key.strip() for key in self.api_keys if key.strip()}
        presented.update(token for value in self.authorizations if (token := _bearer_token(value)))
        if not presented:
            raise Unauthenticated(
                "This address needs an API key. Send it as x-api-key or as Authorization: Bearer."
            )
        if len(presented) > 1:
            raise MixedCredentials("The request carries two different API keys. Send one.")
        return presented.pop()

    def publish_token(self) -> str | None:
        """Return the credential if it is a publish token; the registry, which made it, checks it.

        Raise Unauthenticated or MixedCredentials.
        """
        presented = self.presented_key()
        return presented if presented.startswith(PUBLISH_TOKEN_PREFIX) else None

    def __repr__(self) -> str:
        return "Credentials(…)"


def _bearer_token(value: str) -> str:
    scheme, _, token = value.strip().partition(" ")
    return token.strip() if scheme.lower() == _BEARER else ""
