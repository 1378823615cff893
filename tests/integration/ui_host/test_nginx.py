"""nginx before the ui-host, from the tree it wrote: the header script as far as it holds for both."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.ui_host.conftest import started
from integration.ui_host.contract_registry import ContractRegistry, contract_registry
from integration.ui_host.header_script import FILES, Block, Words, assert_claim, blocks
from integration.ui_host.raw_http import Answer, ask, ask_until
from support.nginx import running_nginx
from support.version_statuses import a_status

# nginx is unpacked from its Debian package, which the short round has no time and no network for.
pytestmark = pytest.mark.long


@dataclass(frozen=True, slots=True)
class Pair:
    """nginx, and the ui-host behind it."""

    words: Words
    registry: ContractRegistry
    trees: Path
    ui_host_port: int


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("nginx")
    trees = folder / "trees"
    async with contract_registry(folder) as registry:
        notes = registry.publish("acme/notes", FILES)
        registry.publish("rival/notes", {"index.html": b"<p>"})
        async with started(
            registry,
            tree_directory=trees,
            public_origin="http://ui.test",
            repair_interval_seconds=0.1,
        ) as ui_host_port:
            address = f"/ext-ui/acme.notes/{notes.content_hash}"
            await ask(ui_host_port, f"{address}/index.html")
            link = trees / "names" / "acme.notes" / str(notes.content_hash)
            while not link.exists():  # noqa: ASYNC110 - it can only be looked at
                await asyncio.sleep(0.02)
            values = {
                "UI_HOST_ORIGIN": "http://ui.test",
                "UI_HOST_FRAME_ANCESTORS": "http://127.0.0.1:8080",
                "UI_HOST_TREES": str(trees),
                "UI_HOST_UPSTREAM": f"127.0.0.1:{ui_host_port}",
            }
            async with running_nginx(folder, values) as port:
                words = {
                    "notes": address,
                    "notes_hash": str(notes.content_hash),
                    "rival": "rival.notes",
                    "origin": "http://ui.test",
                }
                yield Pair(Words(port, words), registry, trees, ui_host_port)


async def _asked(pair: Pair, block: Block) -> Answer:
    sent = [(name, pair.words.fill(value)) for name, value in block.sent]
    return await ask(pair.words.port, pair.words.fill(block.target), method=block.method, headers=sent)


@pytest.mark.parametrize("block", list(blocks()), ids=lambda block: block.title)
async def test_answer_is_what_the_script_says(block: Block, pair: Pair) -> None:
    answer = await _asked(pair, block)

    for claim in block.claims:
        assert_claim(pair.words.fill(claim), answer)


async def test_plain_file_comes_from_disk_with_a_tag_of_its_content(pair: Pair) -> None:
    target = pair.words.fill("{notes}/assets/big.js")
    tags = []
    for coding in ("identity, deflate", "br", "zstd", "gzip"):
        headers = [] if coding.startswith("identity") else [("Accept-Encoding", coding)]
        first = await ask(pair.words.port, target, headers=headers)
        again = await ask(
            pair.words.port, target, headers=[*headers, ("If-None-Match", first.headers["etag"])]
        )
        tags.append(first.headers["etag"])
        assert first.headers["server"] == "nginx"
        assert "last-modified" not in first.headers
        assert again.status == 304

    assert len(set(tags)) == 4


async def test_tenant_that_is_named_is_the_ui_hosts_business(pair: Pair) -> None:
    target = pair.words.fill("{notes}/index.html")

    answers = [
        await ask(pair.words.port, f"{target}?{query}", headers=headers)
        for query, headers in (
            ("tenant=11111111-1111-4111-8111-111111111111", []),
            ("t%65nant=11111111-1111-4111-8111-111111111111", []),
            ("x=1", [("x-tenant-id", "11111111-1111-4111-8111-111111111111")]),
        )
    ]

    assert [answer.status for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize(
    "path",
    [
        "x/%2e%2e/index.html",
        "assets%2fapp.js",
        "assets//app.js",
        ".env",
        "assets/app.js;x",
        "index.html/",
        "a/../index.html",
    ],
)
async def test_odd_spelling_is_refused_by_the_ui_host(path: str, pair: Pair) -> None:
    answer = await ask(pair.words.port, pair.words.fill(f"{{notes}}/{path}"))

    assert (answer.status, answer.headers.get("x-annex-problem")) == (400, "PATH_REFUSED")


async def test_blocked_version_leaves_the_disk(pair: Pair) -> None:
    gone = pair.registry.publish("acme/gone", {"index.html": b"<p>soon gone"})
    target = f"/ext-ui/acme.gone/{gone.content_hash}/index.html"
    link = pair.trees / "names" / "acme.gone" / str(gone.content_hash)
    await ask_until(pair.words.port, target, 200)
    while not link.exists():  # noqa: ASYNC110 - it can only be looked at
        await asyncio.sleep(0.02)
    from_disk = await ask(pair.words.port, target)

    pair.registry.said = [
        a_status(
            "blocked",
            serial=10,
            version_id=gone.version_id,
            extension_id=gone.extension_id,
            content_hash=gone.content_hash,
        )
    ]
    blocked = await ask_until(pair.words.port, target, 410)

    assert from_disk.headers["server"] == "nginx"
    assert blocked.headers["x-annex-problem"] == "VERSION_BLOCKED"
    assert not link.exists()
