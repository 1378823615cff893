"""`annex keys`: which keys sign for a publisher, and that no private key ever leaves the machine."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_shared.signing import SigningKey
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import Machine, assert_approved, transcript

# Known seeds, so that the transcripts are always the same.
FIRST = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
SECOND = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))))


@pytest.fixture(autouse=True)
def files(machine: Machine) -> Path:
    (machine.work / "acme.pub").write_bytes(FIRST.public.to_pem())
    (machine.work / "new.pem").write_bytes(SECOND.to_pem())
    return machine.work


@pytest.mark.parametrize("form", ["text", "json"])
async def test_keys_are_added_shown_rotated_and_revoked(machine: Machine, form: str) -> None:
    flags = ["--json"] if form == "json" else []
    codes = []
    for name, arguments in {
        "none": ["list", "annex-demo"],
        "add": ["add", "annex-demo", "acme.pub", "--valid-until", "2027-12-31T00:00:00Z"],
        "again": ["add", "annex-demo", "acme.pub"],
        "list": ["list", "annex-demo"],
        "rotate": ["rotate", "annex-demo", FIRST.public.key_id, "new.pem", "--yes"],
        "revoke-unasked": ["revoke", "annex-demo", SECOND.public.key_id],
        "revoke": ["revoke", "annex-demo", SECOND.public.key_id, "--yes"],
        "unknown": ["revoke", "annex-demo", SECOND.public.key_id, "--yes"],
    }.items():
        ran = await machine.annex("keys", *arguments, *flags)
        codes.append(ran.code)
        command = machine.told(" ".join(["annex", "keys", *arguments, *flags]))
        assert_approved(f"keys-{name}-{form}", transcript(command, ran, machine))

    assert codes == [0, 0, 6, 0, 0, 8, 0, 5]


async def test_of_a_private_key_only_the_public_half_is_sent(machine: Machine, gateway: Gateway) -> None:
    ran = await machine.annex("keys", "add", "annex-demo", "new.pem", "--json")

    # The gateway refuses to see anything private.
    assert (ran.code, ran.document()["command"]) == (0, "keys add")
    assert list(gateway.publisher_keys) == [SECOND.public.key_id]


async def test_a_lost_answer_says_where_to_look(machine: Machine, gateway: Gateway) -> None:
    gateway.other_faults.append(Fault.CUT_AFTER_COMMIT)

    lost = await machine.annex("keys", "add", "annex-demo", "acme.pub")

    assert lost.code == 10
    assert "annex keys list annex-demo" in lost.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("add", "annex-demo", "acme.pub", "--valid-from", "soon"), 2, "INVALID_USAGE"),
        (("add", "annex-demo", "missing.pub"), 3, "FILE_NOT_USABLE"),
        (("list", "nobody"), 5, "PUBLISHER_NOT_FOUND"),
    ],
)
async def test_a_mistake_is_named(
    machine: Machine, arguments: tuple[str, ...], code: int, error: str
) -> None:
    ran = await machine.annex("keys", *arguments, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (code, error)
