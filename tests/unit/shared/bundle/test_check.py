import hashlib
import io
import json
from typing import Any

import pytest

from annex_shared.bundle import BundleLimits, CheckedBundle, EntryFact, check_bundle
from annex_shared.bundle.errors import (
    HandlerMissing,
    HandlerNotWasm,
    ImportRefused,
    ManifestMissing,
    PrecompiledMissing,
    UiEntryMissing,
)
from annex_shared.errors import AnnexError
from annex_shared.manifest import InvalidManifest, ManifestTooLarge
from support.hostile_archives import archive, file
from support.wasm_binaries import component, module

API = {"endpoints": [{"method": "GET", "path": "/hello", "handler": "dist/main"}]}
UI = {"type": "iframe", "entry": "ui/index.html"}


def _manifest(**fields: Any) -> bytes:
    document: dict[str, Any] = {
        "name": "com.acme.notes",
        "version": "1.4.0",
        "runtime": "wasm-js@1",
        **fields,
    }
    return file(b"manifest.json", json.dumps(document).encode())


def _check(*members: bytes) -> CheckedBundle:
    return check_bundle(io.BytesIO(archive(*members)), BundleLimits())


def test_a_whole_bundle_gives_its_manifest_files_and_imports() -> None:
    handler = component("alga:extension/context", "wasi:io/poll@0.2.12")
    manifest = _manifest(api=API, ui=UI)

    checked = _check(manifest, file(b"dist/main.wasm", handler), file(b"ui/index.html", b"<p>hello</p>"))

    assert str(checked.manifest.name) == "com.acme.notes"
    assert json.loads(checked.manifest_bytes)["version"] == "1.4.0"
    assert checked.imports == ("alga:extension/context", "wasi:io/poll@0.2.12")
    assert checked.entries == (
        EntryFact(
            "manifest.json", len(checked.manifest_bytes), hashlib.sha256(checked.manifest_bytes).hexdigest()
        ),
        EntryFact("dist/main.wasm", len(handler), hashlib.sha256(handler).hexdigest()),
        EntryFact("ui/index.html", 12, hashlib.sha256(b"<p>hello</p>").hexdigest()),
    )


def test_a_core_module_is_a_handler_too() -> None:
    checked = _check(_manifest(api=API), file(b"dist/main.wasm", module(("alga", "log_info"))))

    assert checked.imports == ("alga.log_info",)


def test_a_bundle_without_handler_needs_none_when_nothing_calls_it() -> None:
    checked = _check(_manifest(ui=UI), file(b"ui/index.html"))

    assert checked.imports == ()


@pytest.mark.parametrize(
    "entry", ["ui/index.html", "index.html", "./ui/index.html", "/index.html", "ui//index.html"]
)
def test_the_ui_entry_may_name_its_folder_or_not(entry: str) -> None:
    checked = _check(_manifest(ui={**UI, "entry": entry}), file(b"ui/index.html"))

    assert checked.manifest.ui_entry == "ui/index.html"


REFUSED: list[tuple[str, type[AnnexError], list[bytes]]] = [
    ("an-empty-archive", ManifestMissing, []),
    ("a-manifest-in-a-folder", ManifestMissing, [file(b"notes/manifest.json", b"{}")]),
    ("a-manifest-in-capitals", ManifestMissing, [file(b"Manifest.json", b"{}")]),
    ("a-manifest-that-is-not-json", InvalidManifest, [file(b"manifest.json", b"nope")]),
    ("a-manifest-with-duplicate-keys", InvalidManifest, [file(b"manifest.json", b'{"name":"a","name":"b"}')]),
    ("a-manifest-over-one-mib", ManifestTooLarge, [file(b"manifest.json", b" " * ((1 << 20) + 1))]),
    ("endpoints-without-handler", HandlerMissing, [_manifest(api=API)]),
    ("events-without-handler", HandlerMissing, [_manifest(events=[{"topic": "t", "handler": "h"}])]),
    ("a-handler-in-the-wrong-folder", HandlerMissing, [_manifest(api=API), file(b"main.wasm", component())]),
    (
        "a-handler-that-is-a-script",
        HandlerNotWasm,
        [_manifest(api=API), file(b"dist/main.wasm", b"#!/bin/sh")],
    ),
    ("a-needless-handler-that-is-a-script", HandlerNotWasm, [_manifest(), file(b"dist/main.wasm", b"")]),
    (
        "a-handler-that-imports-what-nobody-offers",
        ImportRefused,
        [_manifest(api=API), file(b"dist/main.wasm", component("wasi:keyvalue/store@0.2.0"))],
    ),
    ("a-ui-entry-that-is-not-there", UiEntryMissing, [_manifest(ui=UI), file(b"ui/main.html")]),
    ("a-ui-entry-outside-the-ui-folder", UiEntryMissing, [_manifest(ui=UI), file(b"index.html")]),
    (
        "a-precompiled-file-that-is-not-there",
        PrecompiledMissing,
        [_manifest(precompiled={"x86_64": "a.cwasm"})],
    ),
]


@pytest.mark.parametrize(
    ("refusal", "members"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_bundle_that_lacks_something_is_refused_by_name(
    refusal: type[AnnexError], members: list[bytes]
) -> None:
    with pytest.raises(AnnexError) as refused:
        _check(*members)

    assert type(refused.value) is refusal
    assert refused.value.message.endswith(".")


def test_a_packed_folder_is_recognised() -> None:
    with pytest.raises(ManifestMissing) as refused:
        _check(file(b"notes/manifest.json", b"{}"))

    assert '"notes/manifest.json" is there: pack the contents of that folder.' in refused.value.message


def test_a_missing_handler_is_counted_out() -> None:
    with pytest.raises(HandlerMissing) as refused:
        _check(_manifest(api=API, events=[{"topic": "a", "handler": "h"}, {"topic": "b", "handler": "h"}]))

    assert "declares 1 endpoint and 2 events" in refused.value.message


def test_a_signature_member_is_just_a_file() -> None:
    checked = _check(_manifest(), file(b"SIGNATURE", b"placeholder"))

    assert [fact.path for fact in checked.entries] == ["manifest.json", "SIGNATURE"]
