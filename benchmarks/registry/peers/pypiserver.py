"""pypiserver: a Python index over one folder, with its cache of hashes and waitress, which `auto` finds."""

from asyncio.subprocess import Process
from pathlib import Path

from aiohttp import ClientSession
from benchmarks.registry.artefacts import random_content
from benchmarks.registry.installed import python_program
from benchmarks.registry.peers.python_uploads import file_name, upload_form
from benchmarks.registry.port import Act, Artefact, Portrait, Published
from benchmarks.registry.requests import request
from benchmarks.registry.servers import free_port, ran, started, stopped

_OPTIONS = ("-P", ".", "-a", ".", "--disable-fallback", "--server", "auto")


class Pypiserver:
    def __init__(self) -> None:
        self._process: Process | None = None

    async def start(self, place: Path, session: ClientSession) -> Portrait:
        program = await python_program("pypi-server")
        self._session, self._packages, port = session, place / "packages", free_port()
        self._packages.mkdir()
        argv: list[str | Path] = [
            program,
            "run",
            "-p",
            str(port),
            "-i",
            "127.0.0.1",
            *_OPTIONS,
            self._packages,
        ]
        self._process = await started(argv, port=port, log=place / "server.log", folder=place)
        self._url = f"http://127.0.0.1:{port}"
        return Portrait(
            title="pypiserver",
            version=(await ran(program, "--version", folder=place, seconds=30)).strip(),
            command=" ".join(("pypi-server run", *_OPTIONS, "packages")),
            storage="a folder, not flushed",
            seeding="small files written into its folder",
        )

    async def stop(self) -> None:
        await stopped(self._process)

    def artefact(self, package: str, number: str) -> Artefact:
        return Artefact(package, number, random_content())

    def publish(self, artefact: Artefact) -> Act:
        body, headers = upload_form(artefact)
        return request(self._session, "POST", f"{self._url}/", body=body, headers=headers)

    publish_again = publish

    async def seed(self, package: str, count: int) -> None:
        for number in range(count):
            (self._packages / file_name(package, f"1.0.{number}")).write_text(f"{package} {number}")

    def list(self, package: str) -> Act:
        return request(self._session, "GET", f"{self._url}/simple/{package}/")

    def count_listed(self, body: bytes) -> int:
        return body.count(b"<a href=")

    def list_newest(self, package: str) -> None:
        """Return None: an index page is one page."""

    def list_if_none_match(self, package: str, etag: str) -> Act:
        headers = {"if-none-match": etag}
        return request(self._session, "GET", f"{self._url}/simple/{package}/", headers=headers)

    def download(self, published: Published) -> Act:
        return request(
            self._session, "GET", f"{self._url}/packages/{file_name(published.package, published.number)}"
        )
