import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.manifest import (
    DEFAULT_CAPABILITIES,
    KNOWN_CAPABILITIES,
    MAX_MANIFEST_BYTES,
    Endpoint,
    ExtensionNameRefused,
    InvalidManifest,
    Manifest,
    ManifestTooLarge,
    WildcardVersionRefused,
    normalise_capability,
    parse_manifest,
)
from annex_shared.names import ExtensionName, PublisherSlug
from annex_shared.version_number import VersionNumber
from support.manifests import BAD, ENDPOINT, GOOD, MINIMAL, UI


def _parse(**fields: Any) -> Manifest:
    return parse_manifest(json.dumps({**MINIMAL, **fields}).encode())


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_a_good_manifest_is_read(document: dict[str, Any]) -> None:
    manifest = parse_manifest(json.dumps(document).encode())

    assert str(manifest.version) == document["version"]


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_the_normal_form_means_the_same(document: dict[str, Any]) -> None:
    manifest = parse_manifest(json.dumps(document).encode())

    assert parse_manifest(json.dumps(manifest.to_document()).encode()) == manifest


@pytest.mark.parametrize(("document", "pointer", "words"), BAD.values(), ids=BAD)
def test_a_bad_manifest_is_refused_at_its_field(document: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(json.dumps(document).encode())

    errors = refused.value.details["errors"]
    assert isinstance(errors, list)
    first = errors[0]
    assert isinstance(first, dict)
    assert first["pointer"] == pointer
    assert words in str(first["message"])
    assert words in refused.value.message


def test_values_are_typed_and_normal() -> None:
    manifest = _parse(
        name="Com.Acme.Notes",
        publisher="Your Org",
        capabilities=["http.fetch", " CAP:http.fetch", "log.emit"],
        api={"endpoints": [{"method": "post", "path": "./a//b", "handler": "./dist//main"}]},
    )

    assert manifest.name == ExtensionName("com.acme.notes")
    assert manifest.publisher == PublisherSlug("your-org")
    assert manifest.version == VersionNumber("1.4.0")
    assert manifest.capabilities == ["cap:http.fetch", "cap:log.emit"]
    assert manifest.endpoints == (Endpoint(method="POST", path="/a/b", handler="dist/main"),)


def test_a_manifest_of_nothing_declares_nothing() -> None:
    manifest = _parse()

    assert manifest.publisher is None
    assert manifest.endpoints == ()
    assert manifest.ui_entry is None
    assert not manifest.declares_handler


def test_endpoints_or_events_declare_a_handler() -> None:
    assert _parse(api={"endpoints": [ENDPOINT]}).declares_handler
    assert _parse(events=[{"topic": "t", "handler": "h"}]).declares_handler
    assert not _parse(api={"endpoints": []}, ui=UI).declares_handler


@pytest.mark.parametrize("entry", ["ui/index.html", "index.html", "./ui/index.html", "/ui/index.html"])
def test_the_ui_entry_is_always_below_ui(entry: str) -> None:
    assert _parse(ui={**UI, "entry": entry}).ui_entry == "ui/index.html"


def test_hooks_and_routes_are_kept() -> None:
    manifest = parse_manifest(json.dumps(GOOD["everything-the-predecessor-knew"]).encode())

    assert manifest.ui is not None
    assert manifest.ui.hooks is not None
    assert manifest.ui.hooks.client_portal_menu is not None
    assert manifest.ui.hooks.client_portal_menu.label == "Mine"
    assert [(route.path, route.iframe_path) for route in manifest.ui.routes] == [
        ("/agreements", "ui/agreements.html")
    ]
    assert manifest.to_document()["ui"]["hooks"]["tab"] == {"a": 1}


def test_own_fields_survive_the_normal_form() -> None:
    assert _parse(**{"x-team": ["a", {"b": None}]}).to_document()["x-team"] == ["a", {"b": None}]


def test_a_manifest_cannot_be_changed() -> None:
    manifest = _parse()

    with pytest.raises(ValueError, match="frozen"):
        manifest.runtime = "other-runtime"  # type: ignore[misc]


def test_wildcards_and_names_have_refusals_of_their_own() -> None:
    with pytest.raises(WildcardVersionRefused):
        _parse(version="1.2.*")
    with pytest.raises(WildcardVersionRefused):
        _parse(version="1.x")
    with pytest.raises(ExtensionNameRefused):
        _parse(name="not a name")
    with pytest.raises(InvalidManifest) as refused:
        _parse(version="1.2")
    assert type(refused.value) is InvalidManifest


def test_the_sentence_names_the_first_problem_and_counts_the_others() -> None:
    with pytest.raises(InvalidManifest) as refused:
        _parse(version=1, runtime="x", nme="a")

    assert refused.value.message == "manifest.json: version must be a text, not 1. 2 more problems listed."


def test_a_mistyped_required_field_is_recognised() -> None:
    document = {"name": "a", "vesion": "1.0.0", "runtime": "wasm-js@1"}

    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(json.dumps(document).encode())

    assert 'version is missing, but "vesion" is there. Did you mean "version"?' in refused.value.message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not usable JSON"),
        (b"[]", "one JSON object"),
        (b'{"name": "a", "name": "b"}', 'the key "name" occurs twice'),
        (b'{"x-number": NaN}', "NaN is not a JSON number"),
        (b'{"x-deep": ' + b"[" * 64 + b"]" * 64 + b"}", "more than 64 levels"),
        (b'{"x-huge": ' + b"9" * 5000 + b"}", "too many digits"),
    ],
)
def test_what_is_not_strict_json_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(data)

    assert words in refused.value.message


def test_a_mebibyte_is_the_limit() -> None:
    document = json.dumps(MINIMAL).encode()
    at_limit = document + b" " * (MAX_MANIFEST_BYTES - len(document))

    parse_manifest(at_limit)
    with pytest.raises(ManifestTooLarge) as refused:
        parse_manifest(at_limit + b" ")

    assert refused.value.details == {"size_bytes": 1_048_577, "limit_bytes": 1_048_576}


def test_the_list_of_errors_is_bounded_and_texts_are_made_safe() -> None:
    with pytest.raises(InvalidManifest) as refused:
        _parse(**{f"\u202efield{number}": 1 for number in range(200)})

    errors = refused.value.details["errors"]
    assert isinstance(errors, list)
    assert len(errors) == 50
    assert "\u202e" not in refused.value.message


_KEYS = st.sampled_from(["name", "version", "runtime", "ui", "api", "endpoints", "events", "x-a", "type"])
_ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(_ANYTHING)
def test_any_json_is_read_or_refused(document: object) -> None:
    data = json.dumps(document).encode()

    try:
        manifest = parse_manifest(data)
    except InvalidManifest:
        return

    assert str(manifest.name)


def test_default_capabilities_are_known_and_normal() -> None:
    assert {"cap:context.read", "cap:log.emit", "cap:user.read"} == DEFAULT_CAPABILITIES
    assert DEFAULT_CAPABILITIES < KNOWN_CAPABILITIES
    assert all(normalise_capability(name) == name for name in KNOWN_CAPABILITIES)
