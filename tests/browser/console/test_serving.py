"""How the gateway serves the console: what is kept, what is confined, what is no page."""

import re
from http import HTTPStatus

import aiohttp
import pytest

from support.platform_embedded import Running

AS_BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("address", ["/", "/sign-in", "/device", "/t/dev/extensions/acme/notes/versions"])
async def test_the_page_is_confined_and_never_kept(platform: Running, gateway: str, address: str) -> None:
    async with aiohttp.ClientSession(gateway, headers=AS_BROWSER) as client, client.get(address) as answer:
        policy = answer.headers["content-security-policy"]

        assert answer.status == HTTPStatus.OK
        assert answer.content_type == "text/html"
        assert answer.headers["cache-control"] == "no-store"
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "connect-src 'self';" in policy
        assert f"frame-src {platform.dev['ui_host_url']};" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert platform.dev["log_vkey"] in await answer.text()


async def test_a_file_is_kept_for_ever_and_sent_as_small_as_the_caller_takes_it(gateway: str) -> None:
    async with aiohttp.ClientSession(gateway, auto_decompress=False) as client:
        async with client.get("/", headers=AS_BROWSER) as page:
            (script,) = re.findall(r'type="module" src="([^"]+)"', await page.text())
        sizes = {}
        for coding in ("br", "gzip", "identity"):
            async with client.get(script, headers={"accept-encoding": coding}) as answer:
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
                assert answer.headers.get("content-encoding", "identity") == coding
                assert answer.content_type == "text/javascript"
                sizes[coding] = len(await answer.read())

    assert sizes["br"] < sizes["gzip"] < sizes["identity"]


@pytest.mark.parametrize(
    ("address", "accept"),
    [
        ("/t/dev/extensions", "application/json"),
        ("/assets/nothing-ABCDEF12.js", "*/*"),
        ("/assets/..%2Findex.html", "*/*"),
        ("/elsewhere", "text/html"),
        ("/api/v1/nothing", "text/html"),
    ],
)
async def test_whatever_is_no_page_and_no_file_of_it_is_a_problem(
    gateway: str, address: str, accept: str
) -> None:
    async with (
        aiohttp.ClientSession(gateway, headers={"accept": accept}) as client,
        client.get(address) as answer,
    ):
        assert answer.status == HTTPStatus.NOT_FOUND
        assert (await answer.json(content_type=None))["code"] == "ROUTE_NOT_FOUND"
