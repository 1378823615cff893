"""Sign with a certificate: the chain travels in the envelope, to be judged by whoever trusts an authority."""

import json

from annex_shared.signing import SigningKey
from integration.cli.gateway import Gateway
from integration.cli.program import SAMPLE, Machine
from support.certificates import Authority, pem

KEY = SigningKey.generate()
ROOT = Authority.root()
LEAF = ROOT.leaf(KEY.private_key.public_key(), publishers=("annex-demo",))


def prepared(machine: Machine) -> None:
    (machine.work / "bundle.tar.zst").write_bytes(SAMPLE.read_bytes())
    (machine.work / "key.pem").write_bytes(KEY.to_pem())
    (machine.work / "chain.pem").write_text("Acme releases\n" + pem(LEAF))
    (machine.work / "root.pem").write_text(pem(ROOT.certificate))


async def test_a_certificate_travels_in_the_envelope(machine: Machine) -> None:
    prepared(machine)

    ran = await machine.annex("sign", "bundle.tar.zst", "--key-file", "key.pem", "--cert-file", "chain.pem")

    envelope = json.loads((machine.work / "bundle.tar.zst.sig").read_text())
    assert ran.code == 0, ran.stderr
    assert envelope["signatures"][0]["cert"] == pem(LEAF)


async def test_publish_signs_with_the_certificate_too(machine: Machine, gateway: Gateway) -> None:
    prepared(machine)

    ran = await machine.annex(
        "publish", "bundle.tar.zst", "--key-file", "key.pem", "--cert-file", "chain.pem"
    )

    assert ran.code == 0, ran.stderr
    assert gateway.signatures[0] is not None
    assert json.loads(gateway.signatures[0])["signatures"][0]["cert"] == pem(LEAF)


async def test_a_certificate_without_its_key_is_a_mistake_of_usage(
    machine: Machine, gateway: Gateway
) -> None:
    prepared(machine)

    ran = await machine.annex("publish", "bundle.tar.zst", "--cert-file", "chain.pem")

    assert ran.code == 2
    assert "--key-file" in ran.stderr
    assert gateway.commits == 0


async def test_a_certificate_of_another_key_is_refused_before_anything_is_written(machine: Machine) -> None:
    prepared(machine)
    (machine.work / "key.pem").write_bytes(SigningKey.generate().to_pem())

    ran = await machine.annex("sign", "bundle.tar.zst", "--key-file", "key.pem", "--cert-file", "chain.pem")

    assert (ran.code, "CERTIFICATE_MALFORMED" in ran.stderr) == (7, True)
    assert not (machine.work / "bundle.tar.zst.sig").exists()
