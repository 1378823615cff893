"""Guests built by each supported tool chain, in a real worker: one handler, the same answers."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.errors import GuestTrap
from annex_shared.bundle.accepted_imports import refuse_unknown_imports
from annex_shared.bundle.wasm_imports import read_wasm
from integration.runner_proxy.workers import CONTEXT, Host, a_job, a_worker, compiled
from support.built_guests import built_guest

_ANSWERS: dict[str, Any] = {
    "context.get-context": CONTEXT,
    "config.get": "Ahoj",
    "secrets.get": ("err", "denied"),
}
_SLOW = pytest.mark.long
_JAVASCRIPT = [
    "js_quickjs",
    pytest.param("js_starling", marks=_SLOW),
    pytest.param("js_starling_oldest", marks=_SLOW),
]
_WITH_WASI = [*_JAVASCRIPT, pytest.param("py", marks=_SLOW)]
_PUBLISHABLE = [*_WITH_WASI, pytest.param("py_without_wasi", marks=_SLOW)]
_ALL = [*_WITH_WASI, pytest.param("py_without_wasi", marks=_SLOW)]


@pytest.fixture(scope="module")
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[WorkerProcess, Path]]:
    folder = Path(tmp_path_factory.mktemp("toolchains"))
    async with a_worker(folder) as worker:
        yield worker, folder


async def _ask(
    worker: tuple[WorkerProcess, Path],
    guest: str,
    url: str,
    host: Host | None = None,
    body: bytes | None = None,
) -> Any:
    process, folder = worker
    wasm = await asyncio.to_thread(built_guest, guest)
    path = await compiled(guest, folder, process.facts.fingerprint, wasm=wasm)
    job = a_job(path, url=url, seconds=20, memory_mb=256, body=body)
    answer = await process.run(job, host or Host(dict(_ANSWERS)))
    assert answer.status == 200
    return json.loads(answer.body or b"")


@pytest.mark.parametrize("guest", _ALL)
async def test_an_asynchronous_handler_answers(worker: tuple[WorkerProcess, Path], guest: str) -> None:
    assert await _ask(worker, guest, "/ok?x=1") == {"ok": True}


@pytest.mark.parametrize("guest", _WITH_WASI)
async def test_the_clock_is_right_in_every_fresh_instance(
    worker: tuple[WorkerProcess, Path], guest: str
) -> None:
    before = time.time() * 1000

    first = await _ask(worker, guest, "/time")
    second = await _ask(worker, guest, "/time")

    assert before - 1 <= first["now"] <= second["now"] <= time.time() * 1000 + 1


@pytest.mark.parametrize("guest", _WITH_WASI)
async def test_randomness_differs_between_fresh_instances(
    worker: tuple[WorkerProcess, Path], guest: str
) -> None:
    answers = [await _ask(worker, guest, "/random") for _ in range(3)]

    assert len({number for answer in answers for number in answer["random"]}) == 9
    assert len({answer["uuid"] for answer in answers}) == 3
    assert len({tuple(answer.get("bytes", answer["random"])) for answer in answers}) == 3


@pytest.mark.parametrize("guest", _JAVASCRIPT)
async def test_jobs_run_in_the_order_of_the_language(worker: tuple[WorkerProcess, Path], guest: str) -> None:
    answer = await _ask(worker, guest, "/order")

    assert sorted(map(str, answer["seen"])) == ["1", "2", "microtask", "now", "then"]
    assert answer["seen"][:3] == ["now", "then", "microtask"]
    assert answer["settled"] == ["rejected", "fulfilled"]
    assert answer["first"] == 2


@pytest.mark.parametrize("guest", _ALL)
async def test_host_functions_answer_and_their_errors_can_be_told(
    worker: tuple[WorkerProcess, Path], guest: str
) -> None:
    answer = await _ask(worker, guest, "/host")

    assert answer == {
        "tenant": CONTEXT["tenant-id"],
        "greeting": "Ahoj",
        "secret": {"refused": "denied"},
    }


@pytest.mark.parametrize("guest", _ALL)
async def test_what_a_guest_prints_is_a_line_of_its_log(
    worker: tuple[WorkerProcess, Path], guest: str
) -> None:
    host = Host(dict(_ANSWERS))

    await _ask(worker, guest, "/log", host)

    lines = [line for _, line in host.lines]
    assert len(lines) == 3
    assert "from the host" in lines
    assert ("warn", "from the host") in host.lines
    assert {level for level, _ in host.lines} == {"info", "warn", "error"}


@pytest.mark.parametrize("guest", _WITH_WASI)
async def test_an_uncaught_error_is_told_before_it_traps(
    worker: tuple[WorkerProcess, Path], guest: str
) -> None:
    host = Host(dict(_ANSWERS))

    with pytest.raises(GuestTrap):
        await _ask(worker, guest, "/throw", host)

    told = [line for level, line in host.lines if level == "error" and line.startswith("uncaught: ")]
    assert len(told) == 1
    assert "thrown after an await" in told[0] or "raised in Python" in told[0]
    assert worker[0].is_sound


async def test_a_promise_that_nothing_settles_is_named(worker: tuple[WorkerProcess, Path]) -> None:
    host = Host(dict(_ANSWERS))

    with pytest.raises(GuestTrap):
        await _ask(worker, "js_quickjs", "/never", host)

    assert any("waits for a promise that nothing settles" in line for _, line in host.lines)


async def test_a_mebibyte_of_text_is_decoded_and_encoded_within_the_default_of_processor_time(
    worker: tuple[WorkerProcess, Path],
) -> None:
    body = "ä€😀 and plain text \N{REPLACEMENT CHARACTER}".encode() * 33_000

    answer = await _ask(worker, "js_quickjs", "/ok", body=body)

    assert answer == {"text": body.decode()}


@pytest.mark.parametrize("guest", _PUBLISHABLE)
def test_a_guest_passes_the_import_check_of_publishing(guest: str, tmp_path: Path) -> None:
    place = tmp_path / "guest.wasm"
    place.write_bytes(built_guest(guest))

    with place.open("rb") as wasm:
        facts = read_wasm(wasm)
    refuse_unknown_imports(facts)

    assert facts.imports or guest == "py_without_wasi"
