"""`make run` as a newcomer meets it: it starts, answers, refuses in one sentence, leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest

from annex_shared.transparency import NoteVerifier, open_checkpoint
from support.platform_embedded import (
    ROOT,
    STOP_SECONDS,
    Running,
    await_ready,
    processes_naming,
    processes_of,
    running_platform,
    start,
    stop,
)

BUNDLE = ROOT / "examples" / "hello" / "annex-demo.hello-1.0.0.tar.zst"
ANNEX = Path(sys.executable).with_name("annex")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_platform(tmp_path_factory.mktemp("embedded") / "home") as running:
        yield running


async def test_it_says_where_everything_is_and_keeps_the_keys_in_the_file(platform: Running) -> None:
    assert set(platform.dev) == {
        "gateway_url",
        "registry_url",
        "runner_proxy_url",
        "ui_host_url",
        "tenant_id",
        "api_key",
        "admin_api_key",
        "publisher_key_path",
        "log_vkey",
        "hello_url",
        "hello_ui_url",
    }
    assert (platform.home / "dev.json").stat().st_mode & 0o777 == 0o600
    assert platform.dev["api_key"] not in json.dumps(platform.ready)
    assert platform.dev["admin_api_key"] not in json.dumps(platform.ready)


def test_the_printed_curl_answers_from_inside_the_sandbox(platform: Running) -> None:
    answered = subprocess.run(
        ["sh", "-c", platform.ready["curl"]], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    answer = json.loads(answered.stdout)
    assert answer["message"] == "Hello, you!"
    assert answer["tenant_id"] == platform.dev["tenant_id"]


async def test_the_page_loads_from_an_origin_of_its_own(platform: Running) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(platform.dev["hello_ui_url"]) as page:
            text = await page.text()
            policy = page.headers["content-security-policy"]
            etag = page.headers["etag"]
        async with session.get(platform.dev["hello_ui_url"], headers={"if-none-match": etag}) as again:
            status = again.status

    assert page.status == HTTPStatus.OK
    assert platform.dev["ui_host_url"] != platform.dev["gateway_url"]
    assert "<html" in text.lower()
    assert platform.dev["gateway_url"] in policy
    assert status == HTTPStatus.NOT_MODIFIED


async def test_the_log_is_open_to_everybody_and_signed_with_the_key_that_is_told(platform: Running) -> None:
    key = NoteVerifier.parse(platform.dev["log_vkey"])
    address = f"{platform.dev['gateway_url']}/log/checkpoint"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        note = await answer.read()

    checkpoint = open_checkpoint(note, [key]).checkpoint
    assert answer.status == HTTPStatus.OK
    assert checkpoint.origin.startswith("localhost/annex/")
    # The publisher's key, the extension, its version.
    assert checkpoint.size == 3


def test_publishing_again_prints_the_sentence_and_exits_6(platform: Running) -> None:
    refused = subprocess.run(
        [ANNEX, "publish", str(BUNDLE), "--key-file", platform.dev["publisher_key_path"]],
        cwd=platform.home.parent,
        env={
            **os.environ,
            "ANNEX_TOKEN": platform.dev["admin_api_key"],
            "ANNEX_GATEWAY": platform.dev["gateway_url"],
            "XDG_STATE_HOME": str(platform.home.parent / "state"),
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert refused.returncode == 6, refused.stderr
    said = " ".join(refused.stderr.split())
    assert (
        'Version "1.0.0" of annex-demo/hello is already published and cannot be changed. '
        "Choose a new version number and publish again."
    ) in said
    assert "VERSION_ALREADY_EXISTS" in said


async def test_without_a_key_nothing_answers(platform: Running) -> None:
    async with aiohttp.ClientSession() as session, session.get(platform.dev["hello_url"]) as refused:
        document = await refused.json()

    assert refused.status == HTTPStatus.UNAUTHORIZED
    assert document["request_id"]


async def test_a_foreign_host_name_is_refused(platform: Running) -> None:
    headers = {**platform.headers, "host": "evil.example"}
    async with aiohttp.ClientSession() as session:
        async with session.get(platform.dev["hello_url"], headers=headers) as gateway:
            pass
        async with session.get(platform.dev["hello_ui_url"], headers={"host": "evil.example"}) as ui_host:
            pass

    assert gateway.status >= HTTPStatus.BAD_REQUEST
    assert ui_host.status >= HTTPStatus.BAD_REQUEST


def test_the_data_directory_in_use_is_refused_in_one_sentence(platform: Running) -> None:
    second = start(platform.home)
    output, errors = second.communicate(timeout=STOP_SECONDS)

    assert second.returncode not in (0, None)
    assert output == ""
    assert "error: The data directory" in errors
    assert "is in use by process" in errors


def test_a_busy_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = start(tmp_path / "home", ANNEX_GATEWAY_PORT=str(port))
        output, errors = refused.communicate(timeout=STOP_SECONDS)

    assert refused.returncode not in (0, None)
    assert output == ""
    assert f"error: Port {port} is taken by process {os.getpid()}" in errors
    assert "`ANNEX_GATEWAY_PORT=0 make run`" in errors
    assert processes_naming(tmp_path / "home") == []


def test_a_foreign_directory_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    refused = start(tmp_path)
    _, errors = refused.communicate(timeout=STOP_SECONDS)

    assert refused.returncode not in (0, None)
    assert "did not make" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_second_run_keeps_its_data_and_a_signal_during_the_start_undoes_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = start(home)
    await_ready(first)
    kept = json.loads((home / "dev.json").read_text())
    stop(first, signal.SIGTERM)

    interrupted = start(home)
    assert interrupted.stderr is not None
    interrupted.stderr.readline()
    stop(interrupted)

    second = start(home)
    await_ready(second)
    reused = json.loads((home / "dev.json").read_text())
    errors = stop(second)

    assert first.returncode == 0
    assert interrupted.returncode == 130
    assert reused["api_key"] == kept["api_key"]
    assert "was published before" in errors
    for process in (first, interrupted, second):
        assert processes_of(process.pid) == []
    assert processes_naming(home) == []
