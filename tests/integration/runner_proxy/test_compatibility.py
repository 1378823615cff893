"""`X-Execute-Compat: alga` and the predecessor's other addresses, on a running runner-proxy."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceAnswer
from integration.runner_proxy.platform import (
    EXTENSION,
    LEGACY_TOKEN,
    OTHER_TENANT,
    TENANT,
    Platform,
    execute_body,
    sealed_for,
)

COMPATIBLE = {"x-execute-compat": "alga"}
ROUTING = {"x-alga-tenant": str(TENANT), "x-alga-extension": EXTENSION}
LEGACY = {**COMPATIBLE, **ROUTING, "x-runner-service-token": LEGACY_TOKEN}


async def _as_predecessors_gateway(
    platform: Platform,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    path: str = "/v1/execute",
) -> ServiceAnswer:
    """Ask without a signed token, as a gateway of the predecessor's does."""
    url = f"{platform.client.base_url}{path}"
    data = json.dumps(body).encode()
    sent = {"content-type": "application/json", **(LEGACY if headers is None else headers)}
    async with platform.client.session.post(url, data=data, headers=sent) as answer:
        return ServiceAnswer(answer.status, answer.headers, await answer.read())


async def test_answer_has_the_predecessors_members_and_no_others(platform: Platform) -> None:
    answer = await platform.execute(platform.install("ok"), headers={**COMPATIBLE, **ROUTING})

    assert answer.status == 200
    assert answer.json() == {
        "status": 200,
        "headers": {"content-type": "text/plain"},
        "body_b64": base64.b64encode(b"ok").decode(),
    }
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-annex-execution-id"]


async def test_missing_routing_headers_are_told_as_the_predecessor_does(platform: Platform) -> None:
    answer = await platform.execute(platform.install("ok"), headers=COMPATIBLE)

    assert (answer.status, answer.json()) == (
        200,
        {"status": 400, "headers": {}, "error": "missing_routing_headers"},
    )


async def test_unknown_capabilities_are_told_as_the_predecessor_does(platform: Platform) -> None:
    body = execute_body(platform.install("ok"), limits={}) | {"providers": ["cap:fly", "http.fetch", "swim"]}

    answer = await platform.post(body, headers={**COMPATIBLE, **ROUTING})

    assert (answer.status, answer.json()) == (
        200,
        {"status": 400, "headers": {}, "error": "unknown_capabilities: cap:fly, swim"},
    )


@pytest.mark.parametrize(
    ("guest", "status", "error"),
    [
        ("trap", 500, "execute_failed: GUEST_TRAP: "),
        ("loop_forever", 500, "execute_failed: DEADLINE_EXCEEDED: "),
    ],
)
async def test_end_without_an_answer_is_an_error_text_with_our_code_in_it(
    platform: Platform, guest: str, status: int, error: str
) -> None:
    record = platform.install(guest)
    await platform.warm_up(record, wait_ms=20_000)

    answer = await platform.execute(record, timeout_ms=1_500, headers={**COMPATIBLE, **ROUTING})

    assert (answer.status, answer.json()["status"]) == (200, status)
    assert answer.json()["error"].startswith(error)
    assert answer.headers["x-annex-problem"] in error
    assert answer.headers["cache-control"] == "no-store"


async def test_bundle_that_cannot_be_had_is_a_bundle_error(platform: Platform) -> None:
    record = platform.install_bundle(ContentHash.of(b"nobody has it"), None)

    answer = await platform.execute(record, headers={**COMPATIBLE, **ROUTING})

    assert answer.json()["status"] == 502
    assert answer.json()["error"].startswith("bundle_fetch_failed: BUNDLE_NOT_FOUND: ")


async def test_predecessors_token_opens_the_compatibility_mode(platform: Platform) -> None:
    record = platform.install("ok")

    answer = await _as_predecessors_gateway(platform, execute_body(record, limits={}))

    assert (answer.status, answer.json()["status"]) == (200, 200)


@pytest.mark.parametrize(
    "headers",
    [
        {**LEGACY, "x-runner-service-token": "another-token-of-the-same-length!!!"},
        {**LEGACY, "x-runner-service-token": ""},
        {**ROUTING, "x-runner-service-token": LEGACY_TOKEN},
        {**LEGACY, "x-annex-service-token": "not.a.token"},
        {**COMPATIBLE, **ROUTING},
    ],
    ids=["another token", "empty", "not in compatibility mode", "beside a signed one", "none"],
)
async def test_nothing_but_the_configured_token_in_compatibility_mode_enters(
    platform: Platform, headers: dict[str, str]
) -> None:
    answer = await _as_predecessors_gateway(
        platform, execute_body(platform.install("ok"), limits={}), headers
    )

    assert (answer.status, answer.json()["code"]) == (401, "SERVICE_TOKEN_REFUSED")


async def test_routing_header_of_another_tenant_is_refused(platform: Platform) -> None:
    answer = await _as_predecessors_gateway(
        platform,
        execute_body(platform.install("ok"), limits={}),
        {**LEGACY, "x-alga-tenant": str(OTHER_TENANT)},
    )

    assert (answer.status, answer.json()["code"]) == (403, "CALLER_REFUSED")


async def test_config_of_a_legacy_request_hides_and_never_sets(platform: Platform) -> None:
    record = platform.install("reads_config", config={"greeting": "ours"})
    named, unnamed = execute_body(record, limits={}), execute_body(record, limits={})
    named["context"]["config"] = {"greeting": "forged"}
    unnamed["context"]["config"] = {"other": "x"}

    seen = await _as_predecessors_gateway(platform, named)
    hidden = await _as_predecessors_gateway(platform, unnamed)

    assert base64.b64decode(seen.json()["body_b64"]) == b"ours"
    assert hidden.json()["status"] == 404


async def test_providers_and_envelope_of_a_legacy_request_only_take_away(platform: Platform) -> None:
    install_id = str(uuid4())
    record = platform.install(
        "reads_secret",
        install_id=install_id,
        grants=["cap:secrets.get"],
        sealed_secrets=sealed_for(install_id, api_key="ours"),
    )
    body = execute_body(record, limits={})
    envelope = {"ciphertext_b64": base64.b64encode(b'{"api_key": "forged"}').decode()}
    other = {"ciphertext_b64": base64.b64encode(b'{"other": "forged"}').decode()}

    given = await _as_predecessors_gateway(
        platform, body | {"providers": ["secrets.get"], "secret_envelope": envelope}
    )
    without_grant = await _as_predecessors_gateway(platform, body | {"providers": []})
    without_name = await _as_predecessors_gateway(platform, body | {"secret_envelope": other})
    broken = await _as_predecessors_gateway(platform, body | {"secret_envelope": {"ciphertext_b64": "%"}})

    assert base64.b64decode(given.json()["body_b64"]) == b"ours"
    assert base64.b64decode(without_grant.json()["body_b64"]) == b"denied"
    assert base64.b64decode(without_name.json()["body_b64"]) == b"missing"
    assert broken.json() == {"status": 500, "headers": {}, "error": "secret_decrypt_failed"}


async def test_providers_in_a_request_grant_nothing(platform: Platform) -> None:
    body = execute_body(platform.install("reads_secret"), limits={}) | {"providers": ["secrets.get"]}

    answer = await _as_predecessors_gateway(platform, body)

    assert base64.b64decode(answer.json()["body_b64"]) == b"denied"


async def test_what_is_wrong_with_the_request_itself_keeps_its_status(platform: Platform) -> None:
    answer = await _as_predecessors_gateway(platform, {"context": {}})

    assert (answer.status, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert answer.headers["cache-control"] == "no-store"


async def test_warm_up_of_the_predecessor_without_context_says_that_calls_are_taken(
    platform: Platform,
) -> None:
    answer = await _as_predecessors_gateway(platform, {}, path="/warmup")

    assert (answer.status, answer.json()) == (200, {"state": "awake"})
    assert answer.headers["cache-control"] == "no-store"


async def test_warm_up_of_a_hash_nobody_published_is_refused(platform: Platform) -> None:
    record = platform.install("ok")

    answer = await platform.warm_up(record, install_id=None, content_hash=str(record.content_hash))

    assert (answer.status, answer.json()["code"]) == (404, "BUNDLE_NOT_FOUND")


async def test_warm_up_for_another_tenant_than_the_tokens_is_refused(platform: Platform) -> None:
    answer = await platform.warm_up(platform.install("ok"), tenant_id=str(OTHER_TENANT))

    assert (answer.status, answer.json()["code"]) == (403, "CALLER_REFUSED")


async def test_health_in_the_predecessors_form_needs_no_token(platform: Platform) -> None:
    async with platform.client.session.get(f"{platform.client.base_url}/healthz") as answer:
        document = await answer.json()

    assert answer.status == 200
    assert document == {"cache_writable": True, "bundle_store": "ok", "ext_cache_max_bytes": 4 << 30}
