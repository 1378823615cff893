import random
from dataclasses import replace

import pytest

from annex_gateway.actions.controls_projection import ControlsProjection, ControlsState
from annex_gateway.domain.control_changes import (
    Author,
    ControlChange,
    Document,
    WantedChange,
    switch_document,
)
from annex_gateway.domain.errors import ControlsUnavailable
from annex_gateway.domain.kill_switches import SwitchScope, SwitchTarget
from annex_gateway.domain.rulings import Authority, Place
from annex_shared.ids import PrincipalId
from support.memory_controls import MemoryControls
from unit.gateway.builders import OTHER_TENANT, TENANT, an_install, some_rates, uuid
from unit.gateway.fakes import StoppedMonotonic

AUTHOR = Author(PrincipalId(uuid(9)), "0123456789abcdef", "req_1", "because")
INSTALL = an_install()
OF_TENANT = Place(Authority.PLATFORM, TENANT)


def a_projection(now: StoppedMonotonic | None = None) -> ControlsProjection:
    return ControlsProjection(some_rates(), now or StoppedMonotonic(), max_age_seconds=60)


async def say(book: MemoryControls, place: Place, document: Document | None) -> ControlChange:
    return await book.record(WantedChange(place.key, place.tenant_id, document, AUTHOR, None))


async def stop(book: MemoryControls, target: SwitchTarget) -> ControlChange:
    document = switch_document(target, "It leaks.")
    return await book.record(WantedChange(target.key, target.tenant_id, document, AUTHOR, None))


async def test_before_it_was_filled_nobody_runs() -> None:
    with pytest.raises(ControlsUnavailable):
        a_projection().of(INSTALL)


async def test_what_was_said_before_the_start_holds() -> None:
    book, projection = MemoryControls(), a_projection()
    await say(book, OF_TENANT, {"is_entitled": False})
    last = await say(book, Place(Authority.PLATFORM, TENANT, INSTALL.extension_id), {"limits": {"cpu_ms": 9}})
    await say(book, Place(Authority.PLATFORM, OTHER_TENANT), {"limits": {"fuel": 1}})

    await projection.fill(book)

    controls = projection.of(INSTALL)
    assert (controls.is_entitled, controls.limits, controls.revision) == (False, {"cpu_ms": 9}, last.revision)
    assert projection.of(an_install(tenant_id=OTHER_TENANT)).limits == {"fuel": 1}


async def test_a_change_is_seen_with_the_next_look_and_undone_with_the_one_after() -> None:
    book, projection = MemoryControls(), a_projection()
    await projection.fill(book)
    before = projection.of(INSTALL)
    await stop(book, SwitchTarget(SwitchScope.VERSION, version_id=INSTALL.version_id))
    await projection.catch_up(book)
    while_on = projection.of(INSTALL)
    key = SwitchTarget(SwitchScope.VERSION, version_id=INSTALL.version_id).key
    await book.record(WantedChange(key, None, None, AUTHOR, None))
    await projection.catch_up(book)

    assert before.stop is None
    assert while_on.stop is not None
    assert (while_on.stop.scope, while_on.stop.reason) == ("version", "It leaks.")
    assert projection.of(INSTALL).stop is None


async def test_a_change_made_here_holds_at_once_and_hearing_of_it_changes_nothing() -> None:
    book, projection = MemoryControls(), a_projection()
    await projection.fill(book)
    old = await say(book, OF_TENANT, {"limits": {"cpu_ms": 9}})
    new = await say(book, OF_TENANT, {"limits": {"cpu_ms": 5}})

    projection.note(new)
    projection.note(old)
    await projection.catch_up(book)

    assert projection.of(INSTALL).limits == {"cpu_ms": 5}


async def test_many_changes_are_read_to_the_end() -> None:
    book, projection = MemoryControls(), a_projection()
    await projection.fill(book)
    for number in range(1, 1_101):
        await say(book, OF_TENANT, {"limits": {"cpu_ms": number}})

    await projection.catch_up(book)

    assert projection.of(INSTALL).limits == {"cpu_ms": 1_100}


async def test_in_whatever_order_changes_arrive_the_state_is_that_of_the_history() -> None:
    book = MemoryControls()
    places = [Place(one, TENANT) for one in Authority] + [Place(Authority.PLATFORM)]
    order = random.Random(5)  # noqa: S311 - repeatable on purpose
    for number in range(1, 60):
        document = {"limits": {"cpu_ms": number}} if number % 5 else None
        await say(book, order.choice(places), document)
    fresh = ControlsState.of(await book.everything())

    for _ in range(20):
        shuffled = [*book.changes, *book.changes[::3]]
        order.shuffle(shuffled)
        assert ControlsState.of(shuffled) == fresh


async def test_while_the_database_is_away_the_last_word_holds_for_its_time_and_no_longer() -> None:
    book, now = MemoryControls(), StoppedMonotonic()
    projection = a_projection(now)
    await say(book, OF_TENANT, {"is_entitled": False})
    await projection.fill(book)
    current = await projection.ping()
    book.is_away = True
    now.seconds += 59
    with pytest.raises(ControlsUnavailable):
        await projection.catch_up(book)
    old = await projection.ping()
    still = projection.of(INSTALL)
    now.seconds += 2

    assert (current, old, still.is_entitled) == ("current", "last read 59 s ago", False)
    with pytest.raises(ControlsUnavailable):
        projection.of(INSTALL)
    with pytest.raises(ControlsUnavailable):
        await projection.ping()


async def test_a_history_that_was_set_back_is_followed_from_there() -> None:
    book, projection = MemoryControls(), a_projection()
    await say(book, OF_TENANT, {"limits": {"cpu_ms": 1}})
    await say(book, OF_TENANT, {"limits": {"cpu_ms": 2}})
    await projection.fill(book)
    book.changes.pop()

    await projection.fill(book)

    assert projection.of(INSTALL).limits == {"cpu_ms": 1}


async def test_looking_up_a_run_again_makes_nothing_anew() -> None:
    book, projection = MemoryControls(), a_projection()
    await projection.fill(book)

    assert projection.of(INSTALL) is projection.of(replace(INSTALL, revision=7))
