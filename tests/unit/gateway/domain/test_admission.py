from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from annex_gateway.domain.admission import Admission, AdmissionPolicy, Limit, Priority, Ticket
from annex_shared.ids import TenantId
from unit.gateway.builders import uuid

A, B, C = (TenantId(uuid(number)) for number in (1, 2, 3))
CALL, EVENT, SCHEDULE = Priority


def an_admission(**policy: float) -> Admission:
    return Admission(AdmissionPolicy(**{"first": 10, "most": 10} | policy))  # type: ignore[arg-type]


def filled(admission: Admission, tenant: TenantId = A, priority: Priority = CALL) -> list[Ticket]:
    """Take every place."""
    return [admission.arrive(tenant, priority, 0)[0] for _ in range(admission.limit.places)]


def test_whoever_finds_a_place_takes_it() -> None:
    ticket, sent_away = an_admission().arrive(A, CALL, 0)

    assert (ticket.state, sent_away) == ("admitted", None)


def test_behind_the_last_place_calls_wait_in_their_order() -> None:
    admission = an_admission()
    first, *_ = filled(admission)
    waiting = [admission.arrive(A, CALL, 0)[0] for _ in range(2)]

    assert admission.leave(first, 0, is_overload=None) == waiting[:1]


def test_a_tenant_beyond_its_share_lets_others_go_first() -> None:
    admission = an_admission()
    held = filled(admission)
    of_a, _ = admission.arrive(A, CALL, 0)
    of_b = [admission.arrive(B, CALL, 0)[0] for _ in range(4)]

    admitted = [turn for ticket in held[:5] for turn in admission.leave(ticket, 0, is_overload=None)]

    assert admitted == [*of_b, of_a]


def test_alone_a_tenant_may_have_every_place() -> None:
    admission = an_admission()
    first, *_ = filled(admission)
    waiting, _ = admission.arrive(A, CALL, 0)

    assert admission.leave(first, 0, is_overload=None) == [waiting]


def test_callers_go_before_events_and_events_before_schedules_and_all_of_them_go() -> None:
    admission = an_admission(waiting=200)
    held = filled(admission)
    for _ in range(24):
        for priority in Priority:
            admission.arrive(A, priority, 0)

    turns: Counter[Priority] = Counter()
    for _ in range(24):
        (ticket,) = admission.leave(held.pop(), 0, is_overload=None)
        held.append(ticket)
        turns[ticket.priority] += 1

    assert turns == {CALL: 16, EVENT: 6, SCHEDULE: 2}


def test_tenants_take_turns() -> None:
    admission = an_admission()
    held = filled(admission, C)
    for tenant in (A, A, A, B, B):
        admission.arrive(tenant, CALL, 0)

    order = [admission.leave(ticket, 0, is_overload=None)[0].tenant_id for ticket in held[:5]]

    assert order == [A, B, A, B, A]


def test_a_full_queue_sends_the_least_important_away() -> None:
    admission = an_admission(waiting=2)
    filled(admission)
    schedule, _ = admission.arrive(A, SCHEDULE, 0)
    event, _ = admission.arrive(A, EVENT, 0)

    call, sent_away = admission.arrive(A, CALL, 0)
    late, nobody_else = admission.arrive(A, SCHEDULE, 0)

    assert (sent_away, schedule.state, call.state, event.state) == (schedule, "over", "waiting", "waiting")
    assert (late.state, nobody_else) == ("over", late)


def test_a_full_queue_makes_room_for_a_tenant_that_waits_less_often() -> None:
    admission = an_admission(waiting=3)
    filled(admission)
    crowd = [admission.arrive(A, CALL, 0)[0] for _ in range(3)]

    of_b, sent_away = admission.arrive(B, CALL, 0)
    of_a, refused = admission.arrive(A, CALL, 0)

    assert (sent_away, of_b.state) == (crowd[-1], "waiting")
    assert refused is of_a


def test_room_is_asked_for_without_taking_any() -> None:
    admission = an_admission(waiting=1)
    filled(admission)

    assert admission.has_room(A, SCHEDULE)
    admission.arrive(A, SCHEDULE, 0)
    assert admission.has_room(A, CALL)
    assert not admission.has_room(B, SCHEDULE)


def test_a_burst_may_wait_for_twice_the_target_and_a_standing_queue_for_the_target() -> None:
    admission = an_admission()
    filled(admission)
    first, _ = admission.arrive(A, CALL, 0.0)
    second, _ = admission.arrive(A, CALL, 0.05)

    assert admission.patience(first, 0.0) == pytest.approx(0.2)
    assert admission.patience(first, 0.15) == pytest.approx(0.05)
    assert admission.patience(second, 0.2) == pytest.approx(0.0)
    third, _ = admission.arrive(A, CALL, 0.21)
    assert admission.patience(third, 0.21) == pytest.approx(0.1)


def test_a_queue_that_caught_up_is_patient_again() -> None:
    admission = an_admission()
    held = filled(admission)
    admission.arrive(A, CALL, 0.0)
    late, _ = admission.arrive(A, CALL, 0.05)
    admission.patience(late, 0.19)
    admission.leave(held[0], 0.19, is_overload=None)
    admission.leave(held[1], 0.19, is_overload=None)

    fresh, _ = admission.arrive(A, CALL, 0.2)

    assert admission.patience(fresh, 0.2) == pytest.approx(0.2)


def test_the_limit_doubles_until_the_runner_says_stop_and_then_feels_its_way() -> None:
    limit = Limit(AdmissionPolicy(first=10, most=100))
    for _ in range(10):
        limit.succeeded(taken=10)
    doubled = limit.places
    limit.overloaded(0)
    reduced = limit.places
    for _ in range(18):
        limit.succeeded(taken=18)

    assert (doubled, reduced, limit.places) == (20, 18, 18)
    limit.succeeded(taken=18)
    assert limit.places == 19


def test_calls_that_fail_together_shrink_the_limit_once() -> None:
    limit = Limit(AdmissionPolicy(first=100))
    for _ in range(50):
        limit.overloaded(1.0)

    assert limit.places == 90


def test_an_idle_gateway_learns_nothing() -> None:
    limit = Limit(AdmissionPolicy(first=10))
    limit.succeeded(taken=1)

    assert limit.places == 10


@given(st.lists(st.one_of(st.booleans(), st.none()), max_size=300))
def test_the_limit_stays_within_its_bounds(signals: list[bool | None]) -> None:
    policy = AdmissionPolicy(first=8, most=30)
    limit = Limit(policy)
    for moment, is_overload in enumerate(signals):
        if is_overload:
            limit.overloaded(moment)
        else:
            limit.succeeded(taken=30)

        assert policy.fewest <= limit.places <= policy.most


@dataclass
class Numbers:
    now: float = 0.0
    admitted: list[Ticket] = field(default_factory=list)
    waiting: list[Ticket] = field(default_factory=list)


class AnyUse(RuleBasedStateMachine):
    """Whatever calls do: places are never over the limit, always come back, and nobody is passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = AdmissionPolicy(first=6, most=12, waiting=8)
        self.admission = Admission(self.policy)
        self.world = Numbers()

    def settle(self, tickets: list[Ticket]) -> None:
        assert all(ticket.state == "admitted" for ticket in tickets)
        assert self.admission.taken <= self.admission.limit.places or not tickets
        self.world.admitted.extend(tickets)
        for ticket in tickets:
            self.world.waiting.remove(ticket)

    @rule(tenant=st.sampled_from([A, B, C]), priority=st.sampled_from(Priority))
    def arrive(self, tenant: TenantId, priority: Priority) -> None:
        has_room = self.admission.has_room(tenant, priority)
        ticket, sent_away = self.admission.arrive(tenant, priority, self.world.now)
        if ticket.state == "admitted":
            assert self.admission.taken <= self.admission.limit.places
            self.world.admitted.append(ticket)
            return
        assert (ticket.state == "waiting") is has_room
        if ticket.state == "waiting":
            self.world.waiting.append(ticket)
        if sent_away is not None and sent_away is not ticket:
            assert sent_away.priority >= priority
            self.world.waiting.remove(sent_away)

    @precondition(lambda self: self.world.admitted)
    @rule(data=st.data(), is_overload=st.sampled_from([True, False, None]))
    def leave(self, data: st.DataObject, is_overload: bool | None) -> None:  # noqa: FBT001 - drawn
        index = data.draw(st.integers(0, len(self.world.admitted) - 1))
        ticket = self.world.admitted.pop(index)
        self.settle(self.admission.leave(ticket, self.world.now, is_overload=is_overload))

    @precondition(lambda self: self.world.waiting)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.world.waiting) - 1))
        ticket = self.world.waiting.pop(index)
        self.settle(self.admission.give_up(ticket, self.world.now))

    @precondition(lambda self: self.world.admitted)
    @rule()
    def give_up_at_the_moment_of_admission(self) -> None:
        self.settle(self.admission.give_up(self.world.admitted.pop(), self.world.now))

    @rule(seconds=st.floats(min_value=0, max_value=0.5))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds
        for ticket in self.world.waiting:
            assert self.admission.patience(ticket, self.world.now) <= 0.2 + 1e-9

    @invariant()
    def counts_agree(self) -> None:
        assert self.admission.taken == len(self.world.admitted)
        assert self.admission.waiting == len(self.world.waiting) <= self.policy.waiting

    @invariant()
    def nobody_waits_beside_a_free_place(self) -> None:
        assert not self.world.waiting or self.admission.taken >= self.admission.limit.places

    def teardown(self) -> None:
        for _ in range(500):
            if not self.world.admitted:
                break
            self.leave_first()
        assert self.world.waiting == []
        assert self.admission.taken == 0

    def leave_first(self) -> None:
        ticket = self.world.admitted.pop(0)
        self.settle(self.admission.leave(ticket, self.world.now, is_overload=None))


TestAnyUse = AnyUse.TestCase
TestAnyUse.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@given(
    st.lists(st.sampled_from([A, B, C]), min_size=30, max_size=120), st.integers(min_value=4, max_value=20)
)
def test_while_others_wait_no_tenant_is_admitted_beyond_its_share(
    tenants: list[TenantId], places: int
) -> None:
    admission = Admission(AdmissionPolicy(first=places, most=places, waiting=200))
    tickets = [admission.arrive(tenant, CALL, 0)[0] for tenant in tenants]
    held = [ticket for ticket in tickets if ticket.state == "admitted"]
    waiting = [ticket for ticket in tickets if ticket.state == "waiting"]
    while held:
        for ticket in admission.leave(held.pop(0), 0, is_overload=None):
            waiting.remove(ticket)
            count = 1 + sum(other.tenant_id == ticket.tenant_id for other in held)
            others_wait = any(other.tenant_id != ticket.tenant_id for other in waiting)
            assert count <= max(1, int(places * 0.6)) or not others_wait
            held.append(ticket)

    assert waiting == []
