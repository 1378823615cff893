import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry
from integration.ui_host.raw_http import Answer, ask

SECRET = b"only by its plain path"
FILES = {"index.html": b"<p>", "a/b.js": SECRET, ".env": SECRET, "a/.hidden/c.js": SECRET, "x;y.js": SECRET}


@dataclass(frozen=True, slots=True)
class Host:
    port: int
    base: str
    extension: str
    content_hash: str
    # The short way is open only to connections that stay.
    keeps_alive: bool

    async def ask(self, target: str | bytes) -> Answer:
        headers = [("Accept", "text/html")]
        return await ask(self.port, target, headers=headers, keeps_alive=self.keeps_alive)


@pytest.fixture(params=[False, True], ids=["ordinary way", "short way"])
async def host(
    registry: ContractRegistry, start: Start, request: pytest.FixtureRequest
) -> AsyncIterator[Host]:
    version = registry.publish("acme/notes", FILES)
    async with start(fast_path=request.param) as port:
        base = f"/ext-ui/acme.notes/{version.content_hash}/"
        yield Host(port, base, version.extension_id, str(version.content_hash), request.param)


async def test_plain_path_is_served_so_that_refusals_below_mean_something(host: Host) -> None:
    answers = [
        await host.ask(target)
        for target in (
            f"{host.base}a/b.js",
            f"/ext-ui/{host.extension}/{host.content_hash}/a/b.js",
            f"{host.base}a/b.js?x=/../..",
            f"/ext-ui/acme.notes/{host.content_hash.replace(':', '%3A')}/a/b.js",
        )
    ]

    assert [(answer.status, answer.body) for answer in answers] == [(200, SECRET)] * 4


@pytest.mark.parametrize(
    "path",
    [
        "../a/b.js",
        "x/../a/b.js",
        "./a/b.js",
        "a/./b.js",
        "a/%2e/b.js",
        "x/%2e%2e/a/b.js",
        "x/%2E%2E/a/b.js",
        "x/.%2e/a/b.js",
        "x/%252e%252e/a/b.js",
        "x/..%2fa/b.js",
        "x/..%5ca/b.js",
        "a%2fb.js",
        "a%2Fb.js",
        "a%5Cb.js",
        "a\\b.js",
        "a%252fb.js",
        "a/b.js%00",
        "a/b.js%00.html",
        "a/b%2ejs",
        "a/%62.js",
        "a/b.js;x",
        "x;y.js",
        "x%3by.js",
        "a;x/b.js",
        "a//b.js",
        "/a/b.js",
        "//a/b.js",
        "a/b.js/",
        "a/b.js.",
        "a/b.js%20",
        "a/%c0%ae%c0%ae/b.js",
        "a/%e0%80%ae/b.js",
        "a/%u002e%u002e/b.js",
        "a/%zz",
        "a/%",
        ".env",
        "a/.hidden/c.js",
        ".well-known/security.txt",
        "a/b.js#x",
        "a/b.js?x#y",
        "%E2%80%AEsj.b/a",
        "a" * 300,
        "a/" * 40 + "b.js",
        "a" * 5000,
    ],
)
async def test_trick_is_refused_with_its_own_code(path: str, host: Host) -> None:
    answer = await host.ask(host.base + path)

    assert (answer.status, answer.headers.get("x-annex-problem")) == (400, "PATH_REFUSED")
    assert json.loads(answer.body)["code"] == "PATH_REFUSED"
    assert answer.headers["cache-control"] == "no-store"
    assert SECRET not in answer.body


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://localhost{base}a/b.js", 400),
        ("http://evil.example{base}a/b.js", 400),
        ("//evil.example{base}a/b.js", 404),
        ("/{base}a/b.js", 404),
        ("/x/..{base}a/b.js", 404),
        ("/EXT-UI/acme.notes/{hash}/a/b.js", 404),
        ("/%65xt-ui/acme.notes/{hash}/a/b.js", 400),
        ("/ext-ui%2Facme.notes/{hash}/a/b.js", 404),
        ("/ext-ui/acme%2enotes/{hash}/a/b.js", 400),
        ("/ext-ui/acme%2Fnotes/{hash}/a/b.js", 400),
        ("/ext-ui/acme/notes/{hash}/a/b.js", 400),
        ("/ext-ui/ACME.notes/{hash}/a/b.js", 404),
        ("/ext-ui/notes/{hash}/a/b.js", 404),
        ("/ext-ui/acme.notes/{hash}", 404),
        ("/ext-ui/acme.notes/{upper_scheme}/a/b.js", 400),
        ("/ext-ui/acme.notes/{upper_hex}/a/b.js", 400),
        ("/ext-ui/acme.notes/{hex}/a/b.js", 400),
        ("*", 400),
    ],
)
async def test_other_spelling_of_the_address_is_refused(target: str, status: int, host: Host) -> None:
    digits = host.content_hash.removeprefix("sha256:")

    answer = await host.ask(
        target.format(
            base=host.base,
            hash=host.content_hash,
            hex=digits,
            upper_scheme=f"SHA256:{digits}",
            upper_hex=f"sha256:{digits.upper()}",
        )
    )

    assert answer.status == status
    assert SECRET not in answer.body


@pytest.mark.parametrize("letters", [b"\x00", b"\t", b"\x7f", b"\xc0\xae", b"\xc3\xa9", b" "])
async def test_raw_byte_that_no_target_may_hold_is_refused(letters: bytes, host: Host) -> None:
    answer = await host.ask(host.base.encode() + b"a/" + letters + b"b.js")

    assert answer.status == 400
    assert SECRET not in answer.body


async def test_target_longer_than_any_is_refused(host: Host) -> None:
    answer = await host.ask(host.base + "a/" * 20_000)

    assert answer.status == 400
