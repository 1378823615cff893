from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.errors import (
    AdmissionRefused,
    CircuitOpen,
    DeadlineExceeded,
    GatewayError,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    IdempotencyOutcomeUnknown,
    IdempotentAnswerNotKept,
    InvalidIdempotencyKey,
    ResponseTooLarge,
    RunnerUnavailable,
)
from annex_gateway.domain.idempotency import (
    Claim,
    KeptAnswer,
    Promise,
    Record,
    Settlement,
    idempotency_key,
    settle_answer,
    settle_error,
    settle_refusal,
)
from annex_gateway.domain.ports import RunnerRefusal
from unit.gateway.builders import a_refusal, an_install

ONCE, UNTIL = Promise.AT_MOST_ONCE, Promise.UNTIL_SUCCESS
KEEP, FORGET, UNKNOWN = Settlement.KEEP, Settlement.FORGET, Settlement.UNKNOWN


def a_claim(*request: bytes, key: str = "k", endpoint: str = "http POST /notes") -> Claim:
    return Claim.of(
        key, install=an_install(), endpoint=endpoint, request=request, promise=ONCE, lock_seconds=35
    )


def a_record(**changes: object) -> Record:
    record = Record(uuid4(), a_claim().fingerprint, "running", 30.0)
    return replace(record, **changes)  # type: ignore[arg-type] # fields by name


AN_ANSWER = KeptAnswer(200, [], b"hi", 1, "run-1")


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Idempotency-Key"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_key_is_read_from_either_header(method: str, header: str) -> None:
    assert idempotency_key(method, [("accept", "*/*"), (header, "once")]) == "once"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_method_that_changes_nothing_has_no_key(method: str) -> None:
    assert idempotency_key(method, [("Idempotency-Key", "")]) is None


def test_both_headers_may_say_the_same() -> None:
    assert idempotency_key("POST", [("Idempotency-Key", "a"), ("X-Idempotency-Key", "a")]) == "a"


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb", "a\x7fb"], ids=ascii)
def test_a_malformed_key_is_refused_by_the_name_of_its_header(key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey, match="x-idempotency-key"):
        idempotency_key("POST", [("X-Idempotency-Key", key)])


@pytest.mark.parametrize(
    "names", [("idempotency-key", "idempotency-key"), ("idempotency-key", "x-idempotency-key")]
)
def test_two_different_keys_are_refused(names: tuple[str, str]) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        idempotency_key("POST", [(names[0], "a"), (names[1], "b")])


def test_equal_requests_have_equal_fingerprints_and_any_difference_shows() -> None:
    assert a_claim(b"POST", b"/a").fingerprint == a_claim(b"POST", b"/a").fingerprint
    assert a_claim(b"POST", b"/a").fingerprint != a_claim(b"POST/", b"a").fingerprint


def test_a_key_is_another_one_at_another_endpoint() -> None:
    assert a_claim().key_hash != a_claim(endpoint="http POST /other").key_hash
    assert a_claim().key_hash != a_claim(key="l").key_hash


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_only_equal_requests_have_equal_fingerprints(one: list[bytes], other: list[bytes]) -> None:
    assert (a_claim(*one).fingerprint == a_claim(*other).fingerprint) is (one == other)


@pytest.mark.parametrize(
    ("record", "refusal"),
    [
        (a_record(), IdempotencyInProgress),
        (a_record(left_seconds=0.0), IdempotencyOutcomeUnknown),
        (a_record(state="unknown"), IdempotencyOutcomeUnknown),
        (a_record(fingerprint=b"other", state="done", answer=AN_ANSWER), IdempotencyKeyReused),
        (a_record(fingerprint=b"other"), IdempotencyKeyReused),
        (a_record(state="done", answer=AN_ANSWER.without_body()), IdempotentAnswerNotKept),
    ],
    ids=["running", "lock ended", "lost", "other request", "other request, running", "too large"],
)
def test_a_repeat_without_an_answer_is_told_why(record: Record, refusal: type[GatewayError]) -> None:
    with pytest.raises(refusal):
        record.answer_for(a_claim())


def test_a_repeat_gets_the_kept_answer() -> None:
    assert a_record(state="done", answer=AN_ANSWER).answer_for(a_claim()) == AN_ANSWER


def test_a_delivery_that_was_done_needs_no_body() -> None:
    claim = replace(a_claim(), promise=UNTIL)

    assert a_record(state="done", answer=AN_ANSWER.without_body()).answer_for(claim).status == 200


def test_who_meets_a_running_request_is_told_when_to_come_back() -> None:
    with pytest.raises(IdempotencyInProgress) as refused:
        a_record(left_seconds=0.3).answer_for(a_claim())

    assert refused.value.retry_after_seconds == 1


@pytest.mark.parametrize(
    ("status", "effects", "once", "until"),
    [
        (200, 0, KEEP, KEEP),
        (302, 0, KEEP, KEEP),
        (404, 0, KEEP, FORGET),
        (429, 0, FORGET, FORGET),
        (429, 1, KEEP, FORGET),
        (500, 0, FORGET, FORGET),
        (500, 1, KEEP, FORGET),
    ],
)
def test_what_failed_and_changed_nothing_may_run_again(
    status: int, effects: int, once: Settlement, until: Settlement
) -> None:
    assert settle_answer(ONCE, status=status, effects=effects) is once
    assert settle_answer(UNTIL, status=status, effects=effects) is until


@pytest.mark.parametrize(
    ("refusal", "once"),
    [
        (a_refusal("OVERLOADED", 503, is_retryable=True), FORGET),
        (a_refusal("GUEST_TRAP", effects=0), FORGET),
        (a_refusal("GUEST_TRAP", effects=2), KEEP),
        (a_refusal("DATABASE_UNAVAILABLE", 503, is_retryable=True, effects=2), KEEP),
        (a_refusal("INTERNAL", 500), UNKNOWN),
    ],
    ids=["retryable", "trap", "trap with effects", "retryable with effects", "nobody counted"],
)
def test_a_run_that_the_runner_ended_is_judged_by_its_effects(
    refusal: RunnerRefusal, once: Settlement
) -> None:
    assert settle_refusal(ONCE, refusal) is once
    assert settle_refusal(UNTIL, refusal) is FORGET


@pytest.mark.parametrize(
    ("error", "settlement"),
    [
        (AdmissionRefused("x"), FORGET),
        (CircuitOpen("x"), FORGET),
        (DeadlineExceeded("x"), FORGET),
        (RunnerUnavailable("x"), FORGET),
        (DeadlineExceeded("x", is_sent=True), UNKNOWN),
        (RunnerUnavailable("x", is_sent=True), UNKNOWN),
        (ResponseTooLarge("x"), UNKNOWN),
    ],
    ids=["shed", "circuit", "no time", "not sent", "late", "cut", "too large"],
)
def test_only_what_never_reached_the_runner_is_forgotten(error: GatewayError, settlement: Settlement) -> None:
    assert settle_error(error) is settlement
