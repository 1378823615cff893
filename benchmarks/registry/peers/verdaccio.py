"""Verdaccio: an npm registry over a folder."""

import base64
import hashlib
import json
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from benchmarks.registry.artefacts import random_content
from benchmarks.registry.installed import VERDACCIO, npm_package
from benchmarks.registry.port import Act, Artefact, NotAvailable, Portrait, Published
from benchmarks.registry.requests import asked, request
from benchmarks.registry.servers import free_port, started, stopped

_CONFIGURATION = """\
storage: ./storage
auth: {htpasswd: {file: ./htpasswd, max_users: 100}}
packages: {'**': {access: $all, publish: $all, unpublish: $all}}
max_body_size: 200mb
userRateLimit: {windowMs: 1000, max: 100000}
web: {enable: false}
log: {type: stdout, format: json, level: error}
"""
_CREATED = 201


class Verdaccio:
    def __init__(self) -> None:
        self._process: Process | None = None

    async def start(self, place: Path, session: ClientSession) -> Portrait:
        # The override keeps npm from a release of node-fetch that is not in every registry.
        program = await npm_package("verdaccio", VERDACCIO, overrides='{"node-fetch":"2.7.0"}')
        self._session, self._place, port = session, place, free_port()
        (place / "config.yaml").write_text(_CONFIGURATION)
        argv: list[str | Path] = [
            "node",
            program / "bin" / "verdaccio",
            "-c",
            "config.yaml",
            "-l",
            f"127.0.0.1:{port}",
        ]
        self._process = await started(argv, port=port, log=place / "server.log", folder=place)
        self._url = f"http://127.0.0.1:{port}"
        self._headers = {"content-type": "application/json", **await self._signed_in()}
        return Portrait(
            title="verdaccio",
            version=json.loads((program / "package.json").read_text())["version"],
            command="node node_modules/verdaccio/bin/verdaccio -c config.yaml",
            storage="a folder, not flushed",
            seeding="package.json of the package written into its storage folder",
        )

    async def stop(self) -> None:
        await stopped(self._process)

    def artefact(self, package: str, number: str) -> Artefact:
        return Artefact(package, number, random_content())

    def publish(self, artefact: Artefact) -> Act:
        tarball = f"{artefact.package}-{artefact.number}.tgz"
        document = {
            **self._packument(artefact.package, {artefact.number: artefact.content}),
            "_attachments": {
                tarball: {
                    "content_type": "application/octet-stream",
                    "data": base64.b64encode(artefact.content).decode(),
                    "length": len(artefact.content),
                }
            },
        }
        url = f"{self._url}/{artefact.package}"
        return request(self._session, "PUT", url, body=json.dumps(document).encode(), headers=self._headers)

    publish_again = publish

    async def seed(self, package: str, count: int) -> None:
        contents = {f"1.0.{number}": f"{package} {number}".encode() for number in range(count)}
        folder = self._place / "storage" / package
        folder.mkdir(parents=True)
        document = {
            **self._packument(package, contents),
            "_attachments": {
                f"{package}-{number}.tgz": {"shasum": hashlib.sha1(content).hexdigest()}  # noqa: S324 - npm's own
                for number, content in contents.items()
            },
            "_distfiles": {},
            "_uplinks": {},
            "_rev": "1-0",
            "time": dict.fromkeys(("created", "modified", *contents), "2026-01-01T00:00:00.000Z"),
        }
        (folder / "package.json").write_text(json.dumps(document))

    def list(self, package: str) -> Act:
        return request(self._session, "GET", f"{self._url}/{package}")

    def count_listed(self, body: bytes) -> int:
        return len(json.loads(body)["versions"])

    def list_newest(self, package: str) -> None:
        """Return None: a packument has no pages."""

    def list_if_none_match(self, package: str, etag: str) -> Act:
        return request(self._session, "GET", f"{self._url}/{package}", headers={"if-none-match": etag})

    def download(self, published: Published) -> Act:
        return request(
            self._session,
            "GET",
            f"{self._url}/{published.package}/-/{published.package}-{published.number}.tgz",
        )

    async def _signed_in(self) -> dict[str, str]:
        user = {"name": "bench", "password": "bench-bench", "_id": "org.couchdb.user:bench"}
        answer = await asked(
            self._session,
            "PUT",
            f"{self._url}/-/user/org.couchdb.user:bench",
            body=json.dumps({**user, "type": "user", "roles": []}).encode(),
            headers={"content-type": "application/json"},
        )
        if answer.status != _CREATED:
            raise NotAvailable(f"signing in was answered by {answer.status}")
        return {"authorization": f"Bearer {json.loads(answer.body)['token']}"}

    def _packument(self, package: str, contents: dict[str, bytes]) -> dict[str, Any]:
        versions = {
            number: {
                "name": package,
                "version": number,
                "description": "",
                "dist": {
                    "shasum": hashlib.sha1(content).hexdigest(),  # noqa: S324 - npm's own
                    "integrity": "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode(),
                    "tarball": f"{self._url}/{package}/-/{package}-{number}.tgz",
                },
            }
            for number, content in contents.items()
        }
        return {
            "_id": package,
            "name": package,
            "dist-tags": {"latest": next(iter(versions))},
            "versions": versions,
        }
