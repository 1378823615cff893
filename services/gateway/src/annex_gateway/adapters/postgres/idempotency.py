"""Idempotency keys in PostgreSQL: two short statements around a run, and answers nobody reads in a dump."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from uuid import UUID

import asyncpg
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from annex_gateway.domain.errors import IdempotencyUnavailable
from annex_gateway.domain.idempotency import Claim, KeptAnswer, Promise, Record
from annex_shared.postgres.queries import load_queries

_SECONDS = 2
_NONCE_BYTES = 12
_LENGTH_BYTES = 4
# Between a claim that found the key taken and the look at it, its run may have been forgotten.
_CLAIMS = 3
_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "idempotency.sql")


class PostgresIdempotencyRecords:
    """Meets ``IdempotencyRecords``; answers are sealed with a key made of ``pepper``."""

    def __init__(self, pool: asyncpg.Pool, *, pepper: bytes, keep_seconds: float) -> None:
        self._pool = pool
        self._keep_seconds = keep_seconds
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"annex idempotency answers").derive(pepper))

    async def claim(self, claim: Claim, *, attempt: UUID) -> Record:
        key = (claim.tenant_id, claim.install_id, claim.key_hash)
        async with _asking():
            for _ in range(_CLAIMS):
                claimed = await self._pool.fetchval(
                    _STATEMENTS["claim_key"],
                    *key,
                    claim.fingerprint,
                    attempt,
                    claim.lock_seconds,
                    self._keep_seconds,
                    claim.promise is Promise.UNTIL_SUCCESS,
                )
                if claimed is not None:
                    return Record(attempt, claim.fingerprint, "running", claim.lock_seconds)
                row = await self._pool.fetchrow(_STATEMENTS["find_key"], *key)
                if row is not None:
                    return self._record(row, claim)
        raise _unavailable()

    async def keep(self, claim: Claim, answer: KeptAnswer, *, attempt: UUID) -> None:
        async with _asking():
            await self._pool.execute(
                _STATEMENTS["keep_answer"],
                claim.tenant_id,
                claim.install_id,
                claim.key_hash,
                attempt,
                self._keep_seconds,
                answer.status,
                self._sealed(claim, answer, attempt),
                answer.effects,
                answer.execution_id,
                answer.is_problem,
            )

    async def forget(self, claim: Claim, *, attempt: UUID) -> None:
        await self._end("forget_key", claim, attempt)

    async def lose(self, claim: Claim, *, attempt: UUID) -> None:
        await self._end("lose_outcome", claim, attempt)

    async def sweep(self, *, limit: int) -> int:
        async with _asking():
            done = await self._pool.execute(_STATEMENTS["sweep_keys"], limit)
        return int(done.rpartition(" ")[2])

    async def _end(self, statement: str, claim: Claim, attempt: UUID) -> None:
        async with _asking():
            await self._pool.execute(
                _STATEMENTS[statement], claim.tenant_id, claim.install_id, claim.key_hash, attempt
            )

    def _record(self, row: asyncpg.Record, claim: Claim) -> Record:
        answer = None
        if row["state"] == "done":
            headers, body = self._opened(claim, row)
            answer = KeptAnswer(
                row["status"], headers, body, row["effects"], row["execution_id"], row["is_problem"]
            )
        return Record(row["attempt"], row["fingerprint"], row["state"], row["left_seconds"], answer)

    def _sealed(self, claim: Claim, answer: KeptAnswer, attempt: UUID) -> bytes | None:
        if answer.body is None:
            return None
        headers = json.dumps(answer.headers).encode()
        content = len(headers).to_bytes(_LENGTH_BYTES) + headers + answer.body
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, _bound(claim, attempt))

    def _opened(self, claim: Claim, row: asyncpg.Record) -> tuple[list[tuple[str, str]], bytes | None]:
        """Read a kept answer; one that was sealed under another pepper is as good as not kept."""
        sealed = row["sealed"]
        if sealed is None:
            return [], None
        try:
            content = self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(claim, row["attempt"])
            )
        except InvalidTag:
            return [], None
        end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES])
        headers = [(str(name), str(value)) for name, value in json.loads(content[_LENGTH_BYTES:end])]
        return headers, content[end:]


def _bound(claim: Claim, attempt: UUID) -> bytes:
    """Bind an answer to its key and run: a row that somebody moves is no answer to another request."""
    return b"".join((claim.tenant_id.bytes, claim.install_id.bytes, claim.key_hash, attempt.bytes))


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except (OSError, PostgresError, InterfaceError, InternalClientError) as error:
        raise _unavailable() from error


def _unavailable() -> IdempotencyUnavailable:
    return IdempotencyUnavailable(
        "Idempotency keys cannot be looked up right now, so this request was not let through; the fault is "
        "ours. Nothing was run. Try again soon.",
        retry_after_seconds=1,
    )
