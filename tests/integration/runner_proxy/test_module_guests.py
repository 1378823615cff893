"""Core modules in a real worker: every number they give is theirs, and none is believed."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.errors import (
    DeadlineExceeded,
    GuestAbiViolated,
    GuestHandlerFailed,
    GuestTrap,
    HostCallLimitExceeded,
    ResponseTooLarge,
    RunnerError,
)
from annex_runner_proxy.domain.ports import RawAnswer
from integration.runner_proxy.workers import Host, a_job, a_worker, compiled

_FETCHED = {"status": 203, "headers": [{"name": "x-from", "value": "there"}], "body": b"fetched"}


@pytest.fixture(scope="module")
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[WorkerProcess, str]]:
    folder = Path(tmp_path_factory.mktemp("modules"))
    async with a_worker(folder) as worker:
        yield worker, await compiled("module_misbehaves", folder, worker.facts.fingerprint)


async def _ask(
    worker: tuple[WorkerProcess, str], letter: str, host: Host | None = None, *, seconds: float = 10
) -> RawAnswer:
    process, path = worker
    return await process.run(a_job(path, url=f"/?{letter}", seconds=seconds), host or Host())


async def test_an_answer_without_headers_and_body_is_one(worker: tuple[WorkerProcess, str]) -> None:
    answer = await _ask(worker, "-")

    assert (answer.status, answer.headers, answer.body) == (200, (), None)


@pytest.mark.parametrize(
    ("letter", "error"),
    [
        ("A", GuestAbiViolated),
        ("B", GuestAbiViolated),
        ("C", GuestAbiViolated),
        ("D", GuestAbiViolated),
        ("E", GuestAbiViolated),
        ("F", ResponseTooLarge),
        ("G", GuestAbiViolated),
        ("H", GuestAbiViolated),
        ("I", GuestAbiViolated),
        ("J", GuestAbiViolated),
        ("K", GuestAbiViolated),
        ("L", GuestAbiViolated),
        ("M", GuestHandlerFailed),
        ("N", GuestAbiViolated),
        ("O", GuestTrap),
        ("R", HostCallLimitExceeded),
    ],
    ids=[
        "alloc gives null",
        "alloc gives a place past the end",
        "alloc gives too little room",
        "an answer past the end",
        "an answer that wraps around",
        "an answer without end",
        "an answer that is no JSON",
        "an answer that is no text",
        "a status in words",
        "an answer that is no object",
        "a body that is no base64",
        "a header that is no text",
        "an error number",
        "a log line past the end",
        "a trap",
        "log lines without end",
    ],
)
async def test_misbehaving_module_has_its_code_and_the_worker_goes_on(
    worker: tuple[WorkerProcess, str], letter: str, error: type[RunnerError]
) -> None:
    with pytest.raises(error):
        await _ask(worker, letter)

    assert worker[0].is_sound
    assert (await _ask(worker, "-")).status == 200


async def test_the_number_of_an_error_is_told(worker: tuple[WorkerProcess, str]) -> None:
    with pytest.raises(GuestHandlerFailed) as failed:
        await _ask(worker, "M")

    assert failed.value.details["result"] == "7"


async def test_lines_of_a_module_are_log_lines(worker: tuple[WorkerProcess, str]) -> None:
    host = Host()

    await _ask(worker, "Q", host)

    assert host.lines == [("info", "a line"), ("error", "a line")]
    assert host.streams == ["log", "log"]


async def test_a_module_fetches_through_the_broker(worker: tuple[WorkerProcess, str]) -> None:
    host = Host({"http.fetch": ("ok", _FETCHED)})

    answer = await _ask(worker, "S", host)

    assert (answer.status, answer.headers, answer.body) == (203, (("x-from", "there"),), b"fetched")
    assert host.asked == ["http.fetch"]


@pytest.mark.parametrize(
    ("code", "number"), [("invalid-url", 2), ("not-allowed", 3), ("transport", 4), ("internal", 5)]
)
async def test_a_refused_fetch_is_a_number(worker: tuple[WorkerProcess, str], code: str, number: int) -> None:
    with pytest.raises(GuestHandlerFailed) as failed:
        await _ask(worker, "S", Host({"http.fetch": ("err", code)}))

    assert failed.value.details["result"] == str(number)


async def test_a_malformed_fetch_never_reaches_the_broker(worker: tuple[WorkerProcess, str]) -> None:
    host = Host()

    with pytest.raises(GuestHandlerFailed) as failed:
        await _ask(worker, "T", host)

    assert failed.value.details["result"] == "1"
    assert host.asked == []


async def test_a_module_that_never_returns_ends_at_its_deadline(tmp_path: Path) -> None:
    async with a_worker(tmp_path) as worker:
        path = await compiled("module_misbehaves", tmp_path, worker.facts.fingerprint)

        with pytest.raises(DeadlineExceeded):
            await worker.run(a_job(path, url="/?P", seconds=0.3), Host())


async def test_the_kept_module_answers_in_the_terms_of_the_abi(tmp_path: Path) -> None:
    async with a_worker(tmp_path) as worker:
        path = await compiled("core_module", tmp_path, worker.facts.fingerprint)

        answer = await worker.run(a_job(path, body=b"x" * 1_000_000), Host())

    assert (answer.status, answer.headers, answer.body) == (200, (("content-type", "text/plain"),), b"ok")
    assert json.dumps(base64.b64encode(answer.body or b"").decode()) == '"b2s="'
