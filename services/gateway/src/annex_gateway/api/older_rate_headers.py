"""`X-RateLimit-*` beside the fields of the draft, for clients that were written before it."""

import re

from aiohttp import web

_POLICY = re.compile(r'"[a-z]+";q=(\d+);')
_STATE = re.compile(r'"[a-z]+";r=(\d+);t=(\d+)')


async def add_older_rate_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Say the same once more; what an extension sent under these names is not what we count."""
    policy = _POLICY.match(response.headers.get("ratelimit-policy", ""))
    state = _STATE.match(response.headers.get("ratelimit", ""))
    if policy is None or state is None:
        return
    response.headers["x-ratelimit-limit"] = policy[1]
    response.headers["x-ratelimit-remaining"] = state[1]
    response.headers["x-ratelimit-reset"] = state[2]
