"""Keys of the issuers whose tokens may publish."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import ClientSession

from annex_registry.domain.errors import IssuerUnavailable
from annex_shared.http.issuer_keys import IssuerAddress, IssuerKeys, KeyTimes
from annex_shared.issued_tokens import IssuerAway, IssuerKey

_TIMES: Final = KeyTimes(stale=6 * 3600.0, cool_down=10.0, missing_kept=10.0)


class HttpIdTokenIssuers:
    """Meets ``IdTokenIssuers``. Only configured addresses are asked, never one that a token names."""

    def __init__(
        self,
        session: ClientSession,
        issuers: Iterable[str],
        *,
        audience: str,
        key_hosts: Iterable[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        hosts = frozenset(key_hosts)
        addresses = [IssuerAddress(issuer, key_hosts=hosts) for issuer in issuers]
        self._keys = IssuerKeys(session, addresses, times=_TIMES, monotonic=monotonic)
        self.audience = audience

    @property
    def allowed(self) -> frozenset[str]:
        return self._keys.issuers

    async def key(self, issuer: str, key_id: str | None) -> IssuerKey | None:
        """Return the key, or None when the issuer has no such key. Raises IssuerUnavailable."""
        try:
            return await self._keys.key(issuer, key_id)
        except IssuerAway:
            raise IssuerUnavailable(
                f"The issuer {issuer} does not tell its keys at the moment, so nothing was exchanged. "
                "Send the same request again.",
                details={"issuer": issuer},
                retry_after_seconds=int(_TIMES.cool_down),
            ) from None

    async def close(self) -> None:
        await self._keys.close()
