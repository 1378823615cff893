"""A piece of a shared server that belongs to one test: a database, a virtual host, a number, a bucket."""

import base64
import contextlib
import http.client
import json
import secrets
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, unquote, urlsplit

import asyncpg
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from support.stack.addresses import PostgresServer, RabbitmqServer, RedisServer, S3Bucket, S3Server

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client  # pragma: no cover

TIMEOUT_SECONDS = 30


def unique_name() -> str:
    """Make a name no other run uses, valid for a database, a virtual host and a bucket."""
    return f"t{secrets.token_hex(8)}"


class Databases:
    """Fresh databases; a template is prepared once per run and copied as often as needed."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._created: set[str] = set()
        self._templates: dict[str, str] = {}

    async def create(self, template: str | None = None) -> str:
        """Return the URL of a new database, empty or a copy of a template."""
        name = unique_name()
        await self._execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        self._created.add(name)
        return self._server.database_url(name)

    async def template(self, key: str, prepare: Callable[[str], Awaitable[None]]) -> str:
        """Return the name of a database that ``prepare`` filled, preparing it the first time."""
        if key not in self._templates:
            url = await self.create()
            await prepare(url)
            self._templates[key] = urlsplit(url).path.lstrip("/")
        return self._templates[key]

    async def drop(self, url: str) -> None:
        """Drop a database although somebody may still be connected."""
        name = urlsplit(url).path.lstrip("/")
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._created.discard(name)

    async def drop_all(self) -> None:
        for name in tuple(self._created):
            await self.drop(self._server.database_url(name))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.url, timeout=TIMEOUT_SECONDS)
        try:
            await connection.execute(statement, timeout=TIMEOUT_SECONDS)
        finally:
            await connection.close()


class Vhosts:
    """Fresh virtual hosts, made and removed through the management API."""

    def __init__(self, server: RabbitmqServer) -> None:
        self._server = server
        self._created: set[str] = set()

    def create(self) -> str:
        """Return the URL of a new virtual host on which the user may do everything."""
        name = unique_name()
        user = unquote(urlsplit(self._server.url).username or "guest")
        self._call("PUT", f"/api/vhosts/{name}", {})
        self._created.add(name)
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._call("PUT", f"/api/permissions/{name}/{quote(user, safe='')}", everything)
        return self._server.vhost_url(name)

    def drop(self, url: str) -> None:
        """Remove a virtual host with its queues; connections to it are closed by the broker."""
        name = urlsplit(url).path.lstrip("/")
        self._call("DELETE", f"/api/vhosts/{name}")
        self._created.discard(name)

    def drop_all(self) -> None:
        for name in tuple(self._created):
            self.drop(self._server.vhost_url(name))

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> None:
        api = urlsplit(self._server.management_url)
        credentials = f"{unquote(api.username or 'guest')}:{unquote(api.password or 'guest')}"
        headers = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
        kind = http.client.HTTPSConnection if api.scheme == "https" else http.client.HTTPConnection
        connection = kind(api.hostname or "127.0.0.1", api.port, timeout=TIMEOUT_SECONDS)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {**headers, "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= http.HTTPStatus.BAD_REQUEST:
                raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:300]!r}")
        finally:
            connection.close()


class RedisNumbers:
    """Empty numbered databases, in turn; the turn is kept in database 0, so runs can share a server.

    Numbers separate keys, not channels: pub/sub reaches every database, so channel names must be unique.
    """

    TURN = b"annex-test:turn"

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._count: int | None = None

    def create(self) -> str:
        """Return the URL of an emptied database."""
        with RedisConnection(self._server) as redis:
            if self._count is None:
                self._count = redis.number_of_databases()
            turn = redis.call(b"INCR", self.TURN)
            number = 1 + int(turn) % (self._count - 1)
            redis.call(b"SELECT", str(number).encode())
            redis.call(b"FLUSHDB")
        return self._server.database_url(number)


class RedisConnection:
    """A handful of RESP2 commands, so that a fixture needs no event loop."""

    def __init__(self, server: RedisServer) -> None:
        parts = urlsplit(server.url)
        self._socket = socket.create_connection(
            (parts.hostname or "127.0.0.1", parts.port or 6379), TIMEOUT_SECONDS
        )
        self._file = self._socket.makefile("rwb")
        if parts.password:
            words = [
                word.encode() for word in (unquote(parts.username or ""), unquote(parts.password)) if word
            ]
            self.call(b"AUTH", *words)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def call(self, *words: bytes) -> bytes:
        """Send one command and return its one-line or bulk answer."""
        self._send(*words)
        return self._read()

    def number_of_databases(self) -> int:
        self._send(b"CONFIG", b"GET", b"databases")
        self._file.readline()  # the array's length
        self._read()
        return int(self._read())

    def _send(self, *words: bytes) -> None:
        parts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        self._file.write(b"*%d\r\n%s" % (len(words), parts))
        self._file.flush()

    def _read(self) -> bytes:
        line = self._file.readline().rstrip(b"\r\n")
        if line.startswith(b"$"):
            return self._file.read(int(line[1:]) + 2)[:-2]
        if line[:1] not in (b"+", b":"):
            raise RuntimeError(f"Redis answered {line!r}")
        return line[1:]


class Buckets:
    """Fresh buckets on a server that checks signatures."""

    def __init__(self, server: S3Server) -> None:
        self._server = server
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
            region_name=server.region,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def create(self, *, object_lock: bool = False) -> S3Bucket:
        """Return a new bucket, with object lock when the test is about that."""
        server, name = self._server, unique_name()
        if object_lock:
            self._client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        else:
            self._client.create_bucket(Bucket=name)
        return S3Bucket(server.endpoint_url, server.region, server.access_key, server.secret_key, name)

    def drop(self, bucket: S3Bucket) -> None:
        """Empty and remove a bucket; what is locked in compliance mode stays, which is what that is for."""
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=bucket.name):
            for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                with contextlib.suppress(ClientError):
                    self._client.delete_object(
                        Bucket=bucket.name,
                        Key=found["Key"],
                        VersionId=found["VersionId"],
                        BypassGovernanceRetention=True,
                    )
        for upload in self._client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", []):
            self._client.abort_multipart_upload(
                Bucket=bucket.name, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        with contextlib.suppress(ClientError):
            self._client.delete_bucket(Bucket=bucket.name)

    def close(self) -> None:
        self._client.close()
