"""`GET /.well-known/limits.json`: the limits of a call on this platform, for everybody to read."""

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_runner_proxy.actions.execute import ExecutionPorts
from annex_runner_proxy.domain.limit_rows import limit_rows
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_shared.contracts.limits import LimitView, LimitViews


def limits_document(platform: PlatformLimits) -> LimitViews:
    return LimitViews(
        limits=[
            LimitView(
                name=row.text.name,
                unit=row.text.unit,
                default=row.default,
                ceiling=row.ceiling,
                code=row.text.code,
                asked_as=row.text.asked_as,
                meaning=row.text.meaning,
            )
            for row in limit_rows(platform)
        ]
    )


def limits_handler(ports: ExecutionPorts) -> Handler:
    async def get_limits(_request: web.Request) -> web.Response:
        return web.Response(
            body=limits_document(ports.limits).model_dump_json(indent=2).encode(),
            content_type="application/json",
            headers={"cache-control": "public, max-age=60"},
        )

    return get_limits
