from annex_gateway.domain.refusal_budget import RefusalBudget
from annex_shared.ids import TenantId
from unit.gateway.builders import OTHER_TENANT, TENANT, uuid


def test_a_tenants_refusals_are_cut_and_others_are_not() -> None:
    budget = RefusalBudget(per_second=2, burst=3)

    assert [budget.take(TENANT, at=0) for _ in range(5)] == [True, True, True, False, False]
    assert budget.take(OTHER_TENANT, at=0)


def test_a_budget_fills_up_again_and_no_further_than_its_burst() -> None:
    budget = RefusalBudget(per_second=2, burst=3)
    for _ in range(3):
        budget.take(TENANT, at=0)

    assert [budget.take(TENANT, at=0.5), budget.take(TENANT, at=0.5)] == [True, False]
    assert [budget.take(TENANT, at=100) for _ in range(4)] == [True, True, True, False]


def test_any_number_of_tenants_takes_bounded_memory() -> None:
    budget = RefusalBudget(burst=1)

    for number in range(10_050):
        assert budget.take(TenantId(uuid(number)), at=0)

    # Those of the beginning were forgotten, and may again.
    assert budget.take(TenantId(uuid(0)), at=0)
    assert not budget.take(TenantId(uuid(10_049)), at=0)
