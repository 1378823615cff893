from uuid import UUID

import pytest

from annex_runner_proxy.domain.restraint import Restraint
from annex_shared.ids import TenantId

A, B = (TenantId(UUID(int=number)) for number in (1, 2))


def _restraint() -> Restraint:
    return Restraint(after=2, seconds=10)


def test_one_worker_ended_is_forgiven() -> None:
    restraint = _restraint()

    restraint.ended_a_worker(A, now=100)

    assert not restraint.holds(A, now=100)


def test_a_tenant_that_ends_workers_again_is_restrained_and_no_other() -> None:
    restraint = _restraint()

    for now in (100, 105):
        restraint.ended_a_worker(A, now=now)

    assert restraint.holds(A, now=106)
    assert not restraint.holds(B, now=106)


def test_restraint_ends_when_the_tenant_has_been_quiet() -> None:
    restraint = _restraint()
    for now in (100, 105):
        restraint.ended_a_worker(A, now=now)

    held = [restraint.holds(A, now=now) for now in (110, 111, 116)]

    assert held == [True, False, False]


def test_workers_ended_far_apart_restrain_nobody() -> None:
    restraint = _restraint()

    for now in (100, 120, 140):
        restraint.ended_a_worker(A, now=now)

    assert not restraint.holds(A, now=140)


def test_what_is_remembered_is_bounded() -> None:
    restraint = _restraint()
    tenants = [TenantId(UUID(int=number)) for number in range(20_000)]

    for tenant in tenants:
        for _ in range(2):
            restraint.ended_a_worker(tenant, now=100)

    assert not restraint.holds(tenants[0], now=100)
    assert restraint.holds(tenants[-1], now=100)


@pytest.mark.parametrize(
    ("running", "alive", "may"),
    [(0, 3, True), (0, 2, True), (0, 1, False), (1, 3, False), (2, 3, False)],
)
def test_of_two_workers_and_a_spare_one_is_left_to_others(running: int, alive: int, *, may: bool) -> None:
    assert _restraint().leaves_enough(running=running, alive=alive, size=2, spares=1) is may


@pytest.mark.parametrize(("size", "spares", "alive"), [(1, 0, 1), (1, 1, 2), (2, 0, 2)])
def test_whoever_is_restrained_runs_on_an_idle_pool_of_any_size(size: int, spares: int, alive: int) -> None:
    assert _restraint().leaves_enough(running=0, alive=alive, size=size, spares=spares)
