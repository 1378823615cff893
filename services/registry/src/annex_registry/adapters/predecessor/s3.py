"""The predecessor's object store as an S3 bucket: objects are read, nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from annex_registry.domain.predecessor import PredecessorUnavailable

_CHUNK_BYTES = 256 * 1024
_MOST_KEY_BYTES = 1024
_AWAY = (BotoCoreError, ClientError, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class S3Objects:
    """Meets ``PredecessorStore`` over an open client of one bucket."""

    client: Any
    bucket: str

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[AsyncIterator[bytes] | None]:
        body = await self._body(key)
        if body is None:
            yield None
            return
        try:
            yield _chunks(body)
        finally:
            body.close()

    async def _body(self, key: str) -> Any:
        if len(key.encode()) > _MOST_KEY_BYTES:
            return None
        try:
            found = await self.client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            answer = error.response
            is_missing = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") == HTTPStatus.NOT_FOUND
            # A bucket that is not there has the status of an object that is not there.
            if is_missing and answer.get("Error", {}).get("Code") != "NoSuchBucket":
                return None
            raise _unavailable() from error
        except _AWAY as error:
            raise _unavailable() from error
        return found["Body"]


async def _chunks(body: Any) -> AsyncIterator[bytes]:
    while True:
        try:
            chunk = await body.read(_CHUNK_BYTES)
        except _AWAY as error:
            raise _unavailable() from error
        if not chunk:
            return
        yield chunk


def _unavailable() -> PredecessorUnavailable:
    return PredecessorUnavailable("The bucket to import from did not answer as it should.")
