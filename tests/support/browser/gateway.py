"""Extensions for tests of the console: made of a manifest, published through the gateway, unsigned."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from annex_shared.content_hash import ContentHash
from support.hostile_archives import archive, file
from support.wasm_binaries import CORE


@dataclass(frozen=True, slots=True)
class Gateway:
    """The platform as somebody with an API key calls it, beside what the browser does."""

    url: str
    api_key: str

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call what must be accepted; return its body."""
        async with (
            aiohttp.ClientSession(headers={"x-api-key": self.api_key}) as client,
            client.request(method, f"{self.url}{path}", json=body) as answer,
        ):
            text = await answer.text()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text else None

    async def publish(self, extension: str, version: str, **manifest: Any) -> None:
        await self.publish_handler(CORE, extension, version, **manifest)

    async def publish_handler(self, wasm: bytes, extension: str, version: str, **manifest: Any) -> None:
        publisher, _, name = extension.partition("/")
        document = {
            "name": name,
            "publisher": publisher,
            "version": version,
            "runtime": "wasm-js@1",
            "capabilities": [],
            **manifest,
        }
        content = archive(
            file(b"manifest.json", json.dumps(document).encode()), file(b"dist/main.wasm", wasm)
        )
        digest = base64.b64encode(ContentHash.of(content).digest).decode()
        headers = {
            "x-api-key": self.api_key,
            "content-type": "application/vnd.annex.bundle",
            "content-digest": f"sha-256=:{digest}:",
        }
        address = f"{self.url}/api/v1/extensions/{extension}/versions"
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(address, data=content) as answer,
        ):
            assert answer.status in {200, 201}, await answer.text()

    async def installed(self, extension: str, **body: Any) -> Any:
        return await self.ask("POST", "/api/v1/installs", {"extension": extension, **body})

    async def install_of(self, extension: str) -> Any:
        """Return the tenant's install of an extension, or None."""
        items = (await self.ask("GET", "/api/v1/installs"))["items"]
        return next((item for item in items if item["extension"] == extension), None)
