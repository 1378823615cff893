"""The sample extension under another name: the same compiled handler and page, its own manifest."""

import io
import json
from pathlib import Path
from typing import Any

from annex_shared.bundle import write_bundle
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import iter_entries

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "examples" / "hello" / "annex-demo.hello-1.0.0.tar.zst"


def hello_archive(folder: Path, extension: str, version: str, *, capabilities: list[str]) -> Path:
    """Pack it; beyond what the sample asks for it asks for the capabilities. Returns the archive's path."""
    publisher, _, name = extension.partition("/")
    source = folder / f"{name}-{version}"
    with SAMPLE.open("rb") as sample:
        for entry in iter_entries(sample, BundleLimits()):
            target = source / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(entry.data)
    kept = source / "manifest.json"
    manifest: dict[str, Any] = json.loads(kept.read_bytes())
    asked = [*manifest["capabilities"], *capabilities]
    manifest |= {"publisher": publisher, "name": name, "version": version, "capabilities": asked}
    kept.write_text(json.dumps(manifest))
    archive, packed = folder / f"{publisher}.{name}-{version}.tar.zst", io.BytesIO()
    write_bundle(source, packed)
    archive.write_bytes(packed.getvalue())
    return archive
