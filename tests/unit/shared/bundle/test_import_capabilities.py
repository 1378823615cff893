import io
import re
from pathlib import Path

import pytest

from annex_shared.bundle.accepted_imports import CORE_FUNCTIONS, refuse_unknown_imports
from annex_shared.bundle.import_capabilities import (
    INTERFACES,
    PACKAGE,
    capability_of,
    check_capabilities,
)
from annex_shared.bundle.wasm_imports import WasmFacts, WasmKind, read_wasm
from annex_shared.manifest.capabilities import KNOWN_CAPABILITIES
from support.built_guests import built_guest
from support.guests import guest_names, guest_wasm

ROOT = Path(__file__).resolve().parents[4]
WORLDS = sorted((ROOT / "tests" / "guests" / "built" / "worlds").glob("*.wasm"))
WIT = (ROOT / "shared" / "wit" / "alga-extension.wit").read_text()


def _component(*interfaces: str) -> WasmFacts:
    return WasmFacts(WasmKind.COMPONENT, tuple(f"{PACKAGE}/{name}" for name in interfaces))


def test_the_table_has_every_interface_of_the_world_and_no_other() -> None:
    declared = set(re.findall(r"^interface ([a-z0-9-]+) \{", WIT, re.MULTILINE))

    assert set(INTERFACES) == declared
    assert {of for of in INTERFACES.values() if of} <= KNOWN_CAPABILITIES


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_kept_component_of_one_interface_needs_its_capability_alone(path: Path) -> None:
    facts = read_wasm(io.BytesIO(path.read_bytes()))

    check = check_capabilities(facts, (), has_subscriptions=False)

    imported = {name.removeprefix(f"{PACKAGE}/") for name in facts.imports}
    if path.stem.startswith("only-"):
        assert imported == {path.stem.removeprefix("only-"), "types"}
    assert set(check.needed) == {of for name in imported if (of := INTERFACES[name])}
    assert check.imports_everything == (path.stem == "set-all")


@pytest.mark.parametrize("name", guest_names())
def test_imports_of_every_guest_in_text_are_read(name: str) -> None:
    facts = read_wasm(io.BytesIO(guest_wasm(name)))

    needed = {capability_of(one, facts.kind) for one in facts.imports} - {None}

    assert needed <= KNOWN_CAPABILITIES


def test_a_guest_of_a_tool_chain_that_links_the_whole_world_is_told_apart() -> None:
    facts = read_wasm(io.BytesIO(built_guest("js_quickjs")))

    check = check_capabilities(facts, ["cap:storage.kv"], has_subscriptions=True)

    refuse_unknown_imports(facts)
    assert check.imports_everything
    assert (check.missing, check.unused) == (("cap:events.subscribe",), ())


def test_missing_is_what_is_imported_and_not_declared_and_not_everybodys() -> None:
    check = check_capabilities(
        _component("http", "storage-v2", "logging", "context", "types"),
        ["cap:http.fetch", "cap:metrics", "cap:log.emit", "cap:of.a.newer.platform"],
        has_subscriptions=False,
    )

    assert check.needed == ("cap:http.fetch", "cap:log.emit", "cap:storage.kv")
    assert check.missing == ("cap:storage.kv",)
    assert check.unused == ("cap:metrics",)


def test_a_subscription_needs_a_capability_that_no_import_shows() -> None:
    subscribed = check_capabilities(_component(), (), has_subscriptions=True)
    declared = check_capabilities(_component(), ["cap:events.subscribe"], has_subscriptions=False)

    assert subscribed.missing == ("cap:events.subscribe",)
    assert declared.unused == ("cap:events.subscribe",)


def test_every_function_of_the_older_abi_has_its_capability() -> None:
    needed = {capability_of(name, WasmKind.MODULE) for name in CORE_FUNCTIONS}

    assert needed == {"cap:log.emit", "cap:http.fetch"}


@pytest.mark.parametrize(
    "name", ["wasi:io/poll@0.2.12", "alga:extension", "other:extension/http", "alga:extension/teleport"]
)
def test_imports_that_are_not_the_platforms_need_nothing(name: str) -> None:
    assert capability_of(name, WasmKind.COMPONENT) is None


def test_a_version_behind_an_interface_changes_nothing() -> None:
    assert capability_of("alga:extension/http@1.0.0", WasmKind.COMPONENT) == "cap:http.fetch"
