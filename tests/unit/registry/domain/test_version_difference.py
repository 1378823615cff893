from typing import Any

import pytest

from annex_registry.domain.version import VersionContents
from annex_registry.domain.version_difference import Changed, VersionDifference
from annex_shared.manifest import Manifest

NOTHING: Changed[Any] = Changed((), ())
NOTES = {"method": "GET", "path": "/notes", "handler": "dist/main"}
FULL: dict[str, Any] = {
    "capabilities": ["cap:http.fetch", "cap:storage.kv"],
    "api": {"endpoints": [NOTES]},
    "ui": {"type": "iframe", "entry": "index.html", "hooks": {"appMenu": {"label": "Notes"}}},
}


def declared(fields: dict[str, Any]) -> Manifest:
    document = {"name": "notes", "version": "1.0.0", "runtime": "wasm-js@1", **fields}
    return VersionContents(document, None).declared()


def difference(before: dict[str, Any], after: dict[str, Any]) -> VersionDifference:
    return VersionDifference.between(declared(before), declared(after))


def test_another_order_or_spelling_is_no_difference() -> None:
    respelled = {**FULL, "capabilities": ["storage.kv", "http.fetch"]}
    respelled["api"] = {"endpoints": [{**NOTES, "method": "get"}]}

    assert difference(FULL, respelled) == VersionDifference(NOTHING, NOTHING, NOTHING)


@pytest.mark.parametrize("bare", [{}, {"ui": {"type": "iframe", "entry": "index.html"}}])
def test_everything_that_a_bare_manifest_lacks_is_added_or_removed(bare: dict[str, Any]) -> None:
    there, back = difference(bare, FULL), difference(FULL, bare)

    assert there.capabilities == Changed(("cap:http.fetch", "cap:storage.kv"), ())
    assert there.endpoints == Changed((("GET", "/notes"),), ())
    assert there.ui_hooks == Changed((("appMenu", "Notes"),), ())
    assert back.capabilities == Changed((), ("cap:http.fetch", "cap:storage.kv"))
    assert back.endpoints == Changed((), (("GET", "/notes"),))
    assert back.ui_hooks == Changed((), (("appMenu", "Notes"),))


def test_a_hook_with_another_label_and_an_endpoint_with_another_method_are_changes() -> None:
    changed = {
        **FULL,
        "api": {"endpoints": [{**NOTES, "method": "POST"}]},
        "ui": {**FULL["ui"], "hooks": {"appMenu": {"label": "My notes"}}},
    }

    found = difference(FULL, changed)

    assert found.endpoints == Changed((("POST", "/notes"),), (("GET", "/notes"),))
    assert found.ui_hooks == Changed((("appMenu", "My notes"),), (("appMenu", "Notes"),))
