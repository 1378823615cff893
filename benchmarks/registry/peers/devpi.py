"""devpi-server: a Python index over SQLite and files."""

import base64
import json
from asyncio.subprocess import Process
from pathlib import Path

from aiohttp import ClientSession
from benchmarks.registry.artefacts import random_content
from benchmarks.registry.installed import python_program
from benchmarks.registry.peers.python_uploads import file_name, upload_form
from benchmarks.registry.port import Act, Artefact, NotAvailable, Portrait, Published
from benchmarks.registry.requests import asked, request
from benchmarks.registry.servers import free_port, ran, started, stopped

_OK = 200
_SEEDER = Path(__file__).with_name("devpi_seed.py")
_SEED_SECONDS = 300


class Devpi:
    def __init__(self) -> None:
        self._process: Process | None = None

    async def start(self, place: Path, session: ClientSession) -> Portrait:
        self._program = await python_program("devpi-server")
        self._session, self._place, self._port = session, place, free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        initial: list[str | Path] = [
            self._program.with_name("devpi-init"),
            "--serverdir",
            "data",
            "--no-root-pypi",
        ]
        await ran(*initial, folder=place, seconds=60)
        await self._serve()
        await self._make_index()
        return Portrait(
            title="devpi-server",
            version=(await ran(self._program, "--version", folder=place, seconds=30)).strip(),
            command="devpi-server --serverdir data --offline-mode",
            storage="SQLite and files",
            seeding="its own Python interface in one transaction, while it was stopped",
        )

    async def stop(self) -> None:
        await stopped(self._process)

    def artefact(self, package: str, number: str) -> Artefact:
        return Artefact(package, number, random_content())

    def publish(self, artefact: Artefact) -> Act:
        body, headers = upload_form(artefact)
        url = f"{self._url}/root/dev/"
        return request(self._session, "POST", url, body=body, headers={**headers, **self._authority})

    publish_again = publish

    async def seed(self, package: str, count: int) -> None:
        await stopped(self._process)
        program = [self._program.with_name("python"), _SEEDER]
        await ran(*program, "data", package, str(count), folder=self._place, seconds=_SEED_SECONDS)
        await self._serve()

    def list(self, package: str) -> Act:
        return request(self._session, "GET", f"{self._url}/root/dev/+simple/{package}/")

    def count_listed(self, body: bytes) -> int:
        return body.count(b"<a href=")

    def list_newest(self, package: str) -> None:
        """Return None: an index page is one page."""

    def list_if_none_match(self, package: str, etag: str) -> Act:
        url = f"{self._url}/root/dev/+simple/{package}/"
        return request(self._session, "GET", url, headers={"if-none-match": etag})

    def download(self, published: Published) -> Act:
        # Where the list of links says it is: below a folder that is named by hash.
        folder = f"{published.digest[:3]}/{published.digest[3:16]}"
        name = file_name(published.package, published.number)
        return request(self._session, "GET", f"{self._url}/root/dev/+f/{folder}/{name}")

    async def _serve(self) -> None:
        argv: list[str | Path] = [
            self._program,
            "--serverdir",
            "data",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
        ]
        self._process = await started(
            [*argv, "--offline-mode"], port=self._port, log=self._place / "server.log", folder=self._place
        )

    async def _make_index(self) -> None:
        login = json.dumps({"user": "root", "password": ""}).encode()
        sent = {"content-type": "application/json", "accept": "application/json"}
        answer = await asked(self._session, "POST", f"{self._url}/+login", body=login, headers=sent)
        if answer.status != _OK:
            raise NotAvailable(f"signing in was answered by {answer.status}")
        password = json.loads(answer.body)["result"]["password"]
        token = base64.b64encode(f"root:{password}".encode()).decode()
        self._authority = {"x-devpi-auth": token}
        index = json.dumps({"type": "stage", "volatile": False, "bases": []}).encode()
        await asked(
            self._session, "PUT", f"{self._url}/root/dev", body=index, headers={**sent, **self._authority}
        )
