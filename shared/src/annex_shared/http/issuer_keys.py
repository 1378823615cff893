"""Keys of OIDC issuers: bounded, asked for once at a time and ahead of need, kept while an issuer is down."""

import asyncio
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import structlog
from aiohttp import ClientSession, ClientTimeout, hdrs
from yarl import URL

from annex_shared.issued_tokens import IssuerAway, IssuerKey, usable_keys

log = structlog.get_logger()

_DISCOVERY: Final = "/.well-known/openid-configuration"
_TIMEOUT = ClientTimeout(total=5)
_MAX_BYTES: Final = 256 * 1024
_MAX_KEYS: Final = 100
_MAX_MISSING: Final = 1_000
# The part of their fresh time after which keys are read again.
_AHEAD: Final = 0.8
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Unusable(Exception):
    """An issuer's document is not what the standards say; the text says how."""


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """How long keys count, and how rarely an issuer is asked, in seconds.

    Keys are fresh for as long as the issuer says, between ``fresh_min`` and ``fresh_max``, and are read again
    ahead of that. While an issuer is down its last keys count for ``stale``; a key it withdrew counts for no
    longer either. A stranger who invents key ids makes us ask no more often than every ``cool_down``.
    """

    fresh_min: float = 300.0
    fresh_default: float = 3_600.0
    fresh_max: float = 86_400.0
    stale: float = 86_400.0
    cool_down: float = 30.0
    missing_kept: float = 60.0

    def fresh(self, cache_control: str) -> float:
        """Read how long an answer is fresh."""
        found = _MAX_AGE.search(cache_control.lower())
        wanted = self.fresh_default if found is None else float(found[1])
        return min(max(wanted, self.fresh_min), self.fresh_max)


@dataclass(frozen=True, slots=True)
class IssuerAddress:
    """Where an issuer's keys are: at ``jwks_url``, or where its discovery document says.

    A discovered address is followed to the issuer's own host or to one of ``key_hosts``, and no further.
    """

    issuer: str
    jwks_url: str | None = None
    key_hosts: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Known:
    """What is known of one issuer."""

    address: IssuerAddress
    keys: dict[str | None, IssuerKey] = field(default_factory=dict)
    read_at: float | None = None
    fresh: float = 0.0
    # When asking did not help: the issuer was down, or had no such key.
    missed_at: float | None = None
    is_down: bool = False
    reading: asyncio.Task[None] | None = None
    # Key ids that the issuer did not have, and until when that is believed.
    missing: OrderedDict[str | None, float] = field(default_factory=OrderedDict)

    def age(self, now: float) -> float:
        return float("inf") if self.read_at is None else now - self.read_at


class IssuerKeys:
    """The keys of configured issuers. Only configured addresses are asked, never one that a token names."""

    def __init__(
        self,
        session: ClientSession,
        addresses: Iterable[IssuerAddress],
        *,
        times: KeyTimes | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._known = {address.issuer: _Known(address) for address in addresses}
        self._times = times or KeyTimes()
        self._monotonic = monotonic

    @property
    def issuers(self) -> frozenset[str]:
        return frozenset(self._known)

    async def key(self, issuer: str, key_id: str | None) -> IssuerKey | None:
        """Return the key, or None when the issuer has no such key. Raises IssuerAway."""
        known, times = self._known[issuer], self._times
        now = self._monotonic()
        if self._is_worth_asking(known, key_id, now):
            await self._read_again(known)
        elif known.keys and known.age(now) >= _AHEAD * known.fresh and self._may_ask(known, now):
            # Nobody waits for this one: the keys at hand are good.
            self._start_reading(known)
        now = self._monotonic()
        if known.age(now) >= known.fresh and known.age(now) >= times.stale:
            raise IssuerAway(issuer)
        key = known.keys.get(key_id)
        if key is None:
            if known.is_down:
                raise IssuerAway(issuer)
            self._remember_missing(known, key_id, now)
        return key

    async def close(self) -> None:
        """End what is still being read."""
        tasks = [known.reading for known in self._known.values() if known.reading is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_worth_asking(self, known: _Known, key_id: str | None, now: float) -> bool:
        is_needed = key_id not in known.keys or known.age(now) >= known.fresh
        if not is_needed or known.missing.get(key_id, now) > now:
            return False
        return known.reading is not None or self._may_ask(known, now)

    def _may_ask(self, known: _Known, now: float) -> bool:
        return known.missed_at is None or now - known.missed_at >= self._times.cool_down

    async def _read_again(self, known: _Known) -> None:
        """Wait for the one reading under way; whoever leaves does not take the answer from the others."""
        await asyncio.shield(known.reading or self._start_reading(known))

    def _start_reading(self, known: _Known) -> asyncio.Task[None]:
        known.reading = asyncio.create_task(self._read(known))
        return known.reading

    async def _read(self, known: _Known) -> None:
        try:
            keys, fresh = await self._keys_of(known.address)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, _Unusable) as error:
            known.is_down, known.missed_at = True, self._monotonic()
            log.warning(
                "issuer_unavailable",
                issuer=known.address.issuer,
                reason=type(error).__name__,
                detail=str(error)[:200],
            )
        else:
            known.keys, known.fresh, known.is_down = keys, fresh, False
            known.read_at, known.missed_at = self._monotonic(), None
            known.missing.clear()
        finally:
            known.reading = None

    def _remember_missing(self, known: _Known, key_id: str | None, now: float) -> None:
        if known.missing.get(key_id, now) > now:
            return
        known.missed_at = known.missed_at or now
        known.missing[key_id] = now + self._times.missing_kept
        known.missing.move_to_end(key_id)
        while len(known.missing) > _MAX_MISSING:
            known.missing.popitem(last=False)

    async def _keys_of(self, address: IssuerAddress) -> tuple[dict[str | None, IssuerKey], float]:
        url = URL(address.jwks_url) if address.jwks_url else await self._discovered(address)
        document, cache_control = await self._document(url)
        keys = document.get("keys")
        if not isinstance(keys, list) or len(keys) > _MAX_KEYS:
            raise _Unusable("its key set is no list, or too long")
        return usable_keys(keys), self._times.fresh(cache_control)

    async def _discovered(self, address: IssuerAddress) -> URL:
        document, _ = await self._document(URL(address.issuer.rstrip("/") + _DISCOVERY))
        if document.get("issuer") != address.issuer:
            raise _Unusable("its discovery document is of another issuer")
        found = document.get("jwks_uri")
        if not isinstance(found, str):
            raise _Unusable("its discovery document names no jwks_uri")
        url = URL(found)
        is_home = url.origin() == URL(address.issuer).origin()
        if not is_home and not (url.scheme == "https" and url.host in address.key_hosts):
            raise _Unusable(f"its jwks_uri is on {url.host}, which is not configured")
        return url

    async def _document(self, address: URL) -> tuple[dict[str, Any], str]:
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
            cache_control = answer.headers.get(hdrs.CACHE_CONTROL, "")
        if len(content) > _MAX_BYTES:
            raise _Unusable("its document is too large")
        document = json.loads(content)
        if not isinstance(document, dict):
            raise _Unusable("its document is no object")
        return document, cache_control


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
