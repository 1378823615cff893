"""The header script: its files, its blocks, and how a claim is held against an answer."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annex_ui_host.domain.ui_tree import Asset
from integration.ui_host.raw_http import Answer

_UI_HOST_ALONE = "~"
FILES = {
    "index.html": b"<!doctype html>",
    "assets/app.js": b"let a = 1;",
    "assets/big.js": b"export const a = 1; // again and again\n" * 138 + b" " * 18,
    "assets/noise.js": b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64)),
    "guide.html": b"<!doctype html>" + b"<p>A paragraph of the guide.</p>" * 200,
    "digits.bin": b"0123456789" * 1000,
    "logo.svg": b"<svg/>",
    "data.unknown": b"?",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One request of the script and the claims about its answer; ``own`` ones hold for the ui-host alone."""

    title: str
    method: str
    target: str
    sent: tuple[tuple[str, str], ...]
    claims: tuple[str, ...]
    own: tuple[str, ...]


def blocks() -> Iterator[Block]:
    lines = Path(__file__).with_name("header_script.txt").read_text().splitlines()
    script = "\n".join(line for line in lines if not line.startswith("#"))
    for number, text in enumerate(re.split(r"\n\s*\n", script.strip())):
        request, *rest = text.splitlines()
        method, target = request.split()
        claims = [line for line in rest if not line.startswith(">")]
        yield Block(
            title=f"{number} {request}",
            method=method,
            target=target,
            sent=tuple(_pair(line) for line in rest if line.startswith(">")),
            claims=tuple(claim for claim in claims if not claim.startswith(_UI_HOST_ALONE)),
            own=tuple(claim[1:].strip() for claim in claims if claim.startswith(_UI_HOST_ALONE)),
        )


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
        return re.sub(r"\{etag(-[a-z]+)?:([^}]+)\}", _etag, text)


def _etag(match: re.Match[str]) -> str:
    plain = Asset.of("", FILES[match[2]]).plain.etag
    return plain if match[1] is None else f'{plain[:-1]}{match[1]}"'


def assert_claim(claim: str, answer: Answer) -> None:
    match = re.fullmatch(r"(\S+) (==|has|absent) ?(.*)", claim)
    assert match is not None, f"not a claim: {claim}"
    name, relation, expected = match.groups()
    body = answer.body.decode("latin-1")
    specials = {"status": str(answer.status), "size": str(len(answer.body)), "body": body}
    actual = specials.get(name, answer.headers.get(name))
    if relation == "absent":
        assert actual is None, claim
    elif relation == "has":
        assert actual is not None, claim
        assert expected in actual, claim
    else:
        assert actual == expected, claim
    assert len(answer.headers.getall(name, [])) <= 1, f"{name} is there twice"
