"""What remembering idempotency keys promises, in memory and in PostgreSQL.

A lock of no seconds has ended, and what is kept for no seconds is over, so nothing here waits.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from annex_gateway.adapters.postgres.idempotency import PostgresIdempotencyRecords
from annex_gateway.app import SCHEMA, migrate_database
from annex_gateway.domain.idempotency import Claim, IdempotencyRecords, KeptAnswer, Promise
from annex_shared.ids import InstallId, TenantId
from annex_shared.postgres.pool import open_pool
from support.stack.isolation import Databases
from unit.gateway.fakes import MemoryIdempotencyRecords

LONG = 1000.0
ANSWER = KeptAnswer(201, [("x-a", "1"), ("x-a", "ü")], b"\x00body", 2, "run-1")
Make = Callable[[float], IdempotencyRecords]


@pytest.fixture(scope="module")
async def pool(databases: Databases) -> AsyncIterator[asyncpg.Pool]:
    async def prepare(url: str) -> None:
        await migrate_database(url)

    url = await databases.create(await databases.template("gateway", prepare))
    parts = urlsplit(url)
    as_application = urlunsplit(parts._replace(netloc=f"gateway_app:x@{parts.hostname}:{parts.port}"))
    async with open_pool(as_application, application="contracts", schema=SCHEMA) as opened:
        yield opened
    await databases.drop(url)


@pytest.fixture(params=["memory", "postgres"])
def make(request: pytest.FixtureRequest) -> Make:
    """Make records that keep for so many seconds; those of PostgreSQL share a database."""
    if request.param == "memory":
        shared = MemoryIdempotencyRecords(time.monotonic)

        def in_memory(keep_seconds: float) -> IdempotencyRecords:
            shared.keep_seconds = keep_seconds
            return shared

        return in_memory
    pool = request.getfixturevalue("pool")
    return lambda keep_seconds: PostgresIdempotencyRecords(pool, pepper=b"pepper", keep_seconds=keep_seconds)


@pytest.fixture
def records(make: Make) -> IdempotencyRecords:
    return make(LONG)


def a_claim(**changes: object) -> Claim:
    claim = Claim(
        tenant_id=TenantId(uuid4()),
        install_id=InstallId(uuid4()),
        key_hash=b"k" * 32,
        fingerprint=b"f" * 32,
        promise=Promise.AT_MOST_ONCE,
        lock_seconds=LONG,
    )
    return replace(claim, **changes)  # type: ignore[arg-type] # fields by name, checked by the dataclass


async def claimed(records: IdempotencyRecords, claim: Claim) -> UUID:
    attempt = uuid4()
    record = await records.claim(claim, attempt=attempt)
    assert record.attempt == attempt
    return attempt


async def test_the_first_claim_gets_the_key_and_others_see_it_running(records: IdempotencyRecords) -> None:
    claim = a_claim()
    first = await claimed(records, claim)

    seen = await records.claim(claim, attempt=uuid4())

    assert (seen.attempt, seen.state, seen.fingerprint) == (first, "running", claim.fingerprint)
    assert 0 < seen.left_seconds <= LONG


async def test_of_many_claims_at_once_one_gets_the_key(records: IdempotencyRecords) -> None:
    claim = a_claim()
    attempts = [uuid4() for _ in range(20)]

    seen = await asyncio.gather(*(records.claim(claim, attempt=attempt) for attempt in attempts))

    assert len({record.attempt for record in seen}) == 1
    assert sum(record.attempt == attempt for record, attempt in zip(seen, attempts, strict=True)) == 1


async def test_a_kept_answer_comes_back_as_it_was(records: IdempotencyRecords) -> None:
    claim = a_claim()
    await records.keep(claim, ANSWER, attempt=await claimed(records, claim))

    seen = await records.claim(claim, attempt=uuid4())

    assert (seen.state, seen.answer) == ("done", ANSWER)


@pytest.mark.parametrize(
    "answer", [ANSWER.without_body(), replace(ANSWER, is_problem=True, headers=[], execution_id=None)]
)
async def test_answers_of_other_shapes_come_back_too(records: IdempotencyRecords, answer: KeptAnswer) -> None:
    claim = a_claim()
    await records.keep(claim, answer, attempt=await claimed(records, claim))

    assert (await records.claim(claim, attempt=uuid4())).answer == answer


async def test_a_forgotten_key_is_free(records: IdempotencyRecords) -> None:
    claim = a_claim()
    await records.forget(claim, attempt=await claimed(records, claim))

    await claimed(records, claim)


async def test_a_lost_outcome_stays_lost(records: IdempotencyRecords) -> None:
    claim = a_claim()
    attempt = await claimed(records, claim)
    await records.lose(claim, attempt=attempt)
    await records.keep(claim, ANSWER, attempt=attempt)

    seen = await records.claim(claim, attempt=uuid4())

    assert (seen.state, seen.answer) == ("unknown", None)


@pytest.mark.parametrize("end", ["keep", "forget", "lose"])
async def test_only_the_attempt_that_holds_a_key_says_how_it_ended(
    records: IdempotencyRecords, end: str
) -> None:
    claim = a_claim()
    holder = await claimed(records, claim)
    match end:
        case "keep":
            await records.keep(claim, ANSWER, attempt=uuid4())
        case "forget":
            await records.forget(claim, attempt=uuid4())
        case _:
            await records.lose(claim, attempt=uuid4())

    seen = await records.claim(claim, attempt=uuid4())

    assert (seen.attempt, seen.state) == (holder, "running")


async def test_a_finished_run_is_not_forgotten(records: IdempotencyRecords) -> None:
    claim = a_claim()
    attempt = await claimed(records, claim)
    await records.keep(claim, ANSWER, attempt=attempt)
    await records.forget(claim, attempt=attempt)

    assert (await records.claim(claim, attempt=uuid4())).state == "done"


@pytest.mark.parametrize(
    "other",
    [{"tenant_id": TenantId(uuid4())}, {"install_id": InstallId(uuid4())}, {"key_hash": b"o" * 32}],
    ids=["tenant", "install", "endpoint or key"],
)
async def test_a_key_means_nothing_elsewhere(records: IdempotencyRecords, other: dict[str, object]) -> None:
    claim = a_claim()
    await claimed(records, claim)

    await claimed(records, replace(claim, **other))  # type: ignore[arg-type] # fields by name


async def test_an_abandoned_run_stays_with_who_must_not_run_twice(records: IdempotencyRecords) -> None:
    claim = a_claim(lock_seconds=0.0)
    holder = await claimed(records, claim)

    seen = await records.claim(claim, attempt=uuid4())

    assert (seen.attempt, seen.state) == (holder, "running")
    assert seen.left_seconds <= 0


async def test_an_abandoned_run_is_taken_over_by_who_runs_until_success(records: IdempotencyRecords) -> None:
    claim = a_claim(lock_seconds=0.0, promise=Promise.UNTIL_SUCCESS)
    first = await claimed(records, claim)

    second = await claimed(records, claim)
    await records.keep(claim, ANSWER, attempt=first)

    assert (await records.claim(claim, attempt=uuid4())).state == "running"
    assert second != first


@pytest.mark.parametrize(
    "changes",
    [{"lock_seconds": LONG}, {"lock_seconds": 0.0, "fingerprint": b"g" * 32}],
    ids=["locked", "other"],
)
async def test_nobody_takes_over_what_runs_or_what_is_another_request(
    records: IdempotencyRecords, changes: dict[str, object]
) -> None:
    claim = a_claim(promise=Promise.UNTIL_SUCCESS, lock_seconds=changes["lock_seconds"])
    holder = await claimed(records, claim)

    seen = await records.claim(replace(claim, **changes), attempt=uuid4())  # type: ignore[arg-type]

    assert seen.attempt == holder


async def test_a_done_run_is_never_taken_over(records: IdempotencyRecords) -> None:
    claim = a_claim(lock_seconds=0.0, promise=Promise.UNTIL_SUCCESS)
    await records.keep(claim, ANSWER, attempt=await claimed(records, claim))

    assert (await records.claim(claim, attempt=uuid4())).answer == ANSWER


async def test_a_key_whose_time_is_over_is_free_for_any_request(make: Make) -> None:
    records = make(0.0)
    claim = a_claim(lock_seconds=0.0)
    await records.keep(claim, ANSWER, attempt=await claimed(records, claim))

    attempt = await claimed(make(LONG), replace(claim, fingerprint=b"g" * 32, lock_seconds=LONG))

    assert (await records.claim(claim, attempt=uuid4())).attempt == attempt


async def test_a_sweep_takes_what_is_over_and_nothing_else(make: Make) -> None:
    over, kept, running = a_claim(lock_seconds=0.0), a_claim(), a_claim()
    await claimed(make(LONG), kept)
    await claimed(make(0.0), running)
    while await make(LONG).sweep(limit=100):
        pass
    await claimed(make(0.0), over)

    swept = await make(LONG).sweep(limit=100)

    assert swept == 1
    assert (await make(LONG).claim(kept, attempt=uuid4())).state == "running"
    assert (await make(LONG).claim(running, attempt=uuid4())).state == "running"


async def test_an_answer_under_another_pepper_is_as_good_as_not_kept(pool: asyncpg.Pool) -> None:
    claim = a_claim()
    before = PostgresIdempotencyRecords(pool, pepper=b"old", keep_seconds=LONG)
    await before.keep(claim, ANSWER, attempt=await claimed(before, claim))

    after = PostgresIdempotencyRecords(pool, pepper=b"new", keep_seconds=LONG)

    assert (await after.claim(claim, attempt=uuid4())).answer == ANSWER.without_body()


async def test_nothing_of_an_answer_can_be_read_in_the_table(pool: asyncpg.Pool) -> None:
    claim = a_claim()
    records = PostgresIdempotencyRecords(pool, pepper=b"pepper", keep_seconds=LONG)
    answer = replace(ANSWER, headers=[("x-secret", "hidden-header")], body=b"hidden-body")
    await records.keep(claim, answer, attempt=await claimed(records, claim))

    row = await pool.fetchval(
        "SELECT r::text FROM idempotency_record r WHERE tenant_id = $1", claim.tenant_id
    )

    assert b"hidden".hex() not in row
    assert "hidden" not in row
