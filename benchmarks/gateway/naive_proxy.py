"""`python -m benchmarks.gateway.naive_proxy PORT`: a proxy as one writes it with aiohttp in an afternoon.

It reads a request, sends it on, reads the answer, sends it back. It asks nobody who calls, limits nothing and
remembers nothing.
"""

import asyncio
import json
import sys

from aiohttp import ClientSession, web

_OWN = frozenset({"connection", "host", "content-length", "transfer-encoding"})


def application(upstream: str) -> web.Application:
    async def session_of(app: web.Application) -> None:
        app[SESSION] = ClientSession(auto_decompress=False)

    async def close(app: web.Application) -> None:
        await app[SESSION].close()

    async def pass_on(request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN}
        async with request.app[SESSION].request(
            request.method, upstream + request.path_qs, headers=headers, data=await request.read()
        ) as answer:
            body = await answer.read()
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OWN}
            return web.Response(status=answer.status, headers=kept, body=body)

    app = web.Application()
    app.on_startup.append(session_of)
    app.on_cleanup.append(close)
    app.router.add_route("*", "/{path:.*}", pass_on)
    return app


SESSION: web.AppKey[ClientSession] = web.AppKey("session", ClientSession)


async def serve(upstream_port: int) -> None:
    runner = web.AppRunner(application(f"http://127.0.0.1:{upstream_port}"), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
