"""Ask another service: a signed token on every request, a deadline on every wait, problems as exceptions."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import ClientSession, ClientTimeout, hdrs
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import ValidationError
from yarl import URL

from annex_shared.contracts.problems import PROBLEM_JSON, ProblemDocument
from annex_shared.errors import AnnexError
from annex_shared.http.request_id import REQUEST_ID_HEADER
from annex_shared.observability.trace_context import TRACEPARENT_HEADER, current_traceparent
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    STREAMED_BODY,
    Caller,
    ServiceTokenIssuer,
    body_digest,
    request_digest,
)

_MAX_ANSWER_BYTES = 64 * 1024 * 1024
# aiohttp writes bytes in one piece, and warns from here on that this may hold up the loop.
_SENT_IN_ONE_PIECE_BYTES = 1024 * 1024


class RemoteUnavailable(AnnexError):
    """Another service did not answer: refused, cut or late. ``is_sent``: the request may have been done."""

    def __init__(self, message: str, *, is_sent: bool, is_timeout: bool = False) -> None:
        super().__init__(message, retry_after_seconds=1)
        self.is_sent = is_sent
        self.is_timeout = is_timeout


class RemoteRefused(AnnexError):
    """Another service answered with a problem; ``document`` is its own, ``status`` its HTTP status."""

    def __init__(self, document: ProblemDocument, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(document.detail, details=document.details, retry_after_seconds=retry_after_seconds)
        self.document = document

    @property
    def code(self) -> str:
        return self.document.code


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """An answer read whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class ServiceClient:
    """Calls one peer. ``audience`` is the peer's service name in tokens; ``base_url`` holds no path."""

    session: ClientSession
    base_url: str
    audience: str
    tokens: ServiceTokenIssuer

    async def request(
        self,
        method: str,
        path_and_query: str,
        *,
        caller: Caller | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        timeout_seconds: float = 10,
    ) -> ServiceAnswer:
        """Send and read whole; any status is an answer. Raises RemoteUnavailable."""
        async with self.stream(
            method,
            path_and_query,
            caller=caller,
            body=body,
            headers=headers,
            request_id=request_id,
            timeout_seconds=timeout_seconds,
        ) as answer:
            return ServiceAnswer(answer.status, answer.headers, await self._read(answer))

    async def ask(self, method: str, path_and_query: str, **options: Any) -> ServiceAnswer:
        """Like ``request``, but a problem is raised as RemoteRefused."""
        answer = await self.request(method, path_and_query, **options)
        if answer.status >= 400:  # noqa: PLR2004 - the first refusing status
            raise refusal(answer)
        return answer

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path_and_query: str,
        *,
        caller: Caller | None = None,
        body: bytes | AsyncIterator[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        timeout_seconds: float = 60,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send and hand out the open answer. An iterator body is sent with a token bound to "stream"."""
        url = URL(self.base_url + path_and_query, encoded=True)
        digest = body_digest(body) if isinstance(body, bytes) else STREAMED_BODY
        sent = CIMultiDict(headers or {})
        sent[SERVICE_TOKEN_HEADER] = self.tokens.issue(
            caller or self.tokens.own_caller(),
            audience=self.audience,
            request=request_digest(method, url.raw_path_qs, digest),
        )
        if request_id:
            sent[REQUEST_ID_HEADER] = request_id
        traceparent = current_traceparent()
        if traceparent is not None:
            sent[TRACEPARENT_HEADER] = traceparent
        sent.setdefault(hdrs.ACCEPT_ENCODING, "identity")
        try:
            async with self.session.request(
                method,
                url,
                data=_sendable(body),
                headers=sent,
                timeout=ClientTimeout(total=timeout_seconds),
                allow_redirects=False,
            ) as answer:
                yield answer
        except TimeoutError as error:
            raise self._unavailable(is_sent=True, is_timeout=True) from error
        except aiohttp.ClientConnectorError as error:
            raise self._unavailable(is_sent=False) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._unavailable(is_sent=True) from error

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > _MAX_ANSWER_BYTES:
                answer.close()
                raise RemoteUnavailable(
                    f"The answer of {self.audience} is larger than we hold.", is_sent=True
                )
        return bytes(body)

    def _unavailable(self, *, is_sent: bool, is_timeout: bool = False) -> RemoteUnavailable:
        reason = "did not answer in time" if is_timeout else "cannot be reached"
        return RemoteUnavailable(f"The {self.audience} {reason}.", is_sent=is_sent, is_timeout=is_timeout)


def _sendable(body: bytes | AsyncIterator[bytes]) -> bytes | AsyncIterator[bytes] | io.BytesIO:
    if isinstance(body, bytes) and len(body) > _SENT_IN_ONE_PIECE_BYTES:
        return io.BytesIO(body)
    return body


def refusal(answer: ServiceAnswer) -> AnnexError:
    """Read a refusing answer as the peer's own problem; anything else is a peer that does not make sense."""
    retry_after = answer.headers.get(hdrs.RETRY_AFTER, "")
    seconds = int(retry_after) if retry_after.isdecimal() else None
    if answer.headers.get(hdrs.CONTENT_TYPE, "").startswith(PROBLEM_JSON):
        try:
            return RemoteRefused(
                ProblemDocument.model_validate_json(answer.body), retry_after_seconds=seconds
            )
        except ValidationError:
            pass
    return RemoteUnavailable(f"A service answered {answer.status} without saying why.", is_sent=True)


@asynccontextmanager
async def client_session(*, connections: int = 100) -> AsyncIterator[ClientSession]:
    """Open the one HTTP session of a process: bounded, without environment proxies, bodies untouched."""
    connector = aiohttp.TCPConnector(limit=connections, limit_per_host=connections)
    session = ClientSession(
        connector=connector, trust_env=False, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    )
    try:
        yield session
    finally:
        await session.close()
        # Let the transports report their end before the loop closes (aiohttp, "Graceful Shutdown").
        await asyncio.sleep(0)
