import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.circuits import CircuitPolicy, Circuits
from annex_gateway.domain.errors import CircuitOpen
from annex_shared.content_hash import ContentHash
from unit.gateway.fakes import StoppedMonotonic

VERSION, OTHER = ContentHash.of(b"a"), ContentHash.of(b"b")


class World:
    def __init__(self, **policy: int) -> None:
        self.now = StoppedMonotonic()
        self.circuits = Circuits(CircuitPolicy(**policy), self.now)

    def attempt(self, *, has_failed: bool | None, version: ContentHash = VERSION) -> None:
        with self.circuits.attempt(version) as attempt:
            attempt.has_failed = has_failed

    def open(self) -> None:
        for _ in range(20):
            self.attempt(has_failed=True)


@pytest.fixture
def world() -> World:
    return World()


def test_a_version_that_keeps_failing_is_not_tried(world: World) -> None:
    world.open()

    with pytest.raises(CircuitOpen) as refused:
        world.attempt(has_failed=False)

    assert refused.value.retry_after_seconds == 5


def test_few_failures_or_few_calls_open_nothing(world: World) -> None:
    for _ in range(19):
        world.attempt(has_failed=True)
    for _ in range(20):
        world.attempt(has_failed=False)

    world.circuits.require_closed(VERSION)


def test_failures_of_long_ago_do_not_count(world: World) -> None:
    for _ in range(19):
        world.attempt(has_failed=True)
    world.now.seconds += 11
    world.attempt(has_failed=True)

    world.circuits.require_closed(VERSION)


def test_other_versions_are_tried_all_the_same(world: World) -> None:
    world.open()

    world.attempt(has_failed=False, version=OTHER)


def test_after_a_while_one_probe_is_let_through(world: World) -> None:
    world.open()
    world.now.seconds += 5

    with world.circuits.attempt(VERSION) as probe:
        with pytest.raises(CircuitOpen):
            world.attempt(has_failed=False)
        probe.has_failed = False

    world.attempt(has_failed=False)
    assert not world.circuits.is_open(VERSION)


def test_each_failed_probe_doubles_the_wait_up_to_a_minute(world: World) -> None:
    world.open()
    waits = []
    for _ in range(6):
        with pytest.raises(CircuitOpen) as refused:
            world.circuits.require_closed(VERSION)
        waits.append(refused.value.retry_after_seconds)
        world.now.seconds += waits[-1] or 0
        world.attempt(has_failed=True)

    assert waits == [5, 10, 20, 40, 60, 60]


def test_a_version_that_recovered_starts_afresh(world: World) -> None:
    world.open()
    world.now.seconds += 5
    world.attempt(has_failed=False)
    world.open()

    with pytest.raises(CircuitOpen) as refused:
        world.circuits.require_closed(VERSION)

    assert refused.value.retry_after_seconds == 5


@pytest.mark.parametrize("error", [asyncio.CancelledError, ValueError])
def test_a_probe_that_is_cancelled_leaves_room_for_the_next(world: World, error: type[BaseException]) -> None:
    world.open()
    world.now.seconds += 5
    with pytest.raises(error), world.circuits.attempt(VERSION):
        raise error

    world.attempt(has_failed=False)

    assert not world.circuits.is_open(VERSION)


def test_what_began_before_it_opened_does_not_close_it(world: World) -> None:
    with world.circuits.attempt(VERSION) as old:
        world.open()
        old.has_failed = False

    assert world.circuits.is_open(VERSION)


def test_only_so_many_versions_are_remembered() -> None:
    world = World(versions=3)
    for number in range(10):
        world.attempt(has_failed=False, version=ContentHash.of(bytes([number])))

    assert len(world.circuits) == 3


@given(st.lists(st.tuples(st.booleans(), st.floats(min_value=0, max_value=20)), max_size=150))
def test_a_circuit_never_stays_shut_for_longer_than_a_minute(steps: list[tuple[bool, float]]) -> None:
    world = World()
    for has_failed, seconds in steps:
        world.now.seconds += seconds
        with suppress(CircuitOpen):
            world.attempt(has_failed=has_failed)

    world.now.seconds += 60
    world.circuits.require_closed(VERSION)
