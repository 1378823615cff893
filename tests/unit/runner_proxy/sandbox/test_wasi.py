import re
import time
from typing import Any

import pytest

from annex_runner_proxy.sandbox import wasi
from annex_runner_proxy.sandbox.messages import CallEnded, Failure
from annex_runner_proxy.sandbox.wasi import RESOURCES, WasiOfCall

_SOON_SECONDS = 0.05
_HOUR_NS = 3600 * 10**9


def _call(lines: list[tuple[str, str]] | None = None, *, seconds: float = 60) -> WasiOfCall:
    kept = [] if lines is None else lines
    return WasiOfCall(time.monotonic() + seconds, lambda stream, line: kept.append((stream, line)))


def _ask(name: str, call: WasiOfCall, *arguments: Any) -> Any:
    function = wasi.function_of(name)
    assert function is not None
    return function(call, *arguments)


def test_nothing_of_the_network_is_answered() -> None:
    names = [name for name in wasi._FUNCTIONS if name.startswith(("wasi:sockets", "wasi:http"))]  # noqa: SLF001

    assert names == []


def test_of_files_only_that_there_are_none_is_answered() -> None:
    names = {name for name in wasi._FUNCTIONS if name.startswith("wasi:filesystem")}  # noqa: SLF001

    assert names == {
        "wasi:filesystem/preopens.get-directories",
        "wasi:filesystem/types.filesystem-error-code",
    }
    assert _ask("wasi:filesystem/preopens.get-directories", _call()) == []


def test_surroundings_are_empty() -> None:
    assert _ask("wasi:cli/environment.get-environment", _call()) == []
    assert _ask("wasi:cli/environment.get-arguments", _call()) == []
    assert _ask("wasi:cli/environment.initial-cwd", _call()) is None


def test_the_wall_clock_is_that_of_the_machine() -> None:
    before = time.time_ns()
    now = _ask("wasi:clocks/wall-clock.now", _call())

    assert before <= now["seconds"] * 10**9 + now["nanoseconds"] <= time.time_ns()


def test_the_monotonic_clock_does_not_tell_how_long_the_machine_is_up() -> None:
    call = _call()

    first, second = (_ask("wasi:clocks/monotonic-clock.now", call) for _ in range(2))

    assert first <= second < time.monotonic_ns() - call.started_ns + 1


def test_randomness_differs_from_call_to_call() -> None:
    drawn = {_ask("wasi:random/random.get-random-bytes", _call(), 16) for _ in range(10)}
    seeds = {_ask("wasi:random/insecure-seed.insecure-seed", _call()) for _ in range(10)}

    assert len(drawn) == 10
    assert all(len(each) == 16 for each in drawn)
    assert len(seeds) == 10


def test_more_randomness_than_one_host_call_may_carry_ends_the_call() -> None:
    with pytest.raises(CallEnded) as ended:
        _ask("wasi:random/random.get-random-bytes", _call(), 1 << 40)

    assert ended.value.failure is Failure.HOST_CALL_TOO_LARGE


def test_waiting_past_the_deadline_ends_the_call() -> None:
    call = _call(seconds=_SOON_SECONDS)
    pollable = _ask("wasi:clocks/monotonic-clock.subscribe-duration", call, _HOUR_NS)

    with pytest.raises(CallEnded) as ended:
        _ask("wasi:io/poll.[method]pollable.block", call, pollable.number)

    assert ended.value.failure is Failure.DEADLINE_EXCEEDED


def test_poll_names_what_is_ready() -> None:
    call = _call()
    late = _ask("wasi:clocks/monotonic-clock.subscribe-duration", call, _HOUR_NS)
    now = _ask("wasi:clocks/monotonic-clock.subscribe-instant", call, 0)

    assert _ask("wasi:io/poll.poll", call, [late.number, now.number]) == [1]
    assert _ask("wasi:io/poll.[method]pollable.ready", call, late.number) is False


def test_waiting_for_nothing_traps() -> None:
    with pytest.raises(CallEnded) as ended:
        _ask("wasi:io/poll.poll", _call(), [])

    assert ended.value.failure is Failure.GUEST_TRAP


def test_pollables_are_bounded_and_given_back_when_dropped() -> None:
    call = _call()
    handles = [_ask("wasi:clocks/monotonic-clock.subscribe-duration", call, 1) for _ in range(10_000)]
    with pytest.raises(CallEnded):
        _ask("wasi:clocks/monotonic-clock.subscribe-duration", call, 1)

    for handle in handles:
        wasi.forget(call, handle.kind, handle.number)

    assert call.pollables == {}


def test_output_becomes_lines_of_its_stream() -> None:
    lines: list[tuple[str, str]] = []
    call = _call(lines)
    out, err = (_ask(f"wasi:cli/{name}.get-{name}", call) for name in ("stdout", "stderr"))

    _ask("wasi:io/streams.[method]output-stream.write", call, out.number, b"to out\nand ")
    _ask("wasi:io/streams.[method]output-stream.blocking-write-and-flush", call, err.number, b"to err\n")
    _ask("wasi:io/streams.[method]output-stream.write", call, out.number, b"more")
    call.flush()

    assert lines == [("stdout", "to out"), ("stderr", "to err"), ("stdout", "and more")]


def test_input_is_at_its_end() -> None:
    call = _call()
    stdin = _ask("wasi:cli/stdin.get-stdin", call)

    assert _ask("wasi:io/streams.[method]input-stream.read", call, stdin.number, 10) == (
        "err",
        ("closed", None),
    )


@pytest.mark.parametrize(("name", "argument"), [("exit", ("ok", None)), ("exit-with-code", 3)])
def test_exit_ends_the_call_only(name: str, argument: Any) -> None:
    with pytest.raises(CallEnded) as ended:
        _ask(f"wasi:cli/exit.{name}", _call(), argument)

    assert ended.value.failure is Failure.GUEST_TRAP


def test_every_kind_of_resource_has_a_number_of_its_own() -> None:
    assert len(set(RESOURCES.values())) == len(RESOURCES)


def test_every_answer_has_the_form_of_a_name() -> None:
    form = re.compile(r"wasi:[a-z]+/[a-z-]+\.(\[method\][a-z-]+\.)?[a-z0-9-]+")

    assert all(form.fullmatch(name) for name in wasi._FUNCTIONS)  # noqa: SLF001
