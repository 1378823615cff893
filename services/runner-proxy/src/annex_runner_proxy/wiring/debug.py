"""Opens where the lines of guests go."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from annex_runner_proxy.adapters.debug_log import DebugLog, DebugPolicy
from annex_runner_proxy.adapters.redis_debug_stream import (
    RedisDebugStream,
    StreamPolicy,
    redis_debug_stream,
)
from annex_runner_proxy.api.metrics import Reading
from annex_runner_proxy.domain.debug_rings import DebugRings
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.clock import SystemClock, new_id

log = structlog.get_logger()


@asynccontextmanager
async def open_debug_log(settings: RunnerProxySettings) -> AsyncIterator[DebugLog]:
    """Open where guests' lines go; Redis may be away, or not be there at all."""
    async with AsyncExitStack() as stack:
        stream: RedisDebugStream | None = None
        if settings.redis_url is not None:
            policy = StreamPolicy(
                settings.debug_stream_prefix,
                settings.debug_stream_max_lines,
                settings.debug_stream_kept_seconds,
            )
            url = settings.redis_url.get_secret_value()
            stream = await stack.enter_async_context(redis_debug_stream(url, policy))
        yield DebugLog(
            stream,
            writer=new_id().hex[-12:],
            clock=SystemClock(),
            policy=DebugPolicy(line_bytes=settings.debug_line_max_bytes),
            rings=DebugRings(max_bytes=settings.debug_ring_max_bytes),
        )


def debug_readings(debug_log: DebugLog) -> tuple[Reading, ...]:
    return (
        Reading(
            "annex_runner_debug_lines_dropped",
            "Debug lines that never reached Redis.",
            lambda: debug_log.queue.dropped,
            is_counter=True,
        ),
        Reading(
            "annex_runner_debug_stream_connected",
            "1 if the last batch of debug lines reached Redis.",
            lambda: debug_log.state == "connected",
        ),
    )
