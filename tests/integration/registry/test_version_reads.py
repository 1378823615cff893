"""One version in full, two versions compared, and a version's bytes by its number."""

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.permissions import Permission
from annex_shared.signing import SigningKey
from integration.registry.world import World, bundle, manifest, signed, somebody

VERSIONS = "/api/v1/extensions/acme/invoice-notes/versions"
NOTES = {"method": "GET", "path": "/notes", "handler": "dist/main"}
ADD = {"method": "POST", "path": "/notes", "handler": "dist/main"}
READER = somebody(Permission.EXTENSION_READ)


async def test_a_version_is_told_in_full_with_its_signature(registry: World) -> None:
    key = SigningKey.generate()
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    pem = key.public.to_pem().decode()
    await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": pem})
    declared = manifest(api={"endpoints": [NOTES]})
    content = bundle(declared)
    signature = signed(content, key)
    await registry.publish(content, signature=signature)

    answer = await registry.ask("GET", f"{VERSIONS}/1.4.0", caller=READER)

    told = answer.body
    assert told["signature"] == {**signature, "key_id": key.public.key_id, "certificate": None}
    assert told["signer"] == key.public.key_id
    assert told["runtime"] == "wasm-js@1"
    assert told["endpoints"] == [NOTES]
    assert told["precompiled_targets"] == []
    assert told["capabilities"] == ["cap:http.fetch", "cap:storage.kv"]
    assert told["manifest"]["api"] == declared["api"]
    assert told["content_hash"] == str(ContentHash.of(content))


async def test_an_unsigned_version_says_so(registry: World) -> None:
    await registry.published()

    answer = await registry.ask("GET", f"{VERSIONS}/1.4.0")

    assert (answer.body["signature"], answer.body["signer"]) == (None, None)


async def test_two_versions_are_compared(registry: World) -> None:
    old = bundle(capabilities=["storage.kv", "http.fetch"], api={"endpoints": [NOTES]})
    new = bundle(
        version="1.5.0",
        capabilities=["storage.kv", "secrets.get"],
        api={"endpoints": [NOTES, ADD]},
        ui={"type": "iframe", "entry": "marker.txt", "hooks": {"appMenu": {"label": "Notes"}}},
        marker=b"more" * 100,
    )
    await registry.published(old)
    await registry.published(new)

    answer = await registry.ask("GET", f"{VERSIONS}/1.5.0/diff?from=1.4.0", caller=READER)

    assert answer.status == 200
    assert answer.body == {
        "extension": "acme/invoice-notes",
        "from_version": "1.4.0",
        "to_version": "1.5.0",
        "capabilities": {"added": ["cap:secrets.get"], "removed": ["cap:http.fetch"]},
        "endpoints": {"added": [{"method": "POST", "path": "/notes"}], "removed": []},
        "ui_hooks": {"added": [{"hook": "appMenu", "label": "Notes"}], "removed": []},
        "size_bytes": {"before": len(old), "after": len(new)},
        "same_content": False,
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("", 400, "INVALID_REQUEST"), ("?from=9.9.9", 404, "VERSION_NOT_FOUND")],
)
async def test_a_comparison_needs_two_versions(registry: World, query: str, status: int, code: str) -> None:
    await registry.published()

    answer = await registry.ask("GET", f"{VERSIONS}/1.4.0/diff{query}")

    assert (answer.status, answer.code) == (status, code)


async def test_a_bundle_is_downloaded_by_its_version_whole_in_part_or_not_again(registry: World) -> None:
    content = bundle()
    await registry.published(content)
    path = f"{VERSIONS}/1.4.0/bundle"

    whole = await registry.ask("GET", path, caller=READER)
    part = await registry.ask("GET", path, caller=READER, headers={"range": "bytes=2-5"})
    known = await registry.ask("GET", path, caller=READER, headers={"if-none-match": whole.headers["etag"]})

    assert (whole.status, whole.body) == (200, content)
    assert whole.headers["etag"] == f'"sha256-{ContentHash.of(content).hex}"'
    assert "immutable" in whole.headers["cache-control"]
    assert (part.status, part.body) == (206, content[2:6])
    assert (known.status, known.body) == (304, b"")


async def test_the_bundle_of_a_yanked_version_is_given_and_of_a_blocked_one_not(registry: World) -> None:
    await registry.published()
    answers = []
    for status in ("yanked", "blocked"):
        said = {"status": status, "reason": "It loses notes."}
        await registry.ask("POST", f"{VERSIONS}/1.4.0/status", said)
        answers.append(await registry.ask("GET", f"{VERSIONS}/1.4.0/bundle", caller=READER))

    assert [answer.status for answer in answers] == [200, 410]
    assert answers[1].code == "VERSION_BLOCKED"


@pytest.mark.parametrize("path", ["", "/bundle", "/diff?from=1.4.0"])
async def test_nothing_is_read_without_the_permission(registry: World, path: str) -> None:
    await registry.published()

    answer = await registry.ask(
        "GET", f"{VERSIONS}/1.4.0{path}", caller=somebody(Permission.EXTENSION_PUBLISH)
    )

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
