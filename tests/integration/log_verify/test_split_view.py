"""A log that shows two trees to two readers: two databases under one key, and `annex verify` between them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import hdrs, web

from annex_shared.http.server import listening
from annex_shared.messaging.port import Bus
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner
from integration.cli.gateway import USER_KEY
from integration.cli.program import Machine, Ran
from integration.registry.auditor import Auditor
from integration.registry.test_log_faults import copy_of
from integration.registry.world import ADMIN, World, bundle
from support.stack.isolation import Databases
from support.witnesses import WitnessPlace, policy_text, witness_place

EXTENSION = "acme/invoice-notes"


@asynccontextmanager
async def gateway(world: World) -> AsyncIterator[str]:
    """Pass on what is asked, as the gateway does for a tenant's key."""

    async def forward(request: web.Request) -> web.Response:
        answer = await world.client().request("GET", request.raw_path, caller=ADMIN)
        kept = {hdrs.CONTENT_TYPE: answer.headers.get(hdrs.CONTENT_TYPE, "text/plain")}
        return web.Response(status=answer.status, body=answer.body, headers=kept)

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", forward)])
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def witness(auditor: Auditor, tmp_path: Path) -> AsyncIterator[WitnessPlace]:
    async with witness_place(tmp_path / "w0", auditor.key).running() as place:
        (tmp_path / "policy").write_text(policy_text(auditor.key, [place], 1))
        yield place


@pytest.fixture
def policy(witness: WitnessPlace, tmp_path: Path) -> Path:
    """Return the policy file of the registry and of whoever verifies; its witness runs."""
    assert witness.port
    return tmp_path / "policy"


@pytest.fixture
async def fork(
    world: World, bus: Bus, policy: Path, databases: Databases, tmp_path: Path
) -> AsyncIterator[tuple[World, World]]:
    """Return the honest registry and another one that went its own way after the first version.

    The other one has no fence that would stop it, and asks no witness: it wants to be believed by the log's
    signature alone.
    """
    witnessed = {"log_key_file": world.log_key_file, "log_policy_file": policy}
    async with world.running(bus, **witnessed):
        await world.published()
    liar = World(await copy_of(world, databases), tmp_path / "liar", world.session, world.issuer_key)
    liar.folder.mkdir()
    for name in ("peers.json", "secrets.json", "log.key"):
        (liar.folder / name).write_bytes((world.folder / name).read_bytes())
    async with (
        world.running(bus, **witnessed),
        liar.running(bus, log_key_file=liar.log_key_file),
    ):
        await world.published(version="1.5.0", marker=b"honest")
        await liar.published(version="1.5.0", marker=b"forked")
        yield world, liar
    await databases.drop(liar.owner_url)


class Reader:
    """A person with the CLI, who remembers what was seen of the log."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine.at(folder, ANNEX_TOKEN=USER_KEY)

    async def annex(self, world: World, *arguments: str) -> Ran:
        async with gateway(world) as url:
            return await self.machine.annex(*arguments, "--gateway", url)

    @staticmethod
    def claims(ran: Ran) -> Mapping[str, Any]:
        data = ran.document()["data"]
        return {claim["claim"]: (claim["status"], claim["evidence"]["text"]) for claim in data["claims"]}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "reader")


async def test_who_asks_for_a_quorum_believes_the_honest_log_and_not_the_fork(
    fork: tuple[World, World], policy: Path, tmp_path: Path
) -> None:
    honest, liar = fork
    verify = ("verify", f"{EXTENSION}@1.5.0", "--log-policy", str(policy), "--json")

    believed = await Reader(tmp_path / "one").annex(honest, *verify)
    refused = await Reader(tmp_path / "two").annex(liar, *verify)

    assert (believed.code, Reader.claims(believed)["witnessed"][0]) == (0, "ok")
    assert Reader.claims(believed)["witnessed"][1].startswith("the tree of 3 is cosigned by w0, last at ")
    assert refused.code == 7
    status, text = Reader.claims(refused)["witnessed"]
    assert (status, Reader.claims(refused)["published"][0]) == ("failed", "ok")
    assert "cosigned by 0 of 1 known witnesses" in text
    assert "shows this tree to some and another one to its witnesses" in text


async def test_who_has_only_the_key_believes_whichever_is_seen_first_and_finds_the_other(
    fork: tuple[World, World], auditor: Auditor, reader: Reader
) -> None:
    honest, liar = fork
    verify = ("verify", f"{EXTENSION}@1.5.0", "--log-vkey", auditor.key.vkey, "--json")

    first = await reader.annex(liar, *verify)
    second = await reader.annex(honest, *verify)

    assert (first.code, second.code) == (0, 7)
    status, text = Reader.claims(second)["consistent"]
    assert status == "failed"
    assert "they are of one size and have different roots" in text
    assert len(list((reader.machine.folder / "state").rglob("*.note"))) == 2


async def test_a_larger_fork_does_not_add_to_what_was_seen(
    fork: tuple[World, World], auditor: Auditor, reader: Reader
) -> None:
    honest, liar = fork
    await liar.publish(bundle(version="1.6.0"))
    versions = ("versions", EXTENSION, "--verify", "--log-vkey", auditor.key.vkey, "--json")

    first = await reader.annex(honest, *versions)
    second = await reader.annex(liar, *versions)

    assert (first.code, second.code) == (0, 7)
    assert Reader.claims(second)["consistent"][0] == "failed"
    assert (
        "the tree of 4 does not only add to the tree of 3 seen here" in Reader.claims(second)["consistent"][1]
    )


async def test_the_list_of_versions_is_held_against_the_quorum_too(
    fork: tuple[World, World], policy: Path, reader: Reader
) -> None:
    _, liar = fork

    ran = await reader.annex(liar, "versions", EXTENSION, "--verify", "--log-policy", str(policy), "--json")

    assert (ran.code, Reader.claims(ran)["witnessed"][0]) == (7, "failed")


@pytest.mark.parametrize(
    ("text", "code"),
    [("nonsense\n", "FILE_NOT_USABLE"), ("log {log}\nlog {other}\nquorum none\n", "INVALID_USAGE")],
)
async def test_a_policy_that_names_no_one_log_verifies_nothing(
    auditor: Auditor, reader: Reader, tmp_path: Path, text: str, code: str
) -> None:
    other = NoteSigner("other.example/annex", SigningKey.generate()).verifier
    (tmp_path / "policy").write_text(text.format(log=auditor.key.vkey, other=other.vkey))

    ran = await reader.machine.annex(
        "verify",
        EXTENSION,
        "--gateway",
        "http://127.0.0.1:9",
        "--log-policy",
        str(tmp_path / "policy"),
        "--json",
    )

    assert ran.document()["error"]["code"] == code
