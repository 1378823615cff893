"""docker-registry: an OCI registry over a folder; a version is a tag, a list holds names only."""

import hashlib
import json
from asyncio.subprocess import Process
from pathlib import Path

from aiohttp import ClientSession, hdrs
from benchmarks.registry.artefacts import random_content
from benchmarks.registry.installed import debian_program
from benchmarks.registry.port import Act, Answer, Artefact, NotAvailable, Portrait, Published
from benchmarks.registry.requests import TIMEOUT, asked, request
from benchmarks.registry.servers import free_port, ran, started, stopped

_CONFIGURATION = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: ./data}}}}
http: {{addr: "127.0.0.1:{port}"}}
log: {{level: error, accesslog: {{disabled: true}}}}
"""
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = b"{}"
_ACCEPTED, _CREATED = 202, 201


class DockerRegistry:
    def __init__(self) -> None:
        self._process: Process | None = None
        self._has_config: set[str] = set()

    async def start(self, place: Path, session: ClientSession) -> Portrait:
        program = await debian_program("docker-registry", "docker-registry")
        self._session, self._place, port = session, place, free_port()
        (place / "config.yml").write_text(_CONFIGURATION.format(port=port))
        argv: list[str | Path] = [program, "serve", "config.yml"]
        self._process = await started(argv, port=port, log=place / "server.log", folder=place)
        self._url = f"http://127.0.0.1:{port}"
        words = (await ran(program, "--version", folder=place, seconds=30)).split()
        return Portrait(
            title="docker-registry",
            version=words[-1],
            command="docker-registry serve config.yml",
            storage="a folder, not flushed",
            seeding="tags written into its storage folder, all of one manifest",
        )

    async def stop(self) -> None:
        await stopped(self._process)

    def artefact(self, package: str, number: str) -> Artefact:
        return Artefact(package, number, random_content())

    def publish(self, artefact: Artefact) -> Act:
        """Send the layer and then the manifest that tags it: three requests, as clients do."""
        layer = artefact.content
        manifest = _manifest(layer)

        async def act() -> Answer:
            if artefact.package not in self._has_config:
                await self._push(artefact.package, _CONFIG)
                self._has_config.add(artefact.package)
            pushed = await self._push(artefact.package, layer)
            if pushed.status != _CREATED:
                return pushed
            return await asked(
                self._session,
                "PUT",
                f"{self._url}/v2/{artefact.package}/manifests/{artefact.number}",
                body=manifest,
                headers={hdrs.CONTENT_TYPE: _MANIFEST},
            )

        return act

    publish_again = publish

    async def seed(self, package: str, count: int) -> None:
        answer = await self.publish(Artefact(package, "1.0.0", package.encode()))()
        if answer.status != _CREATED:
            raise NotAvailable(f"a first version of {package} was answered by {answer.status}")
        tags = self._place / f"data/docker/registry/v2/repositories/{package}/_manifests/tags"
        link = (tags / "1.0.0" / "current" / "link").read_text()
        for number in range(1, count):
            tag = tags / f"1.0.{number}"
            for folder in (tag / "current", tag / "index" / "sha256" / link.removeprefix("sha256:")):
                folder.mkdir(parents=True)
                (folder / "link").write_text(link)

    def list(self, package: str) -> Act:
        return request(self._session, "GET", f"{self._url}/v2/{package}/tags/list")

    def count_listed(self, body: bytes) -> int:
        return len(json.loads(body)["tags"])

    def list_newest(self, package: str) -> None:
        """Return None: its pages are in order of name, so none of them holds the newest."""

    def list_if_none_match(self, package: str, etag: str) -> Act:
        headers = {"if-none-match": etag}
        return request(self._session, "GET", f"{self._url}/v2/{package}/tags/list", headers=headers)

    def download(self, published: Published) -> Act:
        """Get the manifest and then the layer that it names: two requests, as clients do."""

        async def act() -> Answer:
            url = f"{self._url}/v2/{published.package}"
            manifest = await asked(
                self._session, "GET", f"{url}/manifests/{published.number}", headers={hdrs.ACCEPT: _MANIFEST}
            )
            if manifest.status != 200:  # noqa: PLR2004 - anything else is the answer
                return manifest
            digest = json.loads(manifest.body)["layers"][0]["digest"]
            return await asked(self._session, "GET", f"{url}/blobs/{digest}")

        return act

    async def _push(self, package: str, blob: bytes) -> Answer:
        async with self._session.post(f"{self._url}/v2/{package}/blobs/uploads/", timeout=TIMEOUT) as opened:
            if opened.status != _ACCEPTED:
                return Answer(opened.status)
            place = opened.headers[hdrs.LOCATION]
        joint = "&" if "?" in place else "?"
        digest = hashlib.sha256(blob).hexdigest()
        return await asked(
            self._session,
            "PUT",
            f"{place}{joint}digest=sha256:{digest}",
            body=blob,
            headers={hdrs.CONTENT_TYPE: "application/octet-stream"},
        )


def _manifest(layer: bytes) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, "application/vnd.oci.image.config.v1+json"),
            "layers": [_descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip")],
        }
    ).encode()


def _descriptor(blob: bytes, media_type: str) -> dict[str, object]:
    digest = hashlib.sha256(blob).hexdigest()
    return {"mediaType": media_type, "size": len(blob), "digest": f"sha256:{digest}"}
