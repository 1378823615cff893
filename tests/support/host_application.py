"""A host application that answers what a test tells it, in place of a real one."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from annex_shared.http.server import listening


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class StubHostApplication:
    """``content`` is answered with ``status`` to everything."""

    url: str = ""
    status: int = 200
    content: bytes = b"{}"
    asked: list[Asked] = field(default_factory=list)

    def says(self, status: int, document: Any) -> None:
        self.status, self.content = status, json.dumps(document).encode()

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.raw_path, headers, await request.read()))
        return web.Response(status=self.status, body=self.content)


@asynccontextmanager
async def stub_host_application() -> AsyncIterator[StubHostApplication]:
    stub = StubHostApplication()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.answer)
    async with listening(app, host="127.0.0.1", port=0) as port:
        stub.url = f"http://127.0.0.1:{port}"
        yield stub
