"""Bundles to publish: the kept sample, and small extensions made of one guest each."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annex_cli.local_bundle import LocalBundle, read_bundle
from annex_shared.bundle import write_bundle
from annex_shared.signing import BundleStatement, SigningKey, sign_statement
from support.guests import guest_wasm

ROOT = Path(__file__).resolve().parents[3]
HELLO = ROOT / "examples" / "hello" / "annex-demo.hello-1.0.0.tar.zst"


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """An archive and the envelope that travels beside it."""

    bundle: LocalBundle
    signature: str

    @property
    def segment(self) -> str:
        """Return ``publisher.name``, as addresses spell it."""
        return self.bundle.extension.replace("/", ".", 1)


def signed(archive: Path, key: SigningKey) -> SignedBundle:
    bundle = read_bundle(archive)
    manifest = bundle.manifest
    assert manifest.publisher is not None
    statement = BundleStatement(manifest.publisher, manifest.name, manifest.version, bundle.content_hash)
    return SignedBundle(bundle, sign_statement(statement, [key]))


def guest_archive(
    folder: Path,
    guest: str,
    *,
    publisher: str,
    name: str | None = None,
    version: str = "1.0.0",
    capabilities: Sequence[str] = (),
    topics: Sequence[str] = (),
) -> Path:
    """Pack a guest of ``tests/guests`` as an extension that answers `GET /run` and `POST /run`."""
    source = folder / f"{guest}-{version}"
    (source / "dist").mkdir(parents=True)
    (source / "dist" / "main.wasm").write_bytes(guest_wasm(guest))
    manifest = {
        "name": name or guest.replace("_", "-"),
        "publisher": publisher,
        "version": version,
        "runtime": "wasm-js@1",
        "capabilities": list(capabilities),
        "api": {
            "endpoints": [
                {"method": method, "path": "/run", "handler": "dist/main"} for method in ("GET", "POST")
            ]
        },
        "events": [{"topic": topic, "handler": "dist/main"} for topic in topics],
    }
    (source / "manifest.json").write_text(json.dumps(manifest))
    archive, packed = folder / f"{guest}-{version}.tar.zst", io.BytesIO()
    write_bundle(source, packed)
    archive.write_bytes(packed.getvalue())
    return archive
