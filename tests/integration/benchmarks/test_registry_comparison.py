"""The comparison with nobody but Annex in it: its adapter, its rounds and its report do what they say."""

import pytest
from benchmarks.registry.compare import compared
from benchmarks.registry.contest import YARDSTICK, Plan

PLAN = Plan(
    rounds=1,
    publishes=2,
    publishes_at_once=4,
    duplicates=2,
    downloads=2,
    lists=1,
    cell_seconds=30,
    list_sizes=(3, 5),
)


@pytest.mark.long
async def test_annex_alone_goes_through_every_scenario() -> None:
    report = await compared([YARDSTICK], PLAN)

    (annex,) = report.contest.contenders
    answered = {scenario.key: report.rows(scenario)[0].answered for scenario in report.scenarios}
    assert answered == {
        "publish_1": "201",
        "publish_many": "201",
        "duplicate": "409",
        "download": "200",
        "list_3": "200",
        "list_5": "200",
        "unchanged_5": "304",
    }
    assert (len(annex.kept), annex.wrong_bytes, annex.not_found, annex.same_bytes_again) == (22, 0, 0, 409)
