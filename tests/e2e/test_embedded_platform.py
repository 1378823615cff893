"""`make run` as a newcomer meets it: it starts, answers, refuses in one sentence, leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUNDLE = ROOT / "examples" / "hello" / "annex-demo.hello-1.0.0.tar.zst"
ANNEX = Path(sys.executable).with_name("annex")
START_SECONDS = 170
STOP_SECONDS = 60
FREE_PORTS = dict.fromkeys(
    ("ANNEX_GATEWAY_PORT", "ANNEX_REGISTRY_PORT", "ANNEX_RUNNER_PROXY_PORT", "ANNEX_UI_HOST_PORT"), "0"
)


def _environment(home: Path, **more: str) -> dict[str, str]:
    return {**os.environ, **FREE_PORTS, "ANNEX_HOME": str(home), **more}


def _start(home: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "annex_standalone", "run"],
        cwd=ROOT,
        env=_environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        _, errors = process.communicate(timeout=STOP_SECONDS)
        pytest.fail(f"the platform ended with {process.returncode} before it was ready:\n{errors}")
    facts: dict[str, Any] = json.loads(line)
    return facts


def _stop(process: subprocess.Popen[str], name: signal.Signals = signal.SIGINT) -> str:
    """Interrupt the platform as Ctrl-C does; return what it said on the way."""
    process.send_signal(name)
    _, errors = process.communicate(timeout=STOP_SECONDS)
    return errors


def _processes_of(session: int) -> list[str]:
    """Find the living processes of one session: the platform's private servers and workers start there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[3]) == session:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, IndexError):
            continue
    return found


def _processes_naming(home: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(home) in command and int(entry.name) != os.getpid():
                found.append(command)
        except OSError:
            continue
    return found


@dataclass(frozen=True)
class Running:
    """A platform that is up, and what it said about itself."""

    home: Path
    ready: dict[str, Any]
    dev: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.dev["api_key"]}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("embedded") / "home"
    process = _start(home)
    try:
        ready = _ready(process)
        yield Running(home, ready, json.loads((home / "dev.json").read_text()))
        errors = _stop(process)
        assert process.returncode == 0, errors
        assert _processes_of(process.pid) == []
        assert _processes_naming(home) == []
    finally:
        process.kill()


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
    second = _start(platform.home)
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
        refused = _start(tmp_path / "home", ANNEX_GATEWAY_PORT=str(port))
        output, errors = refused.communicate(timeout=STOP_SECONDS)

    assert refused.returncode not in (0, None)
    assert output == ""
    assert f"error: Port {port} is taken by process {os.getpid()}" in errors
    assert "`ANNEX_GATEWAY_PORT=0 make run`" in errors
    assert _processes_naming(tmp_path / "home") == []


def test_a_foreign_directory_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    refused = _start(tmp_path)
    _, errors = refused.communicate(timeout=STOP_SECONDS)

    assert refused.returncode not in (0, None)
    assert "did not make" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_second_run_keeps_its_data_and_a_signal_during_the_start_undoes_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = _start(home)
    _ready(first)
    kept = json.loads((home / "dev.json").read_text())
    _stop(first, signal.SIGTERM)

    interrupted = _start(home)
    assert interrupted.stderr is not None
    interrupted.stderr.readline()
    _stop(interrupted)

    second = _start(home)
    _ready(second)
    reused = json.loads((home / "dev.json").read_text())
    errors = _stop(second)

    assert first.returncode == 0
    assert interrupted.returncode == 130
    assert reused["api_key"] == kept["api_key"]
    assert "was published before" in errors
    for process in (first, interrupted, second):
        assert _processes_of(process.pid) == []
    assert _processes_naming(home) == []
