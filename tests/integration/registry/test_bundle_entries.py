"""What a bundle holds, and single files and folders of it, without the rest."""

import asyncio
import hashlib
import io
import json
import tarfile
from urllib.parse import quote

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import READ_PUBLISH, Answer, World, manifest, somebody
from support.hostile_archives import archive, file
from support.wasm_binaries import CORE

VERSION = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0"
READER = somebody(Permission.EXTENSION_READ)
SERVICE = Caller("service:ui-host")
APP = hashlib.shake_256(b"app").digest(150_000)
FILES = {
    "manifest.json": json.dumps(manifest()).encode(),
    "dist/main.wasm": CORE,
    "ui/index.html": b"<script>alert(1)</script>",
    "ui/assets/app.js": APP,
    "ui/assets/überall.txt": "überall".encode(),
    "ui/empty.txt": b"",
    "ui-kit/other.txt": b"not below ui",
}
CONTENT = archive(*(file(path.encode(), data) for path, data in FILES.items()))
HASH = ContentHash.of(CONTENT)
BY_HASH = f"/internal/v1/bundles/{HASH}"


@pytest.fixture
async def shop(registry: World) -> World:
    await registry.published(CONTENT)
    return registry


async def get(shop: World, path: str, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    caller = SERVICE if path.startswith("/internal") else READER
    return await shop.ask("GET", path, caller=caller, headers=sent)


def tag_of(data: bytes) -> str:
    return f'"sha256-{ContentHash.of(data).hex}"'


@pytest.mark.parametrize("root", [VERSION, BY_HASH])
async def test_the_index_tells_every_file_with_size_and_digest(shop: World, root: str) -> None:
    answer = await get(shop, f"{root}/index")
    again = await get(shop, f"{root}/index")

    assert answer.body == {
        "content_hash": str(HASH),
        "size_bytes": len(CONTENT),
        "unpacked_bytes": sum(map(len, FILES.values())),
        "entries": [
            {"path": path, "size_bytes": len(data), "content_hash": str(ContentHash.of(data))}
            for path, data in FILES.items()
        ],
    }
    assert again.body == answer.body
    assert answer.headers["etag"] == tag_of(CONTENT)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize("root", [VERSION, BY_HASH])
@pytest.mark.parametrize("path", FILES)
async def test_one_file_is_sent_under_its_own_digest(shop: World, root: str, path: str) -> None:
    answer = await get(shop, f"{root}/files/{quote(path)}")
    known = await get(shop, f"{root}/files/{quote(path)}", if_none_match=answer.headers["etag"])

    assert (answer.status, answer.body) == (200, FILES[path])
    assert answer.headers["etag"] == tag_of(FILES[path])
    assert answer.headers["content-length"] == str(len(FILES[path]))
    assert "immutable" in answer.headers["cache-control"]
    assert (known.status, known.body) == (304, b"")


async def test_a_page_in_a_bundle_is_never_shown_from_this_origin(shop: World) -> None:
    answer = await get(shop, f"{VERSION}/files/ui/index.html")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [("bytes=0-9", 0, 10), ("bytes=65530-131080", 65_530, 131_081), ("bytes=-7", len(APP) - 7, len(APP))],
)
async def test_a_part_of_a_file_can_be_asked_for(shop: World, asked: str, begin: int, end: int) -> None:
    answer = await get(shop, f"{VERSION}/files/ui/assets/app.js", range=asked)

    assert (answer.status, answer.body) == (206, APP[begin:end])
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(APP)}"


async def test_a_part_outside_a_file_is_refused(shop: World) -> None:
    answer = await get(shop, f"{VERSION}/files/ui/assets/app.js", range=f"bytes={len(APP)}-")

    assert (answer.status, answer.code) == (416, "RANGE_NOT_SATISFIABLE")


@pytest.mark.parametrize("root", [VERSION, BY_HASH])
@pytest.mark.parametrize("folder", ["ui", "ui/", "ui/assets", "dist"])
async def test_a_folder_is_sent_as_a_tar_of_what_is_below_it(shop: World, root: str, folder: str) -> None:
    answer = await get(shop, f"{root}/tree/{folder}")

    with tarfile.open(fileobj=io.BytesIO(answer.body), mode="r:") as tar:
        members = tar.getmembers()
        found = {member.name: file.read() for member in members if (file := tar.extractfile(member))}
    below = folder.rstrip("/") + "/"
    assert found == {path: data for path, data in FILES.items() if path.startswith(below)}
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["content-type"] == "application/x-tar"
    assert answer.headers["etag"] == tag_of(CONTENT)
    known = await get(shop, f"{root}/tree/{folder}", if_none_match=tag_of(CONTENT))
    assert known.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/files/ui",
        "/files/ui/none.js",
        "/files/UI/index.html",
        "/files/ui%2F..%2Fmanifest.json",
        "/files/%2e%2e/manifest.json%00",
        "/files//manifest.json",
        "/tree/ui/index.html",
        "/tree/u",
        "/tree/%2F",
    ],
)
async def test_only_exactly_what_the_index_names_is_there(shop: World, path: str) -> None:
    answer = await get(shop, f"{VERSION}{path}")

    assert (answer.status, answer.code) in ((404, "BUNDLE_ENTRY_NOT_FOUND"), (404, "ROUTE_NOT_FOUND"))


async def test_a_head_request_is_answered_without_a_body(shop: World) -> None:
    answers = [
        await shop.ask("HEAD", f"{VERSION}{path}", caller=READER)
        for path in ("/files/ui/assets/app.js", "/tree/ui")
    ]

    assert [answer.body for answer in answers] == [b"", b""]
    assert answers[0].headers["content-length"] == str(len(APP))


async def test_of_many_who_ask_first_all_are_answered_alike(shop: World) -> None:
    answers = await asyncio.gather(*(get(shop, f"{VERSION}/files/ui/assets/app.js") for _ in range(24)))

    assert {answer.status for answer in answers} == {200}
    assert {answer.body for answer in answers} == {APP}
    async with shop.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM bundle_index") == 1


async def test_a_blocked_version_gives_nothing_and_a_yanked_one_does(shop: World) -> None:
    answers = []
    for status in ("yanked", "blocked"):
        await shop.ask("POST", f"{VERSION}/status", {"status": status, "reason": "It loses notes."})
        answers.append(
            [(await get(shop, f"{root}{path}")).status for root in (VERSION, BY_HASH) for path in PATHS]
        )

    assert answers == [[200] * 6, [410] * 6]


PATHS = ("/index", "/files/manifest.json", "/tree/ui")


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_else_reads_a_bundle(shop: World, path: str) -> None:
    publisher_only = with_out_read()
    answers = [
        await shop.ask("GET", f"{VERSION}{path}", caller=publisher_only),
        await shop.ask("GET", f"{BY_HASH}{path}", caller=SERVICE, issuer="stranger"),
        await shop.ask("GET", f"/internal/v1/bundles/sha256:{'0' * 64}{path}", caller=SERVICE),
    ]

    assert [(answer.status, answer.code) for answer in answers] == [
        (403, "PERMISSION_DENIED"),
        (403, "PEER_REQUIRED"),
        (404, "BUNDLE_NOT_FOUND"),
    ]


def with_out_read() -> Caller:
    return somebody(*(READ_PUBLISH - {Permission.EXTENSION_READ}))


async def test_bytes_that_were_exchanged_in_the_store_are_not_sent(shop: World) -> None:
    """Also after the index was made: the files are held against it."""
    await get(shop, f"{VERSION}/index")
    forged = dict(FILES) | {"ui/index.html": b"<script>alert(2)</script>"}
    blob = shop.folder / "bundles" / shop.files()[0]
    blob.write_bytes(archive(*(file(path.encode(), data) for path, data in forged.items())))

    answers = [await get(shop, f"{VERSION}/files/{path}") for path in ("ui/index.html", "manifest.json")]

    assert (answers[0].status, answers[0].code) == (500, "BUNDLE_STORE_CORRUPT")
    assert (answers[1].status, answers[1].body) == (200, FILES["manifest.json"])


async def test_no_index_is_made_of_exchanged_bytes(shop: World) -> None:
    blob = shop.folder / "bundles" / shop.files()[0]
    blob.write_bytes(archive(file(b"manifest.json", b"{}")))

    answer = await get(shop, f"{VERSION}/index")

    assert (answer.status, answer.code) == (500, "BUNDLE_STORE_CORRUPT")
    async with shop.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM bundle_index") == 0
