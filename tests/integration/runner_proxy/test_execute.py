import asyncio
import base64
from uuid import uuid4

from annex_shared.service_tokens import Caller
from integration.runner_proxy.platform import (
    OTHER_TENANT,
    TENANT,
    Platform,
    execute_body,
    sealed_for,
)


def _body(answer: dict[str, str]) -> bytes:
    return base64.b64decode(answer["body_b64"])


async def test_answers_200_with_what_the_guest_said(platform: Platform) -> None:
    record = platform.install("ok")

    answer = await platform.execute(record)

    assert answer.status == 200
    document = answer.json()
    assert (document["status"], document["headers"]) == (200, {"content-type": "text/plain"})
    assert document["headers_list"] == [["content-type", "text/plain"]]
    assert _body(document) == b"ok"
    assert document["effects"] == 0
    assert document["execution_id"]
    assert document["usage"]["response_bytes"] == 2


async def test_body_reaches_the_guest_and_comes_back(platform: Platform) -> None:
    body = bytes(range(256)) * 64

    answer = await platform.execute(platform.install("echo_body"), method="POST", body=body)

    assert _body(answer.json()) == body


async def test_largest_body_reaches_a_guest_within_its_memory(platform: Platform) -> None:
    body = bytes(4 * 1024 * 1024)

    answer = await platform.execute(platform.install("ok"), method="POST", body=body, timeout_ms=20_000)
    larger = await platform.execute(platform.install("ok"), method="POST", body=body + b"x")

    assert answer.json()["status"] == 200
    assert (larger.status, larger.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_request_without_body_is_no_empty_body(platform: Platform) -> None:
    record = platform.install("echo_body")

    absent = await platform.execute(record)
    empty = await platform.execute(record, body=b"")

    assert absent.json()["body_b64"] is None
    assert empty.json()["body_b64"] == ""


async def test_component_with_any_subset_of_imports_runs(platform: Platform) -> None:
    answer = await platform.execute(platform.install("imports_nothing"))

    assert answer.json()["status"] == 204


async def test_call_of_an_unavailable_import_names_it(platform: Platform) -> None:
    answer = await platform.execute(platform.install("calls_storage"))

    assert answer.status == 502
    assert answer.json()["code"] == "HOST_FUNCTION_UNAVAILABLE"
    assert answer.json()["details"]["function"] == "storage.get"
    assert answer.json()["details"]["effects"] == 0


async def test_guest_reads_its_config(platform: Platform) -> None:
    record = platform.install("reads_config", config={"greeting": "hello"})

    answer = await platform.execute(record)

    assert _body(answer.json()) == b"hello"
    assert answer.json()["usage"]["host_calls"] == 1


async def test_config_in_the_request_is_not_believed(platform: Platform) -> None:
    record = platform.install("reads_config", config={})
    body = execute_body(record, limits={})
    body["context"]["config"] = {"greeting": "forged"}

    answer = await platform.post(body)

    assert answer.json()["status"] == 404


async def test_granted_secret_is_opened_for_the_guest(platform: Platform) -> None:
    install_id = str(uuid4())
    record = platform.install(
        "reads_secret",
        install_id=install_id,
        grants=["cap:secrets.get"],
        sealed_secrets=sealed_for(install_id, api_key="s3cret-value"),
    )

    answer = await platform.execute(record)

    assert _body(answer.json()) == b"s3cret-value"


async def test_secret_without_grant_is_denied(platform: Platform) -> None:
    install_id = str(uuid4())
    record = platform.install(
        "reads_secret", install_id=install_id, sealed_secrets=sealed_for(install_id, api_key="s3cret-value")
    )

    answer = await platform.execute(record)

    assert (answer.json()["status"], _body(answer.json())) == (400, b"denied")


async def test_envelope_of_another_install_opens_nothing(platform: Platform) -> None:
    record = platform.install(
        "reads_secret",
        grants=["cap:secrets.get"],
        sealed_secrets=sealed_for(str(uuid4()), api_key="of somebody else"),
    )

    answer = await platform.execute(record)

    assert _body(answer.json()) == b"internal"


async def test_newer_config_version_is_read_before_the_call_runs(platform: Platform) -> None:
    record = platform.install("reads_config", config={"greeting": "old"})
    first = await platform.execute(record)
    platform.registry.put(
        record.model_copy(update={"config": {"greeting": "new"}, "config_version": 2, "revision": 2})
    )

    second = await platform.execute(record, headers={"x-ext-config-version": "2"})

    assert (_body(first.json()), _body(second.json())) == (b"old", b"new")


async def test_newer_version_unread_while_registry_is_away_is_refused(platform: Platform) -> None:
    record = platform.install("reads_config", config={"greeting": "old"})
    await platform.execute(record)
    platform.registry.is_away = True

    answer = await platform.execute(record, headers={"x-ext-config-version": "2"})
    known = await platform.execute(record)
    platform.registry.is_away = False

    assert (answer.status, answer.json()["code"]) == (503, "REGISTRY_UNAVAILABLE")
    assert _body(known.json()) == b"old"


async def test_request_without_install_is_refused(platform: Platform) -> None:
    body = execute_body(platform.install("ok"), limits={})
    del body["context"]["install_id"]

    answer = await platform.post(body)

    assert (answer.status, answer.json()["code"]) == (400, "INSTALL_REQUIRED")


async def test_unknown_install_is_refused(platform: Platform) -> None:
    record = platform.install("ok").model_copy(update={"install_id": str(uuid4())})

    answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (404, "INSTALL_NOT_FOUND")


async def test_install_of_another_tenant_does_not_exist(platform: Platform) -> None:
    record = platform.install("ok").model_copy(update={"tenant_id": str(OTHER_TENANT)})

    answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (404, "INSTALL_NOT_FOUND")


async def test_disabled_install_is_refused(platform: Platform) -> None:
    answer = await platform.execute(platform.install("ok", is_enabled=False))

    assert (answer.status, answer.json()["code"]) == (403, "INSTALL_DISABLED")


async def test_another_bundle_than_the_installed_one_is_refused(platform: Platform) -> None:
    record = platform.install("ok")

    answer = await platform.execute(record.model_copy(update={"content_hash": platform.publish("trap")}))

    assert (answer.status, answer.json()["code"]) == (409, "INSTALL_VERSION_MISMATCH")


async def test_token_of_another_tenant_is_refused(platform: Platform) -> None:
    answer = await platform.execute(platform.install("ok"), caller=Caller("key:1", OTHER_TENANT))

    assert (answer.status, answer.json()["code"]) == (403, "CALLER_REFUSED")


async def test_request_without_service_token_is_refused(platform: Platform) -> None:
    body = execute_body(platform.install("ok"), limits={})

    async with platform.client.session.post(f"{platform.client.base_url}/v1/execute", json=body) as answer:
        document = await answer.json(content_type=None)

    assert (answer.status, document["code"]) == (401, "SERVICE_TOKEN_REFUSED")


async def test_service_other_than_the_gateway_is_refused(platform: Platform) -> None:
    record = platform.install("ok")
    session, url = platform.client.session, platform.client.base_url
    ui_host = type(platform.client)(session, url, "runner-proxy", platform.keys.issuer("ui-host"))

    answer = await Platform(platform.registry, ui_host, platform.keys).execute(record)

    assert (answer.status, answer.json()["code"]) == (403, "CALLER_REFUSED")


async def test_malformed_body_names_the_field(platform: Platform) -> None:
    answer = await platform.post({"context": {"tenant_id": str(TENANT)}, "http": {}})

    assert (answer.status, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert "content_hash" in str(answer.json()["details"]["errors"])


async def test_body_that_is_not_base64_is_refused(platform: Platform) -> None:
    answer = await platform.execute(platform.install("echo_body"), body_b64="%%%")

    assert (answer.status, answer.json()["code"]) == (400, "INVALID_REQUEST")


async def test_ready_tells_isolation_registry_and_cache(platform: Platform) -> None:
    async with asyncio.timeout(30):
        # It is ready when it has heard of the installs, a moment after it began to listen.
        while True:
            async with platform.client.session.get(f"{platform.client.base_url}/readyz") as answer:
                document = await answer.json()
            if answer.status == 200:
                break
            await asyncio.sleep(0.05)

    assert set(document["checks"]) == {"registry", "cache", "workers", "installs", "log_verify", "database"}
    assert "isolation no-" in document["checks"]["workers"]["state"]
