"""How `POST /v1/execute` travels: through the stock HTTP client, or on connections of our own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from annex_gateway.adapters.direct_http.answers import AnswerReader, AnswerTooLong, OddAnswer
from annex_gateway.adapters.direct_http.connection import ConnectionEnded
from annex_gateway.adapters.direct_http.connections import Connections
from annex_shared.http.client import RemoteUnavailable, ServiceClient
from annex_shared.http.request_id import REQUEST_ID_HEADER
from annex_shared.observability.trace_context import TRACEPARENT_HEADER, current_traceparent
from annex_shared.service_tokens import SERVICE_TOKEN_HEADER, Caller, body_digest, request_digest

EXECUTE: Final = "/v1/execute"
_JSON: Final = "application/json"


class AnswerOverLimit(Exception):
    """The answer holds more bytes than were allowed for."""


@dataclass(frozen=True, slots=True)
class PostAnswer:
    """An answer read whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes | bytearray


class ExecutePost(Protocol):
    async def send(
        self,
        body: bytes,
        *,
        caller: Caller,
        headers: Mapping[str, str],
        request_id: str,
        wait_seconds: float,
        most_bytes: int,
    ) -> PostAnswer:
        """Send an execution and read the answer whole. Raises RemoteUnavailable or AnswerOverLimit."""
        ...


class StockPost:
    """Sends through the client that everything else is asked with."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def send(
        self,
        body: bytes,
        *,
        caller: Caller,
        headers: Mapping[str, str],
        request_id: str,
        wait_seconds: float,
        most_bytes: int,
    ) -> PostAnswer:
        async with self._client.stream(
            "POST",
            EXECUTE,
            caller=caller,
            body=body,
            headers={**headers, "content-type": _JSON},
            request_id=request_id,
            timeout_seconds=wait_seconds,
        ) as answer:
            return PostAnswer(answer.status, answer.headers, await _read_bounded(answer, most_bytes))


class DirectPost:
    """Writes the request itself and reads the answer strictly; http only."""

    def __init__(self, client: ServiceClient, connections: Connections) -> None:
        self._client = client
        self._connections = connections
        self._first_lines = (
            f"POST {EXECUTE} HTTP/1.1",
            f"host: {URL(client.base_url).authority}",
            f"content-type: {_JSON}",
            "accept: */*",
            "accept-encoding: identity",
            "user-agent: annex-gateway",
        )

    async def send(
        self,
        body: bytes,
        *,
        caller: Caller,
        headers: Mapping[str, str],
        request_id: str,
        wait_seconds: float,
        most_bytes: int,
    ) -> PostAnswer:
        reader = AnswerReader(most_bytes=most_bytes, asked_as=request_id)
        head = self._head(body, caller=caller, headers=headers, request_id=request_id)
        try:
            await self._connections.ask(head, body, reader, seconds=wait_seconds)
        except TimeoutError as error:
            raise self._unavailable("did not answer in time", is_sent=True, is_timeout=True) from error
        except ConnectionEnded as error:
            raise self._unavailable("cannot be reached", is_sent=error.is_sent) from error
        except OddAnswer as error:
            raise self._unavailable("answered what is no HTTP", is_sent=True) from error
        except AnswerTooLong as error:
            raise AnswerOverLimit from error
        except OSError as error:
            raise self._unavailable("cannot be reached", is_sent=False) from error
        return PostAnswer(reader.status, reader.headers, reader.body)

    def _head(self, body: bytes, *, caller: Caller, headers: Mapping[str, str], request_id: str) -> bytes:
        token = self._client.tokens.issue(
            caller,
            audience=self._client.audience,
            request=request_digest("POST", EXECUTE, body_digest(body)),
        )
        lines = [
            *self._first_lines,
            f"content-length: {len(body)}",
            f"{SERVICE_TOKEN_HEADER}: {token}",
            f"{REQUEST_ID_HEADER}: {request_id}",
            *[f"{name}: {value}" for name, value in headers.items()],
        ]
        traceparent = current_traceparent()
        if traceparent is not None:
            lines.append(f"{TRACEPARENT_HEADER}: {traceparent}")
        head = "\r\n".join(lines)
        breaks = len(lines) - 1
        if head.count("\r") != breaks or head.count("\n") != breaks or "\0" in head:
            raise ValueError("A header holds a line break or a NUL.")
        return f"{head}\r\n\r\n".encode()

    def _unavailable(self, reason: str, *, is_sent: bool, is_timeout: bool = False) -> RemoteUnavailable:
        return RemoteUnavailable(
            f"The {self._client.audience} {reason}.", is_sent=is_sent, is_timeout=is_timeout
        )


@asynccontextmanager
async def execute_post(
    client: ServiceClient, *, is_direct: bool, connections: int
) -> AsyncIterator[ExecutePost]:
    """Open the way that a deployment chose; a peer behind TLS is asked by the stock client."""
    url = URL(client.base_url)
    if not is_direct or url.scheme != "http" or url.host is None or url.port is None:
        yield StockPost(client)
        return
    pool = Connections(url.host, url.port, most=connections)
    try:
        yield DirectPost(client, pool)
    finally:
        await pool.close()


async def _read_bounded(answer: aiohttp.ClientResponse, most_bytes: int) -> bytearray:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > most_bytes:
            answer.close()
            raise AnswerOverLimit
    return body
