import re
from collections.abc import AsyncIterator

import pytest

from integration.ui_host.conftest import started
from integration.ui_host.contract_registry import contract_registry
from integration.ui_host.header_script import FILES, Block, Words, assert_claim, blocks
from integration.ui_host.raw_http import ask, ask_until_coded

_ANSWERED = {200, 206, 304}


@pytest.fixture(scope="module", params=[False, True], ids=["ordinary way", "short way"])
async def words(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Words]:
    """Run one ui-host for the whole script; every variant is there before the first block."""
    async with contract_registry(tmp_path_factory.mktemp("registry")) as registry:
        notes = registry.publish("acme/notes", FILES)
        registry.publish("rival/notes", {"index.html": b"<p>"})
        async with started(registry, fast_path=request.param) as port:
            address = f"/ext-ui/acme.notes/{notes.content_hash}"
            await ask_until_coded(port, f"{address}/assets/big.js")
            yield Words(
                port,
                {
                    "notes": address,
                    "notes_hash": str(notes.content_hash),
                    "rival": "rival.notes",
                    "origin": f"http://localhost:{port}",
                },
            )


@pytest.mark.parametrize("block", list(blocks()), ids=lambda block: block.title)
async def test_answer_is_what_the_script_says(block: Block, words: Words) -> None:
    sent = [(name, words.fill(value)) for name, value in block.sent]
    before = await short_answers(words.port)

    answer = await ask(
        words.port,
        words.fill(block.target),
        method=block.method,
        headers=sent,
        keeps_alive=before is not None,
    )

    assert block.claims or block.own
    for claim in (*block.claims, *block.own):
        assert_claim(words.fill(claim), answer)
    if before is not None:
        took_the_short_way = await short_answers(words.port) == before + 1
        assert took_the_short_way == (answer.status in _ANSWERED)


async def short_answers(port: int) -> float | None:
    """Return how many answers took the short way, or None where there is none."""
    metrics = (await ask(port, "/metrics")).body.decode()
    match = re.search(r"^annex_ui_host_short_answers_total ([0-9.]+)$", metrics, re.MULTILINE)
    return None if match is None else float(match[1])
