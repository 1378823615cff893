"""The identity of a build: the id token its CI gives it, made for one audience."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import ClientSession, ClientTimeout, hdrs
from pydantic import BaseModel, ConfigDict, ValidationError
from yarl import URL

from annex_cli.errors import CiIdentityUnavailable

ID_TOKEN = "ANNEX_ID_TOKEN"  # noqa: S105 - the name of a variable, not its value
_REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - the name of a variable, not its value
_TIMEOUT = ClientTimeout(total=10)
_MAX_BYTES = 64 * 1024
_OK = 200
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Given(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    value: str


@dataclass(frozen=True, slots=True)
class CiIdentity:
    """Where the build's id tokens come from; ``source`` is said to people, the tokens never are."""

    environment: Mapping[str, str]

    @property
    def is_there(self) -> bool:
        given = self.environment
        return bool(given.get(ID_TOKEN) or (given.get(_REQUEST_URL) and given.get(_REQUEST_TOKEN)))

    @property
    def source(self) -> str:
        return (
            f"the id token in {ID_TOKEN}" if self.environment.get(ID_TOKEN) else "the identity of this build"
        )

    async def id_token(self, audience: str, session: ClientSession) -> str:
        """Return a token for the audience; a new one each time where the CI makes them on request."""
        if not self.is_there:
            raise CiIdentityUnavailable(
                "This is no build with an identity: there is no id token.",
                hint=f"On GitHub add `permissions: id-token: write` to the job; elsewhere set {ID_TOKEN}.",
            )
        given = self.environment.get(ID_TOKEN)
        return given.strip() if given else await self._requested(audience, session)

    async def _requested(self, audience: str, session: ClientSession) -> str:
        address = URL(self.environment[_REQUEST_URL])
        if address.scheme != "https" and address.host not in _LOOPBACK:
            raise CiIdentityUnavailable(f"{_REQUEST_URL} is not an https:// address, so nothing was asked.")
        headers = {hdrs.AUTHORIZATION: f"Bearer {self.environment[_REQUEST_TOKEN]}"}
        try:
            async with session.get(
                address.update_query(audience=audience),
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as answer:
                content = await answer.content.read(_MAX_BYTES)
                if answer.status == _OK:
                    return _Given.model_validate_json(content).value
                reason = f"it answered {answer.status}"
        except ValidationError:
            reason = "its answer holds no token"
        except (TimeoutError, aiohttp.ClientError, OSError):
            reason = "it did not answer"
        raise CiIdentityUnavailable(
            f"The CI gave no id token: {reason}. Nothing was published.", hint="Run the job again."
        )
