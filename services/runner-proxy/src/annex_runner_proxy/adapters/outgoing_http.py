"""Sends a guest's request to an address that was judged, over a connection of its own."""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from annex_runner_proxy.adapters.http_answer import MAX_LINE_BYTES, read_answer
from annex_runner_proxy.domain.addresses import plain_address
from annex_runner_proxy.domain.egress import EgressFailed, SubrequestMeter
from annex_runner_proxy.domain.ports import WireAnswer, WireRequest
from annex_shared.web_hosts import IpAddress

_MAX_ADDRESSES: Final = 4
_ONE_ADDRESS_SECONDS: Final = 3.0
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
_USER_AGENT: Final = "annex"


@dataclass(frozen=True, slots=True)
class OutgoingHttp:
    """HTTP/1.1, one request for each connection. No proxy is used, whatever the environment says.

    A library's client resolves names itself, follows the environment, and bounds neither a head nor what a
    body decompresses to, so this one is ours (ADR 33). Whoever calls sets the time.
    """

    tls: ssl.SSLContext

    async def send(
        self,
        request: WireRequest,
        addresses: Sequence[IpAddress],
        *,
        meter: SubrequestMeter,
        before_sending: Callable[[], None],
    ) -> WireAnswer:
        head = _head(request)
        try:
            connected = await _connected(addresses[:_MAX_ADDRESSES], request.target.port)
            async with self._stream(connected, request) as (reader, writer):
                meter.moved(len(head) + len(request.body or b""))
                before_sending()
                # Not waited for: a server may answer before it has read everything.
                writer.write(head + (request.body or b""))
                return await read_answer(reader, request.method, meter)
        except ssl.SSLCertVerificationError as error:
            raise EgressFailed("transport", f"the certificate is refused: {error.verify_message}") from None
        except OSError as error:
            raise EgressFailed("transport", f"the connection failed: {_named(error)}") from None

    @asynccontextmanager
    async def _stream(
        self, connected: socket.socket, request: WireRequest
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        is_https = request.target.scheme == "https"
        try:
            reader, writer = await asyncio.open_connection(
                sock=connected,
                limit=MAX_LINE_BYTES,
                ssl=self.tls if is_https else None,
                server_hostname=request.target.host.strip("[]") if is_https else None,
            )
        except BaseException:
            connected.close()
            raise
        try:
            yield reader, writer
        finally:
            # Aborted, not closed: a peer that never says goodbye would keep it.
            writer.transport.abort()


async def _connected(addresses: Sequence[IpAddress], port: int) -> socket.socket:
    """Connect to the first address that answers. Raises OSError, EgressFailed."""
    failure: OSError | None = None
    for address in addresses:
        try:
            async with asyncio.timeout(_ONE_ADDRESS_SECONDS if len(addresses) > 1 else None):
                return await _connected_to(address, port)
        except OSError as error:
            failure = error
    raise failure or OSError(errno.EHOSTUNREACH, "no address")


async def _connected_to(address: IpAddress, port: int) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP has versions
    made = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        await asyncio.get_running_loop().sock_connect(made, (str(address), port))
        _require_peer(made, address)
    except BaseException:
        made.close()
        raise
    return made


def _require_peer(made: socket.socket, address: IpAddress) -> None:
    """Ask the system whom we are connected to: nothing between the judgement and the request may differ."""
    peer = ip_address(str(made.getpeername()[0]).partition("%")[0])
    if plain_address(peer) != address:
        raise EgressFailed("not-allowed", "the connection leads to another address")


def _head(request: WireRequest) -> bytes:
    headers = [("host", request.target.authority), *request.headers]
    if not any(name == "user-agent" for name, _ in request.headers):
        headers.append(("user-agent", _USER_AGENT))
    headers += [("accept-encoding", "gzip"), ("connection", "close")]
    if request.body is not None or request.method in _WITH_LENGTH:
        headers.append(("content-length", str(len(request.body or b""))))
    lines = [f"{request.method} {request.target.resource} HTTP/1.1", *(f"{name}: {v}" for name, v in headers)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trust what the system trusts, and an authority of the operator's own beside it."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _named(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
