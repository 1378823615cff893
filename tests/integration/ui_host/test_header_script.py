import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from annex_ui_host.domain.ui_tree import Asset
from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry
from integration.ui_host.raw_http import Answer, ask

FILES = {
    "index.html": b"<!doctype html>",
    "assets/app.js": b"let a = 1;",
    "logo.svg": b"<svg/>",
    "data.unknown": b"?",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One request of the script and the claims about its answer."""

    title: str
    method: str
    target: str
    sent: tuple[tuple[str, str], ...]
    claims: tuple[str, ...]


def blocks() -> Iterator[Block]:
    lines = Path(__file__).with_name("header_script.txt").read_text().splitlines()
    script = "\n".join(line for line in lines if not line.startswith("#"))
    for number, text in enumerate(re.split(r"\n\s*\n", script.strip())):
        request, *rest = text.splitlines()
        method, target = request.split()
        sent = tuple(_pair(line) for line in rest if line.startswith(">"))
        claims = tuple(line for line in rest if not line.startswith(">"))
        yield Block(f"{number} {request}", method, target, sent, claims)


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix(">").partition(":")
    return name.strip(), value.strip()


@dataclass(frozen=True, slots=True)
class Words:
    """What stands for the words in braces."""

    port: int
    plain: dict[str, str]

    def fill(self, text: str) -> str:
        for word, meaning in self.plain.items():
            text = text.replace(f"{{{word}}}", meaning)
        return re.sub(r"\{etag:([^}]+)\}", lambda match: Asset.of("", FILES[match[1]]).etag, text)


@pytest.fixture
async def words(registry: ContractRegistry, start: Start) -> AsyncIterator[Words]:
    notes = registry.publish("acme/notes", FILES)
    registry.publish("rival/notes", {"index.html": b"<p>"})
    async with start() as port:
        yield Words(
            port,
            {
                "notes": f"/ext-ui/acme.notes/{notes.content_hash}",
                "notes_hash": str(notes.content_hash),
                "rival": "rival.notes",
                "origin": f"http://localhost:{port}",
            },
        )


@pytest.mark.parametrize("block", list(blocks()), ids=lambda block: block.title)
async def test_answer_is_what_the_script_says(block: Block, words: Words) -> None:
    sent = [(name, words.fill(value)) for name, value in block.sent]

    answer = await ask(words.port, words.fill(block.target), method=block.method, headers=sent)

    assert block.claims
    for claim in block.claims:
        assert_claim(words.fill(claim), answer)


def assert_claim(claim: str, answer: Answer) -> None:
    match = re.fullmatch(r"(\S+) (==|has|absent) ?(.*)", claim)
    assert match is not None, f"not a claim: {claim}"
    name, relation, expected = match.groups()
    specials = {"status": str(answer.status), "size": str(len(answer.body))}
    actual = specials.get(name, answer.headers.get(name))
    if relation == "absent":
        assert actual is None, claim
    elif relation == "has":
        assert actual is not None, claim
        assert expected in actual, claim
    else:
        assert actual == expected, claim
    assert len(answer.headers.getall(name, [])) <= 1, f"{name} is there twice"
