"""Every guest of ``tests/guests``, run by the real engine: what its first line says is what happens."""

import io
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from wasmtime import Func as CoreFunc
from wasmtime import Instance, Memory, Module, Store, WasmtimeError

from annex_shared.bundle.accepted_imports import refuse_unknown_imports
from annex_shared.bundle.errors import ImportRefused
from annex_shared.bundle.wasm_imports import read_wasm
from support.guests import guest_names, guest_wasm
from support.told_answers import told_answer
from support.wasm_host import (
    MEBIBYTE,
    Answer,
    Call,
    Capabilities,
    ask,
    ask_guest,
    component_type,
    engine,
    imported_names,
)

_INDEX = Path(__file__).resolve().parents[2] / "guests" / "README.md"
_BUILD_SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "build_guests.py"
_SOON_SECONDS = 0.2


def test_ok_answers_a_small_body() -> None:
    answer = ask_guest("ok")

    assert answer == Answer(200, (("content-type", "text/plain"),), b"ok")


@pytest.mark.parametrize("body", [b"", b"hello", bytes(range(256)) * 400], ids=["empty", "short", "100 KB"])
def test_echo_body_answers_the_body_it_got(body: bytes) -> None:
    answer = ask_guest("echo_body", Call("POST", "/echo", (), body))

    assert answer == Answer(200, (), body)


def test_echo_body_without_a_body_answers_none() -> None:
    answer = ask_guest("echo_body")

    assert answer == Answer(200, (), None)


def test_imports_nothing_answers_although_it_imports_nothing() -> None:
    answer = ask_guest("imports_nothing", Call(body=b"ignored"))

    assert answer == Answer(204, (), None)
    assert imported_names(guest_wasm("imports_nothing")) == set()


@pytest.mark.parametrize("name", ["loop_forever", "loop_on_host_call"])
def test_a_loop_ends_only_by_interruption(name: str) -> None:
    with pytest.raises(WasmtimeError, match="wasm trap: interrupt"):
        ask(guest_wasm(name), interrupt_after_seconds=_SOON_SECONDS)


def test_loop_on_host_call_logs_all_the_time() -> None:
    capabilities = Capabilities()

    with pytest.raises(WasmtimeError):
        ask(guest_wasm("loop_on_host_call"), None, capabilities, interrupt_after_seconds=_SOON_SECONDS)

    assert set(capabilities.lines) == {"again"}
    assert len(capabilities.lines) > 100


def test_memory_bomb_traps_when_memory_is_refused() -> None:
    with pytest.raises(WasmtimeError, match="`unreachable` instruction"):
        ask(guest_wasm("memory_bomb"), memory_bytes=64 * MEBIBYTE)


def test_memory_bomb_takes_a_gibibyte_where_nothing_refuses_it() -> None:
    answer = ask(guest_wasm("memory_bomb"), memory_bytes=1100 * MEBIBYTE)

    assert answer.status == 200


def test_trap_traps() -> None:
    with pytest.raises(WasmtimeError, match="`unreachable` instruction"):
        ask_guest("trap")


def test_stack_overflow_exhausts_the_stack() -> None:
    with pytest.raises(WasmtimeError, match="call stack exhausted"):
        ask_guest("stack_overflow")


def test_bad_status_answers_99() -> None:
    answer = ask_guest("bad_status")

    assert answer == Answer(99, (), None)


def test_bad_header_answers_a_value_with_a_line_break() -> None:
    answer = ask_guest("bad_header")

    assert answer.headers == (("x-guest", "a\r\nset-cookie: b=c"),)


def test_many_headers_answers_ten_thousand() -> None:
    answer = ask_guest("many_headers")

    assert answer == Answer(200, (("x", "y"),) * 10_000, None)


def test_huge_header_answers_a_long_value() -> None:
    answer = ask_guest("huge_header")

    assert answer.headers == (("x-long", "x" * 16 * MEBIBYTE),)


def test_huge_answer_is_above_the_cap_and_still_arrives() -> None:
    answer = ask_guest("huge_answer")

    assert answer == Answer(200, (), b"x" * 2_252_800)
    assert len(answer.body or b"") > 2 * MEBIBYTE


def test_unliftable_answer_fails_after_the_guest_returned() -> None:
    with pytest.raises(WasmtimeError, match="fuel allocated for hostcalls has been exhausted") as refusal:
        ask_guest("unliftable_answer")

    assert "wasm trap" not in str(refusal.value)


def test_calls_storage_answers_the_entry_it_read() -> None:
    answer = ask_guest("calls_storage", None, Capabilities(entries={("notes", "first"): b"\x00note"}))

    assert answer == Answer(200, (), b"\x00note")


def test_calls_storage_names_the_error_it_got() -> None:
    answer = ask_guest("calls_storage", None, Capabilities(entries={("notes", "second"): b"note"}))

    assert answer == Answer(400, (), b"missing")


def test_calls_unknown_traps_where_nobody_answers() -> None:
    with pytest.raises(WasmtimeError, match="alga:extension/teleport"):
        ask_guest("calls_unknown")


def test_puts_item_creates_the_item_once() -> None:
    capabilities = Capabilities()

    first = ask_guest("puts_item", Call("POST", body=b"\x00body"), capabilities)
    second = ask_guest("puts_item", Call("POST", body=b"other"), capabilities)

    assert (first, second) == (Answer(201, (), b"first"), Answer(400, (), b"conflict"))
    assert capabilities.entries == {("notes", "first"): b"\x00body"}


def test_reads_secret_answers_the_secret() -> None:
    answer = ask_guest("reads_secret", None, Capabilities(secrets={"api_key": "s3cret-ü"}))

    assert answer == Answer(200, (), "s3cret-ü".encode())


def test_reads_secret_names_the_error_it_got() -> None:
    answer = ask_guest("reads_secret", None, Capabilities(secrets={"other": "s3cret"}))

    assert answer == Answer(400, (), b"denied")


def test_reads_config_answers_the_value() -> None:
    answer = ask_guest("reads_config", None, Capabilities(config={"greeting": "Ahoj"}))

    assert answer == Answer(200, (), b"Ahoj")


def test_reads_config_answers_404_where_nothing_is_set() -> None:
    answer = ask_guest("reads_config")

    assert answer == Answer(404, (), None)


def test_wasi_socket_reaches_the_network_of_a_host_that_links_all_of_wasi() -> None:
    answer = ask(guest_wasm("wasi_socket"), with_wasi=True)

    assert answer.status == 200
    assert "wasi:sockets/instance-network@0.2.0" in imported_names(guest_wasm("wasi_socket"))


def test_wasi_socket_traps_where_wasi_is_not_linked() -> None:
    with pytest.raises(WasmtimeError, match="wasi:sockets/instance-network"):
        ask(guest_wasm("wasi_socket"))


def test_core_module_answers_json_through_alloc_and_handler() -> None:
    store = Store(engine())
    store.set_epoch_deadline(1)
    module = Module(engine(), guest_wasm("core_module"))
    assert module.imports == []
    exports = Instance(store, module, []).exports(store)
    memory, alloc, handler = exports["memory"], exports["alloc"], exports["handler"]
    assert isinstance(memory, Memory)
    assert isinstance(alloc, CoreFunc)
    assert isinstance(handler, CoreFunc)
    request = b'{"context":{},"http":{"method":"GET","path":"/","query":{},"headers":{}}}' + b" " * 100_000
    place, out = alloc(store, len(request)), alloc(store, 8)
    memory.write(store, request, place)

    code = handler(store, place, len(request), out)

    start, length = struct.unpack("<II", memory.read(store, out, out + 8))
    assert code == 0
    assert json.loads(memory.read(store, start, start + length)) == {
        "status": 200,
        "headers": {"content-type": "text/plain"},
        "body_b64": "b2s=",
    }


_REFUSED = {"module_foreign_import": "alga.storage_get"}


@pytest.mark.parametrize("name", [name for name in guest_names() if name not in _REFUSED])
def test_a_guest_passes_the_import_check_of_publishing(name: str) -> None:
    facts = read_wasm(io.BytesIO(guest_wasm(name)))

    refuse_unknown_imports(facts)

    if not name.startswith(("wasi_", "module_")):
        assert all(imported.startswith("alga:extension/") for imported in facts.imports)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("answer_is_the_request", "wasm trap|discriminant|pointer|alignment|bounds"),
        ("answer_out_of_bounds", "bounds|aligned"),
        ("calls_what_nobody_offers", "alga:extension/teleport"),
        ("divides_by_zero", "integer divide by zero"),
        ("endless_header_list", "bounds|overflow"),
        ("invalid_option", "discriminant"),
        ("logs_no_text", "utf-8"),
        ("negative_body_length", "bounds"),
        ("reads_out_of_bounds", "out of bounds memory access"),
        ("realloc_calls_the_host", "leave"),
        ("realloc_lies", "beyond end of memory"),
        ("realloc_traps", "`unreachable` instruction"),
        ("recursion_through_a_table", "call stack exhausted"),
        ("start_traps", "`unreachable` instruction"),
        ("wasi_http", "wasi:http/outgoing-handler"),
    ],
)
def test_a_guest_is_ended_for_what_it_says(name: str, end: str) -> None:
    with pytest.raises(WasmtimeError, match=end):
        ask(guest_wasm(name))


@pytest.mark.parametrize("name", ["start_loops", "realloc_loops", "floods_config"])
def test_a_guest_that_never_ends_is_interrupted(name: str) -> None:
    with pytest.raises(WasmtimeError, match="wasm trap: interrupt"):
        ask(guest_wasm(name), interrupt_after_seconds=_SOON_SECONDS)


@pytest.mark.parametrize(
    "name", ["many_instances", "many_memories", "asks_with_a_huge_key", "logs_a_mebibyte"]
)
def test_a_guest_answers_where_nothing_limits_it(name: str) -> None:
    assert ask_guest(name).status == 200


@pytest.mark.parametrize("name", ["start_takes_memory", "born_with_much_memory"])
def test_a_guest_takes_its_memory_before_it_is_called(name: str) -> None:
    with pytest.raises(WasmtimeError, match=r"unreachable|exceeds memory limits"):
        ask(guest_wasm(name), memory_bytes=64 * MEBIBYTE)


@pytest.mark.parametrize(
    ("name", "end"), [("post_return_traps", "unreachable"), ("post_return_loops", "interrupt")]
)
def test_a_guest_misuses_its_time_to_clean_up(name: str, end: str) -> None:
    with pytest.raises(WasmtimeError, match=end):
        ask(guest_wasm(name), interrupt_after_seconds=_SOON_SECONDS)


def test_handler_of_another_type_is_a_function_over_numbers() -> None:
    kind = component_type("handler_of_another_type")["handler"]

    assert "func" in kind.lower()


def test_without_handler_exports_nothing() -> None:
    assert component_type("without_handler") == {}


def test_answers_as_told_answers_what_the_body_describes() -> None:
    told = told_answer(1000, ((b"x-a", b"1"), (b"x-b", b"")), b"body")

    answer = ask_guest("answers_as_told", Call("POST", "/", (), told))

    assert answer == Answer(1000, (("x-a", "1"), ("x-b", "")), b"body")


@pytest.mark.parametrize("body", [None, struct.pack("<I", 100)], ids=["nothing", "100,000"])
def test_busy_for_as_long_as_told_comes_to_an_end(body: bytes | None) -> None:
    assert ask_guest("busy_for_as_long_as_told", Call("POST", "/", (), body)).status == 200


def test_answers_as_told_answers_200_when_it_is_told_nothing() -> None:
    assert ask_guest("answers_as_told") == Answer(200, (), None)


@pytest.mark.parametrize(("name", "imported"), _REFUSED.items())
def test_a_forbidden_import_is_refused_by_the_import_check_of_publishing(name: str, imported: str) -> None:
    facts = read_wasm(io.BytesIO(guest_wasm(name)))

    with pytest.raises(ImportRefused, match=imported):
        refuse_unknown_imports(facts)


def test_the_index_has_one_line_for_each_guest() -> None:
    listed = [line.split("`")[1] for line in _INDEX.read_text().splitlines() if line.startswith("| `")]

    assert listed == guest_names()


def test_the_kept_guests_come_from_the_sources_beside_them() -> None:
    checked = subprocess.run(
        [sys.executable, _BUILD_SCRIPT, "--check"], capture_output=True, text=True, check=False, timeout=60
    )

    assert (checked.returncode, checked.stderr) == (0, "")
