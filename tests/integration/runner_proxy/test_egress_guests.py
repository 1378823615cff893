"""A guest calls another server through a real worker."""

import base64
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.contracts.installs import InstallRecord
from annex_shared.contracts.secrets import SecretRecord
from annex_shared.http.client import ServiceAnswer
from integration.runner_proxy.platform import Platform, running_platform, sealed_for
from support.outgoing import ScriptedServer, scripted_server


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture(scope="module")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    folder = tmp_path_factory.mktemp("egress")
    async with running_platform(folder, workers=1, allow_private_egress_hosts="127.0.0.1") as platform:
        yield platform


def a_caller_of(server: ScriptedServer, platform: Platform, **changes: Any) -> InstallRecord:
    hosts = [f"http://127.0.0.1:{server.port}"]
    fields: dict[str, Any] = {"grants": ["cap:http.fetch"], "egress": hosts, "declared_egress": hosts}
    return platform.install("fetches_url", **{**fields, **changes})


async def fetch(platform: Platform, install: InstallRecord, url: str, **http: Any) -> ServiceAnswer:
    return await platform.execute(install, body=url.encode(), **http)


def body_of(answer: ServiceAnswer) -> bytes:
    return base64.b64decode(answer.json()["body_b64"])


async def test_a_guest_hears_an_allowed_server(platform: Platform, server: ScriptedServer) -> None:
    server.answer = b"HTTP/1.1 201 Created\r\nx-from: server\r\ncontent-length: 5\r\n\r\nhello"
    install = a_caller_of(server, platform)

    answer = await fetch(
        platform, install, f"http://127.0.0.1:{server.port}/x", method="POST", headers_list=[("x-own", "1")]
    )

    document = answer.json()
    assert (answer.status, document["status"], body_of(answer)) == (200, 201, b"hello")
    assert ["x-from", "server"] in document["headers_list"]
    assert server.last.startswith(b"POST /x HTTP/1.1\r\n")
    assert b"\r\nx-own: 1\r\n" in server.last
    assert document["effects"] == 1
    assert document["usage"]["subrequests"] == 1
    assert document["usage"]["egress_bytes"] == len(server.last) + len(server.answer)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://169.254.169.254/latest/meta-data/"),
        ({"egress": []}, "http://127.0.0.1:{port}/"),
        ({"declared_egress": []}, "http://127.0.0.1:{port}/"),
        ({"grants": []}, "http://127.0.0.1:{port}/"),
    ],
    ids=["metadata", "not-allowed-by-tenant", "not-declared", "not-granted"],
)
async def test_a_guest_reaches_nothing_that_was_not_allowed(
    platform: Platform, server: ScriptedServer, changes: dict[str, Any], url: str
) -> None:
    heard = len(server.requests)
    install = a_caller_of(server, platform, **changes)

    answer = await fetch(platform, install, url.format(port=server.port))

    assert (answer.json()["status"], body_of(answer)) == (400, b"not-allowed")
    assert len(server.requests) == heard


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        ([], 400),
        (["http://127.0.0.1:1", "no host at all"], 400),
        (["http://127.0.0.1:{port}"], 200),
    ],
    ids=["an empty list", "other hosts", "this host"],
)
async def test_hosts_named_in_a_request_narrow_what_a_guest_reaches(
    platform: Platform, server: ScriptedServer, hosts: list[str], status: int
) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    heard = len(server.requests)
    install = a_caller_of(server, platform)
    named = [host.format(port=server.port) for host in hosts]

    answer = await fetch(platform, install, f"http://127.0.0.1:{server.port}/", egress_hosts=named)

    assert answer.json()["status"] == status
    assert len(server.requests) - heard == (1 if status == 200 else 0)


async def test_hosts_named_in_a_request_open_nothing(platform: Platform, server: ScriptedServer) -> None:
    heard = len(server.requests)
    install = a_caller_of(server, platform, egress=[])
    url = f"http://127.0.0.1:{server.port}/"

    answer = await fetch(platform, install, url, egress_hosts=[url.rstrip("/")])

    assert (answer.json()["status"], body_of(answer)) == (400, b"not-allowed")
    assert len(server.requests) == heard


async def test_a_bound_secret_is_sent_and_never_seen(platform: Platform, server: ScriptedServer) -> None:
    install_id = str(uuid4())
    host = f"http://127.0.0.1:{server.port}"
    sealed = sealed_for(install_id, TOKEN="s3cret-value")
    server.answer = b"HTTP/1.1 200 OK\r\n\r\nyou said s3cret-value"
    install = a_caller_of(
        server,
        platform,
        install_id=install_id,
        secrets=[SecretRecord(name="TOKEN", sealed=sealed, hosts=[host])],
    )

    answer = await fetch(
        platform, install, f"{host}/", headers_list=[("authorization", "Bearer {{secret:TOKEN}}")]
    )

    assert b"\r\nauthorization: Bearer s3cret-value\r\n" in server.last
    assert body_of(answer) == b"you said [secret]"


async def test_an_answer_over_the_limit_ends_the_call_with_its_own_code(
    platform: Platform, server: ScriptedServer
) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\n\r\n" + bytes(9 << 20)

    answer = await fetch(platform, a_caller_of(server, platform), f"http://127.0.0.1:{server.port}/")

    assert (answer.status, answer.json()["code"]) == (502, "SUBREQUEST_LIMIT_EXCEEDED")
    # A sandbox of 256 MiB takes no more than this at once.
    assert answer.json()["details"]["limit"]["kind"] == "subrequest_bytes"


async def test_a_guest_may_take_a_larger_answer_than_it_may_give(
    platform: Platform, server: ScriptedServer
) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\n\r\n" + bytes(5 << 19)

    answer = await fetch(platform, a_caller_of(server, platform), f"http://127.0.0.1:{server.port}/")

    assert (answer.status, answer.json()["code"]) == (502, "RESPONSE_TOO_LARGE")
