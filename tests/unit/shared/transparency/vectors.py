"""The published test vectors, read from ``tests/golden/transparency``."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_shared.signing import SigningKey
from annex_shared.transparency import Cosigner, NoteSigner
from unit.shared.transparency.oracle import OracleTree

GOLDEN = Path(__file__).parents[3] / "golden" / "transparency"
ANNEX_LOG = GOLDEN / "annex-log1"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def log_file(name: str) -> bytes:
    return (ANNEX_LOG / name).read_bytes()


def key_of_seed(seed: bytes) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))


KEYS = golden("annex-log1/keys.json")
ENTRIES = [log_file(f"entry-{index}.txt") for index in range(3)]
LOG = NoteSigner("registry.example/annex/log1", key_of_seed(bytes.fromhex(KEYS["log_seed"])))
WITNESS = Cosigner("witness.example/w1", key_of_seed(bytes.fromhex(KEYS["witness_seed"])))
BOUNDARY_TREE = OracleTree([b"entry-%d" % index for index in range(600)])
