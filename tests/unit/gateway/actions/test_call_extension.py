import base64
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.attempt_run import Attempting
from annex_gateway.actions.authenticate import Authenticator, VerifiedKeys
from annex_gateway.actions.call_extension import ExtensionCall, call_extension
from annex_gateway.actions.entrance import Entrance
from annex_gateway.actions.policies import Policies
from annex_gateway.actions.projections import Projections
from annex_gateway.actions.run_extension import Answered, Declined
from annex_gateway.actions.run_once import Once
from annex_gateway.domain.admission import Admission, AdmissionPolicy, Priority
from annex_gateway.domain.circuits import CircuitPolicy, Circuits
from annex_gateway.domain.controls import Controls, Stop
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import (
    AdmissionRefused,
    DeadlineExceeded,
    EndpointNotFound,
    ExtensionNotInstalled,
    GatewayError,
    IdempotencyKeyReused,
    IdempotencyUnavailable,
    InstallDisabled,
    InvalidIdempotencyKey,
    KillSwitchOn,
    MethodNotAllowed,
    PermissionDenied,
    RateLimited,
    RunnerUnavailable,
    TenantMismatch,
    TenantNotEntitled,
    Unauthenticated,
)
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.retries import Retries, RetryPolicy
from annex_shared.clock import new_id
from annex_shared.contracts.execute import ExecuteResponse
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.errors import code_of
from annex_shared.permissions import Permission
from unit.gateway.builders import (
    OTHER_TENANT,
    PEPPER,
    TENANT,
    a_key_text,
    a_refusal,
    a_version,
    an_api_key,
    an_install,
    some_rates,
)
from unit.gateway.fakes import (
    CountedAttempts,
    CountedRefusals,
    CountingLimiter,
    EchoRunner,
    MemoryIdempotencyRecords,
    MemoryKeys,
    MemoryRegistry,
    StoppedClock,
    StoppedMonotonic,
)
from unit.gateway.recording import Records

KEY = ("idempotency-key", "once")


@dataclass
class World:
    """A gateway in which one call to one endpoint succeeds; each test spoils one thing."""

    keys: MemoryKeys = field(default_factory=MemoryKeys)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    limiter: CountingLimiter = field(default_factory=CountingLimiter)
    runner: EchoRunner = field(default_factory=EchoRunner)
    metrics: CountedRefusals = field(default_factory=CountedRefusals)
    now: StoppedMonotonic = field(default_factory=StoppedMonotonic)
    attempts: CountedAttempts = field(default_factory=CountedAttempts)
    promises: MemoryIdempotencyRecords = field(default_factory=MemoryIdempotencyRecords)
    admission: Admission = field(default_factory=lambda: Admission(AdmissionPolicy()))
    pauses: list[float] = field(default_factory=list)
    records: Records = field(default_factory=Records)
    controls: Controls = field(default_factory=lambda: Controls(some_rates()))
    is_body_read: bool = False

    def of(self, install: Install) -> Controls:
        """Stand for what administrators set."""
        assert install.tenant_id == TENANT
        return self.controls

    def __post_init__(self) -> None:
        self.keys.add(an_api_key())
        self.registry.put(an_install())
        self.registry.published = [a_version(("GET", "/notes"), ("POST", "/notes/:id"))]
        self.runner.answer = ExecuteResponse(
            status=200, headers={"content-type": "text/plain"}, body_b64=base64.b64encode(b"hi").decode()
        )

    def policies(self) -> Policies:
        return Policies(
            authenticator=Authenticator(
                self.keys, PEPPER, StoppedClock(), VerifiedKeys(timedelta(seconds=5))
            ),
            projections=Projections(self.registry, AskOnce(keep_seconds=1, monotonic=self.now)),
            rate_limiter=self.limiter,
            controls=self,
            once=Once(self.promises, new_id, self.attempts, max_answer_bytes=10_000),
            entrance=Entrance(self.admission, self.now, lambda: 0.5),
            attempting=Attempting(
                Circuits(CircuitPolicy(), self.now),
                Retries(RetryPolicy(), lambda: 0.5),
                self.attempts,
                self.now,
                self._pause,
            ),
            quotas=self.records.quotas,
            runner=self.runner,
            recorder=self.records.recorder(),
            metrics=self.metrics,
            max_answer_bytes=1000,
        )

    def call(self, **changes: object) -> ExtensionCall:
        call = ExtensionCall(
            method="GET",
            extension="acme.notes",
            path=SafePath.parse("/notes"),
            query=[("q", "1"), ("q", "2")],
            headers=[("Accept", "a"), ("Accept", "b"), ("X-Api-Key", a_key_text().reveal())],
            credentials=Credentials((a_key_text().reveal(),)),
            claimed_tenants=(str(TENANT),),
            request_id="req_1",
            deadline=Deadline.start(limit_ms=10_000, requested=None, monotonic=self.now),
            read_body=self._read_body,
        )
        return replace(call, **changes)  # type: ignore[arg-type] # fields by name, checked by the dataclass

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now.seconds += seconds

    async def _read_body(self) -> bytes:
        self.is_body_read = True
        return b"body"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with world.records.running():
        yield world


async def test_a_call_that_every_policy_allows_reaches_the_guest(world: World) -> None:
    outcome = await call_extension(world.call(), policies=world.policies())

    assert isinstance(outcome, Answered)
    assert (outcome.answer.status, outcome.answer.body) == (200, b"hi")


async def test_the_runner_is_asked_in_the_words_of_the_contract(world: World) -> None:
    await call_extension(
        world.call(method="POST", path=SafePath.parse("/notes/a%20b"), headers=[*world.call().headers, KEY]),
        policies=world.policies(),
    )

    request = world.runner.requests[0]
    install = an_install()
    assert request.context.install_id == str(install.install_id)
    assert request.context.version_id == str(install.version_id)
    assert request.context.content_hash == install.content_hash
    assert request.http.method == "POST"
    assert request.http.path == "/notes/a%20b"
    assert request.http.query_list == [("q", "1"), ("q", "2")]
    assert [pair for pair in request.http.header_pairs() if pair[0] == "accept"] == [
        ("accept", "a"),
        ("accept", "b"),
    ]
    assert request.http.body_b64 == base64.b64encode(b"body").decode()
    assert world.runner.headers[0]["x-idempotency-key"] == "once"


async def test_no_credential_reaches_the_runner(world: World) -> None:
    await call_extension(world.call(), policies=world.policies())

    assert a_key_text().secret not in world.runner.requests[0].model_dump_json()


async def test_the_gateway_waits_a_little_longer_than_the_runner_may_take(world: World) -> None:
    await call_extension(world.call(), policies=world.policies())

    timeout_ms = world.runner.requests[0].limits.timeout_ms
    assert timeout_ms is not None
    assert timeout_ms < 10_000
    assert world.runner.waits[0] > timeout_ms / 1000


async def test_what_administrators_narrow_is_handed_on(world: World) -> None:
    world.controls = replace(
        world.controls, limits={"cpu_ms": 7, "timeout_ms": 300, "fuel": 9}, egress_hosts=("a.example.com",)
    )

    await call_extension(world.call(), policies=world.policies())

    (request,) = world.runner.requests
    assert request.limits.model_dump(exclude_none=True) == {"cpu_ms": 7, "timeout_ms": 300, "fuel": 9}
    assert request.egress_hosts == ["a.example.com"]
    assert world.runner.waits[0] < 1


async def test_a_shorter_deadline_goes_before_the_limit_of_administrators(world: World) -> None:
    world.controls = replace(world.controls, limits={"timeout_ms": 60_000})

    await call_extension(world.call(), policies=world.policies())

    assert (world.runner.requests[0].limits.timeout_ms or 0) < 10_000
    assert world.runner.requests[0].egress_hosts is None


async def test_the_runners_own_refusal_is_passed_on(world: World) -> None:
    document = ProblemDocument(
        type="/errors/guest-trap",
        title="Guest trap",
        status=502,
        detail="It trapped.",
        instance="/v1/execute",
        code="GUEST_TRAP",
        message="It trapped.",
        request_id="r",
    )
    world.runner.answer = RunnerRefusal(document, 3)

    outcome = await call_extension(world.call(), policies=world.policies())

    assert isinstance(outcome, Declined)
    assert outcome.refusal == RunnerRefusal(document, 3)


async def test_head_asks_the_guest_for_get(world: World) -> None:
    await call_extension(world.call(method="HEAD"), policies=world.policies())

    assert world.runner.requests[0].http.method == "GET"


def _reading_only(world: World) -> None:
    world.keys.add(an_api_key(permissions=frozenset({Permission.EXTENSION_READ})))


def _stopped(world: World) -> None:
    world.controls = replace(world.controls, stop=Stop("version", "It leaks."))


def _not_entitled(world: World) -> None:
    world.controls = replace(world.controls, is_entitled=False)


def _disabled(world: World) -> None:
    world.registry.put(an_install(is_enabled=False))


def _used_up(world: World) -> None:
    world.limiter.left = 0


def _out_of_time(world: World) -> None:
    world.now.seconds += 10


def _nothing(_world: World) -> None:
    pass


REFUSALS: list[tuple[Policy, type[GatewayError], dict[str, object], Callable[[World], None]]] = [
    (Policy.AUTHENTICATION, Unauthenticated, {"credentials": Credentials()}, _nothing),
    (Policy.TENANT, TenantMismatch, {"claimed_tenants": (str(OTHER_TENANT),)}, _nothing),
    (Policy.INSTALL, ExtensionNotInstalled, {"extension": "acme.other"}, _nothing),
    (Policy.INSTALL, InstallDisabled, {}, _disabled),
    (Policy.SWITCHES, KillSwitchOn, {}, _stopped),
    (Policy.SWITCHES, TenantNotEntitled, {}, _not_entitled),
    (Policy.ENDPOINT, EndpointNotFound, {"path": SafePath.parse("/other")}, _nothing),
    (Policy.ENDPOINT, MethodNotAllowed, {"method": "DELETE"}, _nothing),
    (
        Policy.PERMISSION,
        PermissionDenied,
        {"method": "POST", "path": SafePath.parse("/notes/1")},
        _reading_only,
    ),
    (Policy.RATE, RateLimited, {}, _used_up),
]


@pytest.mark.parametrize(("policy", "refusal", "changes", "spoil"), REFUSALS)
async def test_a_refused_call_is_neither_read_nor_run_and_counted_under_its_policy(
    world: World,
    policy: Policy,
    refusal: type[GatewayError],
    changes: dict[str, object],
    spoil: Callable[[World], None],
) -> None:
    spoil(world)

    with pytest.raises(refusal):
        await call_extension(world.call(**changes), policies=world.policies())

    assert not world.is_body_read
    assert world.runner.requests == []
    assert world.metrics.refusals == [(policy, code_of(refusal))]


@pytest.mark.parametrize("earlier", range(len(REFUSALS) - 1))
async def test_of_two_reasons_the_earlier_policy_is_named(world: World, earlier: int) -> None:
    _, refusal, changes, spoil = REFUSALS[earlier]
    world.limiter.left = 0
    spoil(world)

    with pytest.raises(refusal):
        await call_extension(world.call(**changes), policies=world.policies())


async def test_a_refusal_before_the_rate_limit_costs_no_call(world: World) -> None:
    with pytest.raises(EndpointNotFound):
        await call_extension(world.call(path=SafePath.parse("/other")), policies=world.policies())

    assert world.limiter.drawn == []


async def test_a_call_draws_from_tenant_install_extension_and_user(world: World) -> None:
    await call_extension(world.call(), policies=world.policies())

    assert [bucket.policy for bucket in world.limiter.drawn[0]] == ["tenant", "install", "extension", "user"]


async def test_a_call_without_time_left_is_not_run(world: World) -> None:
    call = world.call()
    _out_of_time(world)

    with pytest.raises(DeadlineExceeded):
        await call_extension(call, policies=world.policies())

    assert world.runner.requests == []


async def test_equal_keys_are_one_run(world: World) -> None:
    policies = world.policies()
    call = world.call(method="POST", path=SafePath.parse("/notes/7"), headers=[*world.call().headers, KEY])

    first = await call_extension(call, policies=policies)
    second = await call_extension(call, policies=policies)

    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.answer == first.answer
    assert len(world.runner.requests) == 1


async def test_a_key_that_is_spent_is_refused_for_another_request(world: World) -> None:
    policies = world.policies()
    call = world.call(method="POST", path=SafePath.parse("/notes/7"), headers=[*world.call().headers, KEY])
    await call_extension(call, policies=policies)

    with pytest.raises(IdempotencyKeyReused):
        await call_extension(replace(call, path=SafePath.parse("/notes/8")), policies=policies)

    assert world.metrics.refusals == [(Policy.IDEMPOTENCY, "IDEMPOTENCY_KEY_REUSED")]


async def test_a_refusal_with_effects_is_given_again(world: World) -> None:
    world.runner.answer = a_refusal("GUEST_TRAP", effects=1)
    policies = world.policies()
    call = world.call(method="POST", path=SafePath.parse("/notes/7"), headers=[*world.call().headers, KEY])

    first = await call_extension(call, policies=policies)
    second = await call_extension(call, policies=policies)

    assert isinstance(first, Declined)
    assert isinstance(second, Declined)
    assert second.is_replay
    assert second.refusal.document == first.refusal.document
    assert len(world.runner.requests) == 1


async def test_without_the_database_a_key_is_refused_and_a_call_without_one_is_not(world: World) -> None:
    world.promises.is_away = True
    policies = world.policies()
    call = world.call(method="POST", path=SafePath.parse("/notes/7"))
    with pytest.raises(IdempotencyUnavailable):
        await call_extension(replace(call, headers=[*call.headers, KEY]), policies=policies)

    await call_extension(call, policies=policies)

    assert len(world.runner.requests) == 1


async def test_a_malformed_key_is_refused_before_the_body_is_read(world: World) -> None:
    call = world.call(method="POST", path=SafePath.parse("/notes/7"))

    with pytest.raises(InvalidIdempotencyKey):
        await call_extension(
            replace(call, headers=[*call.headers, ("Idempotency-Key", "")]), policies=world.policies()
        )

    assert not world.is_body_read


async def test_a_repeat_at_the_runner_has_less_time(world: World) -> None:
    world.runner.first = [a_refusal("WORKER_CRASHED", effects=0)]

    outcome = await call_extension(world.call(), policies=world.policies())

    assert isinstance(outcome, Answered)
    first, second = (request.limits.timeout_ms or 0 for request in world.runner.requests)
    assert second < first
    assert world.attempts.attempts == [(1, "WORKER_CRASHED"), (2, "ANSWERED")]


async def test_without_room_nothing_is_read_and_nothing_run(world: World) -> None:
    world.admission = Admission(AdmissionPolicy(first=4, most=4, waiting=0))
    for _ in range(4):
        world.admission.arrive(TENANT, Priority.INTERACTIVE, 0)

    with pytest.raises(AdmissionRefused):
        await call_extension(world.call(), policies=world.policies())

    assert not world.is_body_read
    assert world.metrics.refusals == [(Policy.ADMISSION, "ADMISSION_REFUSED")]


@pytest.mark.parametrize(
    "answer",
    [ExecuteResponse(status=200), ExecuteResponse(status=101), RunnerUnavailable("x", is_sent=True)],
    ids=["answered", "unsendable", "cut"],
)
async def test_a_place_is_given_back_however_a_run_ends(
    world: World, answer: ExecuteResponse | RunnerUnavailable
) -> None:
    world.runner.answer = answer
    with suppress(GatewayError):
        await call_extension(
            world.call(method="POST", path=SafePath.parse("/notes/7")), policies=world.policies()
        )

    assert world.admission.taken == 0


@pytest.mark.parametrize("is_debugger", [True, False])
async def test_only_who_may_debug_is_told_where_the_time_went(world: World, is_debugger: bool) -> None:  # noqa: FBT001 - a parameter
    permissions = frozenset(Permission) - (frozenset() if is_debugger else {Permission.EXTENSION_DEBUG})
    world.keys.add(an_api_key(permissions=permissions))

    outcome = await call_extension(world.call(), policies=world.policies())

    assert isinstance(outcome, Answered)
    assert outcome.is_timed is is_debugger
