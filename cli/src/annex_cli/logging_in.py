"""Check a key with the platform, and say who it is; for `annex login` and `annex whoami`."""

from dataclasses import dataclass
from http import HTTPStatus

from annex_cli.errors import LoginRefused, PlatformRefused
from annex_cli.identity import Me
from annex_cli.platform_client import PlatformClient

# What an API key answers to without permissions of its own: then it is known, and lacks this one.
_KNOWN_BUT_REFUSED = frozenset({"PERMISSION_DENIED", "EXTENSIONS_DISABLED", "TENANT_REQUIRED"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a key is; ``me`` is None on a platform that cannot say."""

    me: Me | None
    can_read: bool

    @property
    def sentence(self) -> str:
        """Write `rosa · tenant <id>`, or what is known."""
        if self.me is None:
            return "an accepted key; this platform does not say whose"
        return f"{self.me.name or self.me.principal_id} · tenant {self.me.tenant_id}"


async def identity_of(client: PlatformClient) -> Identity:
    """Ask who the client's key is. Raises PlatformRefused for a key that is not accepted."""
    me = await client.me()
    if me is not None:
        return Identity(me, can_read=True)
    try:
        await client.installs()
    except PlatformRefused as refused:
        if refused.code not in _KNOWN_BUT_REFUSED:
            raise
        return Identity(None, can_read=False)
    return Identity(None, can_read=True)


async def checked_identity(client: PlatformClient) -> Identity:
    """Ask who a key is that is about to be kept. Raises LoginRefused."""
    try:
        return await identity_of(client)
    except PlatformRefused as refused:
        if refused.document.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise
        raise LoginRefused(
            f"{client.gateway_url} does not accept this key: {refused.message} Nothing was kept.",
            details={"code": refused.code, "gateway_url": client.gateway_url},
            hint="Make a key in the console or with POST /api/v1/api-keys, and run annex login again.",
        ) from None
