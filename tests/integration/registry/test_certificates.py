"""Signing keys the registry does not know, vouched for by certificates of an authority it trusts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from cryptography import x509

from annex_shared.messaging.port import Bus
from annex_shared.signing import CertificateChain, SigningKey
from integration.registry.world import World, bundle, signed
from support.certificates import Authority, pem

KEY = SigningKey.generate()
PUBLIC = KEY.private_key.public_key()
ROOT = Authority.root()
CONTENT = bundle()
PATH = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0"


def certified(*certificates: x509.Certificate) -> dict[str, str]:
    return signed(CONTENT, KEY, chain=CertificateChain.parse(pem(*certificates)))


@pytest.fixture
async def trusting(world: World, bus: Bus) -> AsyncIterator[World]:
    """Return a registry that demands signatures and trusts one authority."""
    trust = world.folder / "trust.pem"
    trust.write_text(pem(ROOT.certificate))
    async with world.running(bus, signing_trust_bundle=trust, signature_policy="required") as registry:
        yield registry


async def test_the_signer_and_its_certificate_are_returned_with_the_version(trusting: World) -> None:
    between = ROOT.below("Between")
    leaf = between.leaf(PUBLIC)
    signature = certified(leaf, between.certificate)

    published = await trusting.publish(CONTENT, signature=signature)
    detail = await trusting.ask("GET", PATH)

    assert (published.status, published.body["signer"]) == (200, KEY.public.key_id)
    assert detail.body["signature"]["text"] == signature["text"]
    assert detail.body["signature"]["key_id"] == KEY.public.key_id
    certificate = detail.body["signature"]["certificate"]
    assert certificate["subject"] == "CN=Acme Release"
    assert certificate["fingerprint"].startswith("sha256:")
    assert certificate["not_after"] == "2100-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        (Authority.root().leaf(PUBLIC), "CERTIFICATE_UNTRUSTED"),
        (ROOT.leaf(PUBLIC, end=datetime(2021, 1, 1, tzinfo=UTC)), "CERTIFICATE_EXPIRED"),
        (ROOT.leaf(PUBLIC, begin=datetime(2099, 1, 1, tzinfo=UTC)), "CERTIFICATE_NOT_YET_VALID"),
        (ROOT.leaf(PUBLIC, publishers=("globex",)), "CERTIFICATE_WRONG_PUBLISHER"),
    ],
)
async def test_a_chain_that_does_not_hold_publishes_nothing(
    trusting: World, leaf: x509.Certificate, code: str
) -> None:
    facts = await trusting.facts()

    answer = await trusting.publish(CONTENT, signature=certified(leaf))

    assert (answer.status, answer.code) == (403, code)
    assert await trusting.facts() == facts


async def test_a_key_its_publisher_took_back_signs_under_no_certificate(trusting: World) -> None:
    await trusting.ask("POST", "/api/v1/publishers", {"name": "acme"})
    key = {"public_key_pem": KEY.public.to_pem().decode()}
    await trusting.ask("POST", "/api/v1/publishers/acme/keys", key)
    await trusting.ask("DELETE", f"/api/v1/publishers/acme/keys/{KEY.public.key_id}")
    facts = await trusting.facts()

    answer = await trusting.publish(CONTENT, signature=certified(ROOT.leaf(PUBLIC)))

    assert (answer.status, answer.code) == (403, "SIGNER_NOT_VALID")
    assert await trusting.facts() == facts
