"""What every registry of the comparison can do, and what is heard of it; one adapter per registry."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from aiohttp import ClientSession


@dataclass(frozen=True, slots=True)
class Artefact:
    """One version of a package, in the form its registry takes."""

    package: str
    number: str
    content: bytes

    def published(self) -> "Published":
        return Published(self.package, self.number, sha256(self.content).hexdigest())


@dataclass(frozen=True, slots=True)
class Published:
    """A version that a registry said it keeps, and the SHA-256 of what it was given."""

    package: str
    number: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer of an act; ``body_bytes`` counts what all its requests brought."""

    status: int
    body: bytes = b""
    etag: str | None = None
    requests: int = 1
    body_bytes: int = 0


# Bodies and tokens are made before the clock runs; calling the act sends them.
Act = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Portrait:
    """How a registry stands in the report."""

    title: str
    version: str
    command: str
    storage: str
    seeding: str


class NotAvailable(Exception):
    """A registry cannot be installed or started here; the reason stands in the report."""


class Peer(Protocol):
    """A registry in a process of its own, asked by one session of the measuring process."""

    async def start(self, place: Path, session: ClientSession) -> Portrait:
        """Install if needed, start over the empty folder ``place``. Raises NotAvailable."""

    async def stop(self) -> None: ...

    def artefact(self, package: str, number: str) -> Artefact:
        """Make new random content of 100 KB in the registry's own format."""

    def publish(self, artefact: Artefact) -> Act: ...

    def publish_again(self, artefact: Artefact) -> Act:
        """Send a version as one that may exist: what the registry's own client does then."""

    async def seed(self, package: str, count: int) -> None:
        """Give a package ``count`` small versions, 1.0.0 to 1.0.<count - 1>."""

    def list(self, package: str) -> Act:
        """Ask for every version there is."""

    def count_listed(self, body: bytes) -> int: ...

    def list_newest(self, package: str) -> Act | None:
        """Ask for the first page; None where a list has no pages."""

    def list_if_none_match(self, package: str, etag: str) -> Act:
        """Ask again for what ``list_newest``, or else ``list``, answered with this tag."""

    def download(self, published: Published) -> Act: ...
