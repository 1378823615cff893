"""One HTTP request as an act: everything is ready before the clock runs, the answer is read whole."""

from collections.abc import Mapping

from aiohttp import ClientSession, ClientTimeout, hdrs
from benchmarks.registry.port import Act, Answer

TIMEOUT = ClientTimeout(total=120)


def request(
    session: ClientSession,
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Act:
    sent = {hdrs.ACCEPT_ENCODING: "identity", **(headers or {})}

    async def act() -> Answer:
        return await asked(session, method, url, body=body, headers=sent)

    return act


async def asked(
    session: ClientSession,
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    async with session.request(
        method, url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
    ) as answer:
        content = await answer.read()
        return Answer(answer.status, content, answer.headers.get(hdrs.ETAG), body_bytes=len(content))
