"""Small extensions with a screen and no handler, published for tests of the console."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import aiohttp

from annex_shared.bundle import write_bundle


def screen_archive(folder: Path, extension: str, version: str, **more: Any) -> Path:
    """Pack an extension of one page. Returns the archive's path."""
    publisher, _, name = extension.partition("/")
    source = folder / f"{name}-{version}"
    (source / "ui").mkdir(parents=True)
    (source / "ui" / "index.html").write_text(f"<!doctype html><title>{name} {version}</title>")
    manifest = {
        "name": name,
        "publisher": publisher,
        "version": version,
        "runtime": "wasm-js@1",
        "ui": {"type": "iframe", "entry": "ui/index.html"},
        **more,
    }
    (source / "manifest.json").write_text(json.dumps(manifest))
    archive, packed = folder / f"{publisher}.{name}-{version}.tar.zst", io.BytesIO()
    write_bundle(source, packed)
    archive.write_bytes(packed.getvalue())
    return archive


async def publish(client: aiohttp.ClientSession, archive: Path) -> dict[str, Any]:
    """Publish an archive over the addresses the command line uses; return the receipt."""
    content = await asyncio.to_thread(archive.read_bytes)
    async with client.post("/api/ext-bundles/upload-proxy", data=content) as staged:
        staged.raise_for_status()
        key = (await staged.json())["upload"]["key"]
    async with client.post("/api/ext-bundles/finalize", json={"key": key}) as answer:
        answer.raise_for_status()
        receipt: dict[str, Any] = await answer.json()
    return receipt


async def install(client: aiohttp.ClientSession, extension: str, version: str) -> None:
    async with client.post("/api/v1/installs", json={"extension": extension, "version": version}) as answer:
        answer.raise_for_status()
