"""Who is woken by what comes, and how many may wait."""

from uuid import UUID

import pytest

from annex_registry.domain.errors import TooManyFeedWaiters
from annex_registry.domain.feed import Arrival, FeedWatch
from annex_shared.ids import TenantId

MINE = TenantId(UUID("0190a000-0000-7000-8000-0000000000a1"))
THEIRS = TenantId(UUID("0190a000-0000-7000-8000-0000000000a2"))


def a_watch(*, in_all: int = 10, per_caller: int = 10) -> FeedWatch:
    return FeedWatch(max_waiters=in_all, max_waiters_per_caller=per_caller)


@pytest.mark.parametrize(
    ("feed", "tenant_id", "arrival", "is_woken"),
    [
        ("installs", MINE, Arrival(1, MINE), True),
        ("installs", MINE, Arrival(1, THEIRS), False),
        ("installs", None, Arrival(1, THEIRS), True),
        ("registry", None, Arrival(1, None), True),
    ],
)
def test_who_is_concerned_is_woken(
    feed: str, tenant_id: TenantId | None, arrival: Arrival, *, is_woken: bool
) -> None:
    watch = a_watch()
    with watch.waiting(feed, tenant_id=tenant_id, caller="me") as waiter:
        watch.announce(feed, [arrival])

        assert waiter.woken.is_set() is is_woken


def test_another_feed_wakes_nobody() -> None:
    watch = a_watch()
    with watch.waiting("registry", tenant_id=None, caller="me") as waiter:
        watch.announce("installs", [Arrival(1, MINE)])

        assert not waiter.woken.is_set()


@pytest.mark.parametrize(("in_all", "per_caller", "other"), [(2, 10, "other"), (10, 2, "me")])
def test_a_place_is_refused_when_all_are_taken_and_given_when_one_is_free(
    in_all: int, per_caller: int, other: str
) -> None:
    watch = a_watch(in_all=in_all, per_caller=per_caller)
    with watch.waiting("registry", tenant_id=None, caller="me"):
        with (
            watch.waiting("registry", tenant_id=None, caller="me"),
            pytest.raises(TooManyFeedWaiters),
            watch.waiting("registry", tenant_id=None, caller=other),
        ):
            pass
        with watch.waiting("registry", tenant_id=None, caller=other) as waiter:
            assert not waiter.woken.is_set()


def test_closing_lets_everybody_go() -> None:
    watch = a_watch()
    with watch.waiting("registry", tenant_id=None, caller="me") as waiter:
        watch.close()

        assert waiter.woken.is_set()
        assert watch.is_closed
