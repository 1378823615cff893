"""The host simulator's server: its page, what happens as a stream, its switches, calls of handlers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from annex_cli.dev.calls import Call, Calls
from annex_cli.dev.hub import Hub
from annex_cli.dev.state import ROLES, USUAL_ROLE, Switches
from annex_cli.errors import DevPortTaken, PlatformUnreachable

HOST: Final = "127.0.0.1"
ROLE_HEADER: Final = "x-annex-dev-role"
_MAX_BODY_BYTES: Final = 10 << 20
_HEARTBEAT_SECONDS: Final = 15.0
_PAGE_FILES: Final = {
    "/": ("index.html", "text/html"),
    "/simulator.js": ("simulator.js", "text/javascript"),
    "/simulator.css": ("simulator.css", "text/css"),
}
# Headers of an answer that belong to the connection to the gateway.
_NOT_ANSWERED: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "set-cookie"}
)
_OWN_SITES: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Simulator:
    """``on_switches`` is told when the capabilities to be denied change."""

    hub: Hub
    calls: Calls
    port: int
    on_switches: Callable[[Switches], Awaitable[None]]

    def routes(self) -> list[web.RouteDef]:
        return [
            *(web.get(path, self._file) for path in _PAGE_FILES),
            web.get("/dev/state", self._state),
            web.get("/dev/events", self._events),
            web.put("/dev/switches", self._switch),
            web.post("/dev/token", self._token),
            web.route("*", "/api/{path:.*}", self._call),
        ]

    async def _file(self, request: web.Request) -> web.Response:
        name, media_type = _PAGE_FILES[request.path]
        content = (files("annex_cli.dev") / "page" / name).read_bytes()
        response = web.Response(body=content, content_type=media_type, charset="utf-8")
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        if name == "index.html":
            response.headers["Content-Security-Policy"] = self._policy()
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _policy(self) -> str:
        """Let the page show extensions' pages of the UI host, and do nothing else: as the console's does."""
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
            f"frame-src {self.hub.state.ui_host_url}; frame-ancestors 'none'; base-uri 'none'; "
            "form-action 'none'"
        )

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(self.hub.state.to_document(), headers={hdrs.CACHE_CONTROL: "no-store"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store"}
        )
        await response.prepare(request)
        async with self.hub.page() as events:
            while True:
                try:
                    kind, facts = await asyncio.wait_for(events.get(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b":\n\n")
                    continue
                await response.write(f"event: {kind}\ndata: {json.dumps(facts)}\n\n".encode())

    async def _switch(self, request: web.Request) -> web.Response:
        try:
            switches = Switches.model_validate_json(await request.read())
        except ValidationError:
            raise web.HTTPBadRequest(text="These are no switches of the simulator.") from None
        await self.on_switches(switches)
        return web.Response(status=204)

    async def _token(self, request: web.Request) -> web.Response:
        """Issue a token for the page, as the console does for whoever is signed in."""
        answer = await self.calls.token(_role_of(request))
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"},
        )

    async def _call(self, request: web.Request) -> web.Response:
        if self.hub.state.switches.is_offline and request.transport is not None:
            request.transport.abort()
            return web.Response()
        target = request.rel_url.raw_path.removeprefix("/api")
        query = request.rel_url.raw_query_string
        call = Call(
            request.method,
            f"{target}?{query}" if query else target,
            dict(request.headers),
            await request.read(),
            _role_of(request),
        )
        try:
            answer = await self.calls.make(call)
        except PlatformUnreachable as error:
            raise web.HTTPBadGateway(text=error.message) from None
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_ANSWERED}
        return web.Response(status=answer.status, body=answer.body, headers=headers)


def _role_of(request: web.Request) -> str:
    role = request.headers.get(ROLE_HEADER, USUAL_ROLE)
    return role if role in ROLES else USUAL_ROLE


@web.middleware
async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer for the loopback's names only, and no page but our own: other sites run in the same browser."""
    own = {f"{HOST}:{request.app[PORT]}", f"localhost:{request.app[PORT]}"}
    if request.headers.get(hdrs.HOST, "").lower() not in own:
        raise web.HTTPMisdirectedRequest(text="annex dev answers for 127.0.0.1 only.")
    origin, site = request.headers.get(hdrs.ORIGIN), request.headers.get("sec-fetch-site", "none")
    is_page = request.method == hdrs.METH_GET and request.path in _PAGE_FILES
    if (origin is not None and origin.lower() not in {f"http://{name}" for name in own}) or (
        site not in _OWN_SITES and not is_page
    ):
        raise web.HTTPForbidden(text="annex dev answers its own page only.")
    return await handler(request)


PORT: web.AppKey[int] = web.AppKey("port", int)


def listening_socket(port: int) -> socket.socket:
    """Take the port before anything is started. Raises DevPortTaken."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((HOST, port))
        held.listen()
    except OSError as error:
        held.close()
        raise DevPortTaken(
            f"Port {port} cannot be used: {error.strerror}. Something else listens there, perhaps annex dev "
            "of another project.",
            hint="annex dev --port 0",
        ) from None
    return held


@asynccontextmanager
async def serving(simulator: Simulator, held: socket.socket) -> AsyncIterator[None]:
    """Serve the simulator on a socket inside the block; open streams end with it."""
    app = web.Application(client_max_size=_MAX_BODY_BYTES, middlewares=[refuse_strangers])
    app[PORT] = simulator.port
    app.add_routes(simulator.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.SockSite(runner, held).start()
        yield
    finally:
        await runner.cleanup()
