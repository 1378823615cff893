import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.bundle.accepted_imports import refuse_unknown_imports
from annex_shared.bundle.errors import HandlerNotWasm, ImportRefused
from annex_shared.bundle.wasm_imports import WasmFacts, WasmKind, read_wasm
from support.wasm_binaries import COMPONENT, CORE, component, leb, module, name, section, vector


def _read(data: bytes) -> WasmFacts:
    return read_wasm(io.BytesIO(data))


def test_a_components_imports_are_its_names_in_order() -> None:
    data = component("wasi:io/poll@0.2.12", "alga:extension/context", "wasi:io/poll@0.2.12")

    facts = _read(data)

    assert facts == WasmFacts(WasmKind.COMPONENT, ("wasi:io/poll@0.2.12", "alga:extension/context"))


def test_imports_of_every_kind_are_named_and_used_types_are_not() -> None:
    imports = vector(
        b"\x00" + name("core-module") + b"\x00\x11\x03",
        b"\x00" + name("function") + b"\x01\x80\x01",
        b"\x00" + name("equal-value") + b"\x02\x00\x07",
        b"\x00" + name("typed-value") + b"\x02\x01\x79",
        b"\x00" + name("used-type") + b"\x03\x00\x05",
        b"\x01" + name("resource") + b"\x03\x01",
        b"\x00" + name("component") + b"\x04\x02",
        b"\x02" + name("versioned") + b"\x01\x01" + name(".12") + b"\x05\x00",
    )
    data = COMPONENT + section(7, b"types") + section(10, imports) + section(11, b"exports")

    facts = _read(data)

    assert facts.imports == (
        "core-module",
        "function",
        "equal-value",
        "typed-value",
        "resource",
        "component",
        "versioned",
    )


def test_a_module_inside_a_component_keeps_its_imports_to_itself() -> None:
    data = component("alga:extension/context") + section(1, module(("env", "memory_grow")))

    facts = _read(data)

    assert facts.imports == ("alga:extension/context",)


def test_a_core_modules_imports_are_its_host_functions() -> None:
    data = module(("alga", "log_info"), ("alga", "http.fetch"), ("env", "abort"))

    facts = _read(data)

    assert facts == WasmFacts(WasmKind.MODULE, ("alga.log_info", "alga.http.fetch", "env.abort"))


def test_core_imports_of_every_kind_are_read() -> None:
    imports = vector(
        name("a") + name("table") + b"\x01\x70\x01\x00\x0a",
        name("b") + name("typed-table") + b"\x01\x64\x05\x00\x00",
        name("c") + name("memory") + b"\x02\x04\x80\x80\x04",
        name("d") + name("global") + b"\x03\x7f\x01",
        name("e") + name("tag") + b"\x04\x00\x02",
    )

    facts = _read(CORE + section(2, imports))

    assert facts.imports == ("a.table", "b.typed-table", "c.memory", "d.global", "e.tag")


def test_a_binary_without_imports_has_none() -> None:
    assert _read(CORE) == WasmFacts(WasmKind.MODULE, ())
    assert _read(COMPONENT) == WasmFacts(WasmKind.COMPONENT, ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00asm",
        b"#!/bin/sh\n",
        b"\x00asm\x02\x00\x00\x00",
        CORE + b"\x0e\x00",
        CORE + b"\x02",
        CORE + b"\x02\xff\xff\xff\xff\xff\x01",
        CORE + b"\x01\x05abc",
        CORE + section(2, b"\x01"),
        CORE + section(2, vector() + b"left over"),
        CORE + section(2, leb(1 << 31)),
        CORE + section(2, vector(name("a") + name("b") + b"\x09")),
        CORE + section(2, vector(b"\x02\xff\xfe" + name("b") + b"\x00\x00")),
        COMPONENT + section(10, b"\x01\x03" + name("a") + b"\x05\x00"),
        COMPONENT + section(10, b"\x01\x00" + name("a") + b"\x06\x00"),
        COMPONENT + section(10, b"\x01\x00" + leb(1 << 30) + b"a"),
        COMPONENT + b"\x0a" + leb(2 << 20) + bytes(2 << 20),
        CORE + b"\x00\x00" * 100_001,
    ],
)
def test_what_is_not_webassembly_is_refused(data: bytes) -> None:
    with pytest.raises(HandlerNotWasm):
        _read(data)


@given(st.sampled_from([CORE, COMPONENT, b""]), st.binary(max_size=300))
def test_garbage_is_read_or_refused_and_nothing_else(start: bytes, rest: bytes) -> None:
    try:
        facts = _read(start + rest)
    except HandlerNotWasm:
        return

    assert all(isinstance(text, str) for text in facts.imports)


@given(st.binary(max_size=200), st.sampled_from([(CORE, 2), (COMPONENT, 10)]))
def test_garbage_in_an_import_section_is_read_or_refused(content: bytes, layer: tuple[bytes, int]) -> None:
    start, number = layer

    try:
        facts = _read(start + section(number, content))
    except HandlerNotWasm:
        return

    assert sum(len(text.encode()) for text in facts.imports) <= len(content)


@pytest.mark.parametrize(
    "text",
    [
        "alga:extension/context",
        "alga:extension/some-later-interface",
        "wasi:io/streams@0.2.12",
        "wasi:clocks/monotonic-clock@0.2.3",
        "wasi:random/random",
        "wasi:cli/stdout@0.2.12",
        "wasi:filesystem/preopens@0.2.12",
        "wasi:http/outgoing-handler@0.2.3",
        "wasi:sockets/tcp@0.2.0",
    ],
)
def test_what_tool_chains_import_is_accepted(text: str) -> None:
    refuse_unknown_imports(_read(component(text)))


@pytest.mark.parametrize(
    "text",
    [
        "wasi:keyvalue/store@0.2.0",
        "alga:extension-evil/context",
        "alga:extension",
        "evil:alga:extension/context",
        "acme:billing/invoices",
        "handler",
        "unlocked-dep=<wasi:io/poll>",
        "",
    ],
)
def test_an_import_outside_the_table_is_refused_by_name(text: str) -> None:
    facts = _read(component("alga:extension/context", text))

    with pytest.raises(ImportRefused) as refused:
        refuse_unknown_imports(facts)

    assert refused.value.details["import"] == text
    assert f'"{text}"' in refused.value.message


def test_a_core_module_may_import_the_earlier_abi_only() -> None:
    refuse_unknown_imports(_read(module(("alga", "log_info"), ("alga", "log_error"), ("alga", "http.fetch"))))

    with pytest.raises(ImportRefused):
        refuse_unknown_imports(_read(module(("alga", "log_info"), ("alga", "storage_get"))))
    with pytest.raises(ImportRefused):
        refuse_unknown_imports(_read(module(("wasi_snapshot_preview1", "fd_write"))))
    with pytest.raises(ImportRefused):
        refuse_unknown_imports(_read(module(("alga:extension/context", "get"))))
