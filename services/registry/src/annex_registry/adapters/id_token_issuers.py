"""Keys of the allowed issuers over HTTPS: found by discovery, bounded, remembered, asked for again rarely."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import jwt
import structlog
from aiohttp import ClientSession, ClientTimeout, hdrs
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from yarl import URL

from annex_registry.domain.errors import IssuerUnavailable

log = structlog.get_logger()

_DISCOVERY: Final = "/.well-known/openid-configuration"
_TIMEOUT = ClientTimeout(total=5)
_MAX_BYTES: Final = 256 * 1024
_MAX_KEYS: Final = 100
_MIN_RSA_BITS: Final = 2048
_FRESH_SECONDS: Final = 3600.0
# While an issuer is down its last keys count for so long; a key it withdrew counts for no longer either.
_STALE_SECONDS: Final = 6 * 3600.0
# A stranger who invents key ids makes us ask no more often than this.
_ASKED_AGAIN_SECONDS: Final = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Unusable(Exception):
    """An issuer's document is not what the standards say; the text says how."""


@dataclass(slots=True)
class _Known:
    """What is known of one issuer; the lock makes many requests ask once."""

    keys: dict[str | None, jwt.PyJWK] = field(default_factory=dict)
    read_at: float | None = None
    # When asking did not help: the issuer was down, or has no such key.
    missed_at: float | None = None
    is_down: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def age(self, now: float) -> float:
        return float("inf") if self.read_at is None else now - self.read_at

    def has_just_missed(self, now: float) -> bool:
        return self.missed_at is not None and now - self.missed_at < _ASKED_AGAIN_SECONDS


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
        self._session = session
        self._known = {issuer: _Known() for issuer in issuers}
        self._key_hosts = frozenset(key_hosts)
        self._monotonic = monotonic
        self.audience = audience

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset(self._known)

    async def key(self, issuer: str, key_id: str | None) -> jwt.PyJWK | None:
        """Return the key, or None when the issuer has no such key. Raises IssuerUnavailable."""
        known = self._known[issuer]
        async with known.lock:
            now = self._monotonic()
            is_known = key_id in known.keys and known.age(now) < _FRESH_SECONDS
            if not is_known and not known.has_just_missed(now):
                await self._read_again(issuer, known, now)
                known.missed_at = now if known.is_down or key_id not in known.keys else None
            is_too_old = known.age(now) >= _STALE_SECONDS
            if is_too_old or (known.is_down and key_id not in known.keys):
                raise IssuerUnavailable(
                    f"The issuer {issuer} does not tell its keys at the moment, so nothing was exchanged. "
                    "Send the same request again.",
                    details={"issuer": issuer},
                    retry_after_seconds=int(_ASKED_AGAIN_SECONDS),
                )
            return known.keys.get(key_id)

    async def _read_again(self, issuer: str, known: _Known, now: float) -> None:
        known.is_down = True
        try:
            known.keys = await self._keys_of(issuer)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, _Unusable) as error:
            log.warning(
                "issuer_unavailable", issuer=issuer, reason=type(error).__name__, detail=str(error)[:200]
            )
            return
        known.read_at, known.is_down = now, False

    async def _keys_of(self, issuer: str) -> dict[str | None, jwt.PyJWK]:
        discovery = await self._document(URL(issuer.rstrip("/") + _DISCOVERY))
        if discovery.get("issuer") != issuer:
            raise _Unusable("its discovery document is of another issuer")
        address = discovery.get("jwks_uri")
        if not isinstance(address, str):
            raise _Unusable("its discovery document names no jwks_uri")
        document = await self._document(self._allowed_address(issuer, URL(address)))
        keys = document.get("keys")
        if not isinstance(keys, list) or len(keys) > _MAX_KEYS:
            raise _Unusable("its key set is no list, or too long")
        return dict(_usable(keys))

    def _allowed_address(self, issuer: str, address: URL) -> URL:
        """Follow an issuer to its own host or a configured one, and no further."""
        home = URL(issuer)
        is_home = address.origin() == home.origin()
        if not is_home and not (address.scheme == "https" and address.host in self._key_hosts):
            raise _Unusable(f"its jwks_uri is on {address.host}, which is not configured")
        return address

    async def _document(self, address: URL) -> dict[str, Any]:
        async with self._session.get(
            address,
            timeout=_TIMEOUT,
            allow_redirects=False,
            headers={hdrs.ACCEPT: "application/json", hdrs.ACCEPT_ENCODING: "identity"},
        ) as answer:
            if answer.status != 200:  # noqa: PLR2004 - OK; a redirect is refused with all the others
                raise _Unusable(f"it answers {answer.status}")
            content = await answer.content.read(_MAX_BYTES + 1)
            while len(content) <= _MAX_BYTES and (more := await answer.content.read(_MAX_BYTES)):
                content += more
        if len(content) > _MAX_BYTES:
            raise _Unusable("its document is too large")
        document = json.loads(content)
        if not isinstance(document, dict):
            raise _Unusable("its document is no object")
        return document


def check_issuer(text: str) -> str | None:
    """Say what is wrong with an issuer's address in the settings; None when it can be used."""
    try:
        address = URL(text)
        is_local = address.host in _LOOPBACK
    except ValueError:
        return "is not an address"
    if address.scheme != "https" and not (address.scheme == "http" and is_local):
        return "must begin with https://"
    if not address.host or address.query_string or address.fragment or address.user or address.password:
        return "must be a plain address without query, fragment and credentials"
    return None


def _usable(keys: list[Any]) -> Iterable[tuple[str | None, jwt.PyJWK]]:
    """Keep the keys that verify signatures; one that we cannot read does not hide the others."""
    for document in keys:
        if not isinstance(document, dict) or document.get("kty") == "oct":
            continue
        key_id = document.get("kid")
        try:
            key = jwt.PyJWK.from_dict(document)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        is_weak = isinstance(key.key, RSAPublicKey) and key.key.key_size < _MIN_RSA_BITS
        if not is_weak and (key_id is None or isinstance(key_id, str)):
            yield key_id, key
