"""A witness over HTTP (c2sp.org/tlog-witness)."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import ClientSession, ClientTimeout, hdrs

from annex_registry.domain.witnessing import (
    WitnessAnswer,
    WitnessCosigned,
    WitnessHasSize,
    WitnessRefused,
)
from annex_shared.transparency import AddCheckpoint, CosignatureVerifier
from annex_shared.transparency.add_checkpoint import SIZE_TYPE
from annex_shared.transparency.canonical import NotCanonical, read_decimal

_MAX_ANSWER_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class HttpWitness:
    """Meets ``Witness``; whatever goes wrong is an answer too. It is sent no credential."""

    name: str
    verifier: CosignatureVerifier
    url: str
    session: ClientSession
    timeout_seconds: float

    async def add_checkpoint(self, request: AddCheckpoint) -> WitnessAnswer:
        try:
            async with (
                asyncio.timeout(self.timeout_seconds),
                self.session.post(
                    f"{self.url.rstrip('/')}/add-checkpoint",
                    data=request.to_bytes(),
                    headers={
                        hdrs.ACCEPT_ENCODING: "identity",
                        hdrs.CONTENT_TYPE: "text/plain; charset=utf-8",
                    },
                    timeout=ClientTimeout(total=self.timeout_seconds),
                    allow_redirects=False,
                ) as answer,
            ):
                return _meaning_of(
                    answer.status, answer.headers.get(hdrs.CONTENT_TYPE, ""), await _read(answer)
                )
        except TimeoutError:
            return WitnessRefused("it did not answer in time")
        except (aiohttp.ClientError, ConnectionError) as error:
            return WitnessRefused(f"it cannot be reached ({type(error).__name__})")


async def _read(answer: aiohttp.ClientResponse) -> bytes | None:
    """Read the answer; None for one that is larger than any answer of a witness."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            answer.close()
            return None
    return bytes(body)


def _meaning_of(status: int, content_type: str, body: bytes | None) -> WitnessAnswer:
    if body is None:
        return WitnessRefused("its answer is too large", status)
    if status == HTTPStatus.OK:
        return WitnessCosigned(body)
    if status == HTTPStatus.CONFLICT and content_type.partition(";")[0].strip() == SIZE_TYPE:
        try:
            return WitnessHasSize(read_decimal(body.decode("ascii").removesuffix("\n")))
        except (NotCanonical, UnicodeDecodeError):
            return WitnessRefused("the size it names is no number", status)
    return WitnessRefused(f"status {status}", status)
