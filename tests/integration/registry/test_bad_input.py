"""Every mistake of a publisher has its own code and sentence, and leaves nothing behind."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from annex_shared.signing import SigningKey
from integration.registry.world import ADMIN, World, bundle, manifest, signed, somebody, with_only
from support.hostile_archives import archive, file, folder
from support.wasm_binaries import CORE, module

KEY = SigningKey.generate()
STRANGER_KEY = SigningKey.generate()
MANIFEST = file(b"manifest.json", json.dumps(manifest()).encode())
HANDLER = file(b"dist/main.wasm", CORE)
# Names that do not compress, or the ratio would be refused first.
MANY_FOLDERS = [folder(b"ui/" + random.Random(n).randbytes(60).hex().encode() + b"/") for n in range(5001)]  # noqa: S311 - no secret
ENDPOINT = {"method": "GET", "path": "/notes", "handler": "dist/main"}


def packed(*members: bytes, **fields: Any) -> bytes:
    return archive(file(b"manifest.json", json.dumps(manifest(**fields)).encode()), *members)


@dataclass(frozen=True)
class BadUpload:
    """An upload that is refused while it is received."""

    name: str
    content: Callable[[], bytes]
    status: int
    code: str
    word: str
    query: Mapping[str, str] = field(default_factory=lambda: {"filename": "bundle.tar.zst"})


GOOD = bundle()
BAD_UPLOADS = [
    BadUpload("no-bytes", lambda: b"", 400, "BUNDLE_CORRUPT", ""),
    BadUpload("not-zstd", lambda: b"PK\x03\x04 a zip file", 400, "BUNDLE_CORRUPT", ""),
    BadUpload("truncated", lambda: GOOD[:-20], 400, "BUNDLE_CORRUPT", ""),
    BadUpload("data-after-the-end", lambda: GOOD + b"more", 400, "BUNDLE_TRAILING_DATA", ""),
    BadUpload("traversal", lambda: packed(file(b"../x")), 400, "BUNDLE_PATH_REFUSED", "../x"),
    BadUpload("absolute-path", lambda: packed(file(b"/etc/x")), 400, "BUNDLE_PATH_REFUSED", "absolute"),
    BadUpload(
        "link", lambda: packed(file(b"ui/x", kind=b"2", link=b"/etc")), 400, "BUNDLE_ENTRY_TYPE_REFUSED", ""
    ),
    BadUpload("twice", lambda: packed(file(b"ui/a"), file(b"ui/a")), 400, "BUNDLE_DUPLICATE_ENTRY", "twice"),
    BadUpload(
        "case-fold-twins", lambda: packed(file(b"ui/a"), file(b"ui/A")), 400, "BUNDLE_DUPLICATE_ENTRY", ""
    ),
    BadUpload(
        "too-many-entries",
        lambda: packed(*MANY_FOLDERS),
        413,
        "BUNDLE_TOO_LARGE",
        "5,000",
    ),
    BadUpload("a-bomb", lambda: packed(file(b"ui/zeros", bytes(40 << 20))), 413, "BUNDLE_TOO_LARGE", ""),
    BadUpload("no-manifest", lambda: archive(HANDLER), 400, "MANIFEST_MISSING", "manifest.json"),
    BadUpload(
        "manifest-not-json", lambda: archive(file(b"manifest.json", b"{")), 400, "INVALID_MANIFEST", ""
    ),
    BadUpload(
        "manifest-with-a-key-twice",
        lambda: archive(file(b"manifest.json", b'{"name":"a","name":"b"}')),
        400,
        "INVALID_MANIFEST",
        "twice",
    ),
    BadUpload("manifest-mistyped", lambda: packed(capabilites=[]), 400, "INVALID_MANIFEST", "capabilities"),
    BadUpload(
        "manifest-over-a-mebibyte", lambda: packed(**{"x-a": "a" * (1 << 20)}), 400, "MANIFEST_TOO_LARGE", ""
    ),
    BadUpload("wildcard-version", lambda: packed(version="1.4.*"), 400, "WILDCARD_VERSION_REFUSED", "1.4.0"),
    BadUpload("leading-v", lambda: packed(version="v1.4.0"), 400, "INVALID_MANIFEST", "SemVer"),
    BadUpload(
        "name-with-a-space", lambda: packed(name="my notes"), 400, "EXTENSION_NAME_REFUSED", "my notes"
    ),
    BadUpload(
        "ui-entry-missing",
        lambda: packed(ui={"type": "iframe", "entry": "index.html"}),
        400,
        "UI_ENTRY_MISSING",
        "ui/index.html",
    ),
    BadUpload(
        "handler-missing",
        lambda: packed(api={"endpoints": [ENDPOINT]}),
        400,
        "HANDLER_MISSING",
        "dist/main.wasm",
    ),
    BadUpload(
        "handler-not-wasm", lambda: packed(file(b"dist/main.wasm", b"\x7fELF")), 400, "HANDLER_NOT_WASM", ""
    ),
    BadUpload(
        "import-refused",
        lambda: packed(file(b"dist/main.wasm", module(("env", "fork")))),
        400,
        "IMPORT_REFUSED",
        "env",
    ),
    BadUpload(
        "precompiled-missing",
        lambda: packed(HANDLER, precompiled={"x86_64": "precompiled/a.cwasm"}),
        400,
        "PRECOMPILED_MISSING",
        "precompiled/a.cwasm",
    ),
    BadUpload(
        "wrong-hash",
        lambda: GOOD,
        400,
        "HASH_MISMATCH",
        "nothing was stored",
        {"declaredHash": "sha256:" + "0" * 64},
    ),
    BadUpload(
        "wrong-bare-hash", lambda: GOOD, 400, "HASH_MISMATCH", "000000000000", {"declaredHash": "0" * 64}
    ),
    BadUpload("malformed-hash", lambda: GOOD, 400, "INVALID_CONTENT_HASH", "md5", {"declaredHash": "md5:1"}),
    BadUpload("wrong-size", lambda: GOOD, 400, "SIZE_MISMATCH", "7", {"size": "7"}),
    BadUpload("malformed-size", lambda: GOOD, 400, "INVALID_REQUEST", "size", {"size": "-1"}),
    BadUpload("declared-over-the-limit", lambda: b"", 413, "BUNDLE_TOO_LARGE", "200", {"size": str(10**9)}),
]


@pytest.mark.parametrize("case", BAD_UPLOADS, ids=lambda case: case.name)
async def test_a_bad_upload_is_refused_and_nothing_is_left(registry: World, case: BadUpload) -> None:
    facts = await registry.facts()

    answer = await registry.upload(case.content(), query=case.query)

    assert (answer.status, answer.code) == (case.status, case.code)
    assert case.word in answer.body["message"]
    assert answer.body["error"] == {"code": case.code, "message": answer.body["message"]}
    assert await registry.facts() == facts
    async with registry.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM upload_attempt") == 0


async def test_a_body_that_grows_over_the_limit_is_cut_off(world: World, bus: Bus) -> None:
    async with world.running(bus, max_bundle_bytes=1000) as registry:
        facts = await registry.facts()

        answer = await registry.upload(bytes(2000))

        assert (answer.status, answer.code) == (413, "BUNDLE_TOO_LARGE")
        assert await registry.facts() == facts


async def test_an_upload_with_matching_declarations_is_staged(registry: World) -> None:
    query = {"filename": "b.tar.zst", "size": str(len(GOOD)), "declaredHash": ContentHash.of(GOOD).hex}

    answer = await registry.upload(GOOD, query=query)

    assert answer.status == 200
    assert answer.body["upload"]["strategy"] == "staging"
    assert answer.body["upload"]["key"].startswith("sha256/_staging/")
    assert answer.body["upload"]["key"].endswith("/bundle.tar.zst")
    assert (answer.body["filename"], answer.body["size"]) == ("b.tar.zst", len(GOOD))
    assert answer.body["contentHash"] == str(ContentHash.of(GOOD))


@dataclass(frozen=True)
class BadFinalize:
    """A finalize that is refused after a good upload; the upload is over with it."""

    name: str
    body: Mapping[str, Any]
    status: int
    code: str
    details: Mapping[str, Any] = field(default_factory=dict)


OTHER_HASH = "sha256:" + "0" * 64
BAD_FINALIZES = [
    BadFinalize("wrong-hash", {"declaredHash": OTHER_HASH}, 400, "HASH_MISMATCH", {"declared": OTHER_HASH}),
    BadFinalize("wrong-size", {"size": 3}, 400, "SIZE_MISMATCH", {"declared": 3}),
    BadFinalize(
        "other-manifest",
        {"manifestJson": manifest(capabilities=["http.fetch", "secrets.get"])},
        400,
        "MANIFEST_MISMATCH",
        {"pointer": "/capabilities/1"},
    ),
    BadFinalize(
        "manifest-with-more",
        {"manifestJson": manifest(**{"x-a/b": 1})},
        400,
        "MANIFEST_MISMATCH",
        {"pointer": "/x-a~1b"},
    ),
    BadFinalize("manifest-no-json", {"manifestJson": "{"}, 400, "MANIFEST_MISMATCH", {"pointer": ""}),
    BadFinalize(
        "unknown-signer",
        {"signature": signed(GOOD, STRANGER_KEY)},
        403,
        "SIGNER_UNKNOWN",
        {"key_ids": [STRANGER_KEY.public.key_id]},
    ),
    BadFinalize(
        "signature-for-another-version",
        {"signature": signed(GOOD, KEY, version="1.4.1")},
        403,
        "SIGNATURE_MISMATCH",
        {"field": "version"},
    ),
    BadFinalize(
        "signature-for-other-bytes",
        {"signature": signed(b"others", KEY)},
        403,
        "SIGNATURE_MISMATCH",
        {"field": "content_hash"},
    ),
    BadFinalize(
        "signature-unreadable",
        {"signature": {"algorithm": "dsse-ed25519", "text": "!"}},
        400,
        "SIGNATURE_MALFORMED",
    ),
    BadFinalize(
        "signature-of-another-kind",
        {"signature": {"algorithm": "cosign", "text": "!"}},
        400,
        "SIGNATURE_ALGORITHM_REFUSED",
        {"algorithm": "cosign"},
    ),
]


async def with_key(registry: World) -> None:
    """Give acme a key, so that refusals are about the signature and not about the publisher."""
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    added = await registry.ask(
        "POST", "/api/v1/publishers/acme/keys", {"public_key_pem": KEY.public.to_pem().decode()}
    )
    assert added.status == 201


@pytest.mark.parametrize("case", BAD_FINALIZES, ids=lambda case: case.name)
async def test_a_bad_finalize_is_refused_and_nothing_is_left(registry: World, case: BadFinalize) -> None:
    await with_key(registry)
    facts = await registry.facts()

    answer = await registry.publish(GOOD, **case.body)

    assert (answer.status, answer.code) == (case.status, case.code)
    assert {name: answer.body["details"].get(name) for name in case.details} == case.details
    assert await registry.facts() == facts


async def test_a_refused_upload_says_so_when_it_is_finalized_again(registry: World) -> None:
    key = await registry.staged(GOOD)
    first = await registry.finalize(key, declaredHash=OTHER_HASH)

    again = await registry.finalize(key)

    assert first.code == "HASH_MISMATCH"
    assert (again.status, again.code) == (409, "UPLOAD_REFUSED")
    assert first.body["message"] in again.body["message"]
    assert registry.files() == []


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (f"sha256/_staging/{UUID(int=7)}/bundle.tar.zst", 404, "UPLOAD_NOT_FOUND"),
        (f"tenants/x/_staging/{UUID(int=7)}/bundle.tar.zst", 400, "INVALID_UPLOAD_KEY"),
        ("sha256/_staging/../../etc/bundle.tar.zst", 400, "INVALID_UPLOAD_KEY"),
        ("", 400, "INVALID_UPLOAD_KEY"),
    ],
)
async def test_a_key_nobody_was_given_is_refused(registry: World, key: str, status: int, code: str) -> None:
    answer = await registry.finalize(key)

    assert (answer.status, answer.code) == (status, code)


async def test_a_finalize_without_key_names_the_field(registry: World) -> None:
    answer = await registry.ask("POST", "/api/ext-bundles/finalize", {})

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["details"]["errors"][0]["pointer"] == "/key"


async def test_a_signed_bundle_shows_its_signer(registry: World) -> None:
    await with_key(registry)

    answer = await registry.publish(GOOD, signature=signed(GOOD, KEY), manifestJson=manifest())

    assert answer.status == 200
    assert answer.body["signer"] == KEY.public.key_id


async def test_a_revoked_key_no_longer_signs(registry: World) -> None:
    await with_key(registry)
    revoked = await registry.ask("DELETE", f"/api/v1/publishers/acme/keys/{KEY.public.key_id}")
    facts = await registry.facts()

    answer = await registry.publish(GOOD, signature=signed(GOOD, KEY))

    assert revoked.status == 204
    assert (answer.status, answer.code) == (403, "SIGNER_NOT_VALID")
    assert await registry.facts() == facts


async def test_where_signatures_are_required_an_unsigned_bundle_is_refused(world: World, bus: Bus) -> None:
    async with world.running(bus, signature_policy="required") as registry:
        await with_key(registry)
        facts = await registry.facts()

        unsigned = await registry.publish(GOOD)

        assert (unsigned.status, unsigned.code) == (403, "SIGNATURE_REQUIRED")
        assert await registry.facts() == facts
        assert (await registry.publish(GOOD, signature=signed(GOOD, KEY))).status == 200


async def test_a_key_of_the_trust_bundle_signs_for_every_publisher(world: World, bus: Bus) -> None:
    trusted = world.folder / "trusted.pem"
    trusted.write_bytes(KEY.public.to_pem())
    async with world.running(bus, signing_trust_bundle=trusted) as registry:
        answer = await registry.publish(GOOD, signature=signed(GOOD, KEY))

    assert answer.body["signer"] == KEY.public.key_id


# Permissions come first.


async def test_without_the_right_to_publish_nothing_is_read_or_staged(registry: World) -> None:
    reader = with_only(ADMIN, *(ADMIN.permissions - {Permission.EXTENSION_PUBLISH}))
    key = await registry.staged(GOOD)
    facts = await registry.facts()

    uploaded = await registry.upload(b"not even a bundle", caller=reader, query={"size": "nonsense"})
    finalized = await registry.finalize(key, caller=reader)
    aborted = await registry.ask("POST", "/api/ext-bundles/abort", {"key": key}, caller=reader)

    for answer in (uploaded, finalized, aborted):
        assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
        assert answer.body["details"] == {"permission": "extension:publish"}
    assert await registry.facts() == facts


async def test_without_the_right_a_duplicate_is_not_told_from_a_new_version(registry: World) -> None:
    await registry.published()
    reader = somebody(Permission.EXTENSION_READ)

    answer = await registry.upload(GOOD, caller=reader)

    assert answer.code == "PERMISSION_DENIED"


async def test_a_request_without_service_token_is_refused(registry: World) -> None:
    async with registry.session.post(f"{registry.url}/api/ext-bundles/upload-proxy", data=GOOD) as answer:
        document = await answer.json(content_type=None)

    assert (answer.status, document["code"]) == (401, "SERVICE_TOKEN_REFUSED")


async def test_an_upload_that_breaks_off_leaves_nothing(registry: World) -> None:
    facts = await registry.facts()

    async def broken() -> Any:
        yield GOOD[:50]
        raise ConnectionError("the line went dead")

    with pytest.raises(Exception, match="registry"):
        async with registry.client().stream(
            "POST", "/api/ext-bundles/upload-proxy", caller=ADMIN, body=broken()
        ) as answer:
            await answer.read()

    assert await registry.facts() == facts
