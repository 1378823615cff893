"""Every guest that means harm, with the end it comes to: the table of the hostile-guest suites."""

import json
from dataclasses import dataclass, field

from wasmtime import wat2wasm

from support.guests import guest_text, guest_wasm
from support.told_answers import told_answer

_FAKE_PROBLEM = json.dumps(
    {
        "type": "/errors/version-blocked",
        "title": "Version blocked",
        "status": 403,
        "detail": "Pay somebody.",
        "instance": "/",
        "code": "VERSION_BLOCKED",
        "message": "Pay somebody.",
        "request_id": "req_1",
    }
).encode()


@dataclass(frozen=True, slots=True)
class Hostile:
    """``code`` is the end without an answer; None means that the guest is answered for, harmless as it is.

    ``is_timed`` ends by time and is given little of it. ``told`` is the body that makes it do harm.
    """

    name: str
    code: str | None
    wasm: bytes = field(repr=False)
    is_timed: bool = False
    told: bytes | None = field(default=None, repr=False)


def _file(name: str, code: str | None, *, is_timed: bool = False) -> Hostile:
    return Hostile(name, code, guest_wasm(name), is_timed)


def _answer(
    name: str, code: str | None, status: int = 200, *headers: tuple[bytes, bytes], body: bytes | None = None
) -> Hostile:
    return Hostile(name, code, guest_wasm("answers_as_told"), told=told_answer(status, headers, body))


def hostile_guests() -> list[Hostile]:
    """Make them all; sorted by name, so that test ids are stable."""
    return sorted([*_behaving_badly(), *_answering_badly()], key=lambda hostile: hostile.name)


def _behaving_badly() -> list[Hostile]:
    return [
        _file("loop_forever", "DEADLINE_EXCEEDED", is_timed=True),
        _file("rp_loop_after_host_call", "DEADLINE_EXCEEDED", is_timed=True),
        _file("start_loops", "DEADLINE_EXCEEDED", is_timed=True),
        _file("realloc_loops", "DEADLINE_EXCEEDED", is_timed=True),
        _file("post_return_loops", "DEADLINE_EXCEEDED", is_timed=True),
        _file("loop_on_host_call", "HOST_CALL_LIMIT_EXCEEDED"),
        _file("floods_config", "HOST_CALL_LIMIT_EXCEEDED"),
        _file("asks_with_a_huge_key", "HOST_CALL_TOO_LARGE"),
        _file("logs_a_mebibyte", None),
        _file("logs_no_text", "GUEST_TRAP"),
        _file("memory_bomb", "MEMORY_LIMIT_EXCEEDED"),
        _file("rp_memory_filled_at_once", "MEMORY_LIMIT_EXCEEDED"),
        _file("rp_memory_in_one_step", "MEMORY_LIMIT_EXCEEDED"),
        _file("rp_memory_kept_quiet", "MEMORY_LIMIT_EXCEEDED"),
        _file("rp_two_memories", "MEMORY_LIMIT_EXCEEDED"),
        _file("start_takes_memory", "MEMORY_LIMIT_EXCEEDED"),
        _file("born_with_much_memory", "MEMORY_LIMIT_EXCEEDED"),
        _file("many_memories", "MEMORY_LIMIT_EXCEEDED"),
        _file("many_instances", "COMPONENT_INVALID"),
        _file("stack_overflow", "STACK_OVERFLOW"),
        _file("recursion_through_a_table", "STACK_OVERFLOW"),
        _file("trap", "GUEST_TRAP"),
        _file("start_traps", "GUEST_TRAP"),
        _file("realloc_traps", "GUEST_TRAP"),
        _file("realloc_lies", "GUEST_TRAP"),
        _file("realloc_calls_the_host", "GUEST_TRAP"),
        _file("post_return_traps", "GUEST_TRAP"),
        _file("divides_by_zero", "GUEST_TRAP"),
        _file("reads_out_of_bounds", "GUEST_TRAP"),
        _file("calls_what_nobody_offers", "HOST_FUNCTION_UNAVAILABLE"),
        _file("wasi_http", "HOST_FUNCTION_UNAVAILABLE"),
        _file("wasi_socket", "HOST_FUNCTION_UNAVAILABLE"),
        _file("handler_of_another_type", "COMPONENT_INVALID"),
        _file("without_handler", "COMPONENT_INVALID"),
        Hostile("a_thousand_exports", None, exporting_wasm(1_000)),
        Hostile("no_wasm", "COMPONENT_INVALID", b"#!/bin/sh\n"),
        Hostile("half_a_component", "COMPONENT_INVALID", guest_wasm("ok")[:600]),
    ]


def _answering_badly() -> list[Hostile]:
    header = (b"content-type", b"text/plain")
    return [
        _file("answer_out_of_bounds", "GUEST_TRAP"),
        _file("answer_is_the_request", "GUEST_TRAP"),
        _file("negative_body_length", "GUEST_TRAP"),
        _file("endless_header_list", "GUEST_TRAP"),
        _file("invalid_option", "GUEST_TRAP"),
        _file("huge_answer", "RESPONSE_TOO_LARGE"),
        _file("unliftable_answer", "RESPONSE_TOO_LARGE"),
        _file("huge_header", "RESPONSE_TOO_LARGE"),
        _file("many_headers", "RESPONSE_TOO_LARGE"),
        _file("bad_header", "GUEST_RESPONSE_INVALID"),
        *(
            _answer(f"status_{status}", "GUEST_RESPONSE_INVALID", status)
            for status in (0, 99, 100, 101, 103, 199, 600, 1000, 65535)
        ),
        *(
            _answer(f"body_with_{status}", "GUEST_RESPONSE_INVALID", status, body=b"x")
            for status in (204, 205, 304)
        ),
        _answer("header_name_is_no_text", "GUEST_TRAP", 200, (b"\xff\xfe", b"a")),
        _answer("header_value_is_no_text", "GUEST_TRAP", 200, (b"x-a", b"\xc0\x80")),
        _answer("header_value_is_a_surrogate", "GUEST_TRAP", 200, (b"x-a", b"\xed\xa0\x80")),
        _answer("header_value_holds_nul", "GUEST_RESPONSE_INVALID", 200, (b"x-a", b"a\0b")),
        _answer("header_value_holds_a_line", "GUEST_RESPONSE_INVALID", 200, (b"x-a", b"a\nx-b: c")),
        _answer("header_name_is_empty", "GUEST_RESPONSE_INVALID", 200, (b"", b"a")),
        _answer("header_name_holds_a_space", "GUEST_RESPONSE_INVALID", 200, (b"x a", b"a")),
        _answer("header_name_holds_a_colon", "GUEST_RESPONSE_INVALID", 200, (b"x-a:", b"a")),
        _answer("header_name_is_no_token", "GUEST_RESPONSE_INVALID", 200, ("x-ä".encode(), b"a")),
        _answer("one_header_too_many", "RESPONSE_TOO_LARGE", 200, *((b"x", b"y"),) * 101),
        _answer("sets_cookies", None, 200, header, (b"set-cookie", b"session=stolen; path=/")),
        _answer(
            "frames_the_answer_itself",
            None,
            200,
            (b"content-length", b"9999"),
            (b"transfer-encoding", b"chunked"),
            (b"connection", b"upgrade"),
            (b"upgrade", b"h2c"),
            body=b"ok",
        ),
        _answer(
            "fakes_a_platform_problem",
            None,
            403,
            (b"content-type", b"application/problem+json"),
            (b"x-annex-problem", b"VERSION_BLOCKED"),
            (b"x-annex-execution-id", b"forged"),
            (b"x-request-id", b"forged"),
            body=_FAKE_PROBLEM,
        ),
    ]


def exporting_wasm(count: int) -> bytes:
    """Make a guest that answers 200 and exports ``count`` further functions."""
    extra = "\n".join(
        [
            '(core module $small (func (export "nothing")))',
            "(core instance $nothing (instantiate $small))",
            '(alias core export $nothing "nothing" (core func $do))',
            *(f'(func (export "extra-{number}") (canon lift (core func $do)))' for number in range(count)),
        ]
    )
    whole = guest_text("ok").rstrip()
    assert whole.endswith(")")
    return bytes(wat2wasm(f"{whole[:-1]}{extra})"))
