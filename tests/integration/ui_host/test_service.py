import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE

import pytest

from annex_shared.settings import InvalidSettings
from annex_ui_host.settings import UiHostSettings
from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry
from integration.ui_host.raw_http import ask, ask_until

FILES = {"index.html": b"<p>"}


async def test_service_is_alive_before_and_ready_after_it_has_read_the_registry(
    registry: ContractRegistry, start: Start
) -> None:
    registry.is_away = True
    async with start() as port:
        before = [(await ask(port, path)).status for path in ("/livez", "/readyz")]
        registry.is_away = False
        ready = await ask_until(port, "/readyz", 200)

    assert before == [200, 503]
    assert json.loads(ready.body)["checks"]["projections"]["ok"] is True


async def test_outage_of_the_registry_does_not_make_a_filled_service_unready(
    registry: ContractRegistry, start: Start
) -> None:
    async with start(repair_interval_seconds=0.05) as port:
        await ask_until(port, "/readyz", 200)
        registry.is_away = True
        await registry.was_cut.wait()

        answer = await ask(port, "/readyz")

    assert answer.status == 200


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:{port}", None, 200),
        ("LOCALHOST:{port}", None, 200),
        ("localhost:{port}", "null", 200),
        ("localhost:{port}", "http://localhost:{port}", 200),
        ("localhost:{port}", "http://127.0.0.1:8080", 200),
        ("localhost:{port}", "https://evil.example", 403),
        ("evil.example", None, 421),
        ("evil.example:{port}", None, 421),
        ("127.0.0.1:{port}", None, 421),
        ("localhost", None, 421),
    ],
)
async def test_local_ui_host_answers_only_under_its_own_name(
    host: str, origin: str | None, status: int, registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", FILES)
    async with start(local_only=True) as port:
        headers = [("Origin", origin.format(port=port))] if origin else []
        answer = await ask(
            port,
            f"/ext-ui/acme.notes/{version.content_hash}/index.html",
            host=host.format(port=port),
            headers=headers,
        )

    assert answer.status == status


async def test_public_origin_stands_in_the_policy_whatever_host_is_asked(
    registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", FILES)
    async with start(public_origin="https://ui.example.net") as port:
        answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/index.html", host="evil.example")

    policy = answer.headers["content-security-policy"]
    assert f"script-src https://ui.example.net/ext-ui/acme.notes/{version.content_hash}/;" in policy
    assert "evil" not in policy


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"FRAME_ANCESTORS": "https://a.example; script-src *"}, "FRAME_ANCESTORS"),
        ({"FRAME_ANCESTORS": "'none' https://a.example"}, "FRAME_ANCESTORS"),
        ({"FRAME_ANCESTORS": ""}, "FRAME_ANCESTORS"),
        ({"FRAME_ANCESTORS": "*"}, "FRAME_ANCESTORS"),
        ({"PUBLIC_ORIGIN": "https://ui.example/path"}, "PUBLIC_ORIGIN"),
        ({"PUBLIC_ORIGIN": "https://ui.example\r\nx: y"}, "PUBLIC_ORIGIN"),
        ({"MAX_CACHED_BYTES": "1000"}, "MAX_UI_BYTES"),
        ({"CONCURRENT_FETCHES": "0"}, "CONCURRENT_FETCHES"),
        ({"SERVICE_KEY_FILE": ""}, ""),
    ],
)
def test_mistaken_setting_is_named(given: dict[str, str], named: str) -> None:
    environment = {"SERVICE_KEY_FILE": "key.pem", **given}

    if named:
        with pytest.raises(InvalidSettings, match=named):
            UiHostSettings.load(environment)
    else:
        assert UiHostSettings.load(environment)[0].port == 8083


def test_predecessor_name_of_the_frame_ancestors_is_taken_with_a_warning() -> None:
    environment = {
        "SERVICE_KEY_FILE": "key.pem",
        "EXT_UI_FRAME_ANCESTORS": "https://a.example  https://*.b.example",
    }

    settings, warnings = UiHostSettings.load(environment)

    assert settings.frame_ancestors == "https://a.example https://*.b.example"
    assert len(warnings) == 1


async def test_program_serves_and_stops_on_sigterm(registry: ContractRegistry) -> None:
    version = registry.publish("acme/notes", FILES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "ANNEX_UI_HOST_PORT": str(port),
        "ANNEX_UI_HOST_HOST": "127.0.0.1",
        "REGISTRY_URL": registry.url,
        "SERVICE_KEY_FILE": str(registry.key_file),
    }
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "annex_ui_host", "serve", env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        assert program.stdout is not None
        while b"service_started" not in (line := await program.stdout.readline()):
            assert line, "the program ended before it started"
        answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/index.html")
        program.send_signal(signal.SIGTERM)
        _, errors = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()

    assert answer.status == 200
    assert program.returncode == 0
    assert errors == b""


async def test_program_without_its_key_says_so_in_one_sentence() -> None:
    environment = {**os.environ, "ANNEX_UI_HOST_SERVICE_KEY_FILE": "/nonexistent/key.pem"}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "annex_ui_host", "serve", env=environment, stdout=PIPE, stderr=PIPE
    )

    _, errors = await program.communicate()

    assert program.returncode == 2
    assert errors.decode() == "SERVICE_KEY_FILE cannot be read: No such file or directory.\n"
