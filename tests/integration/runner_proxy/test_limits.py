"""Limits as a caller meets them: published, narrowed by a request, overridden by an operator."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from integration.runner_proxy.platform import Platform, running_platform

INSTALL = str(uuid4())


@pytest.fixture(scope="module")
async def overridden(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a platform that knows one install by name."""
    folder = tmp_path_factory.mktemp("overridden")
    (folder / "overrides.json").write_text(
        json.dumps(
            {
                "installs": {
                    INSTALL: {
                        "limits": {"host_calls": 40, "fuel": 900_000_000},
                        "reuse": {"max_requests": 2, "max_idle_seconds": 30},
                    }
                }
            }
        )
    )
    async with running_platform(
        folder, limit_overrides_file=folder / "overrides.json", workers=1, max_cpu_ms=300
    ) as platform:
        yield platform


async def test_limits_are_published_to_everybody(overridden: Platform) -> None:
    async with overridden.client.session.get(
        f"{overridden.client.base_url}/.well-known/limits.json"
    ) as answer:
        limits = {limit["name"]: limit for limit in (await answer.json())["limits"]}

    assert answer.status == 200
    assert (limits["cpu_ms"]["ceiling"], limits["cpu_ms"]["code"]) == (300, "CPU_LIMIT_EXCEEDED")
    assert limits["subrequests"]["default"] == 50


async def test_processor_time_of_a_call_ends_with_its_own_code(overridden: Platform) -> None:
    answer = await overridden.execute(overridden.install("loop_forever"), limits={"cpu_ms": 60_000})

    assert (answer.status, answer.json()["code"]) == (502, "CPU_LIMIT_EXCEEDED")
    assert answer.json()["details"]["limit"] == {"kind": "cpu_ms", "value": 300}


async def test_fuel_is_counted_for_the_call_that_asks_and_compiled_for_it_once(overridden: Platform) -> None:
    record = overridden.install("rp_counts_to_a_million")

    plain = await overridden.execute(record)
    counted = await overridden.execute(record, limits={"fuel": 100_000_000})
    exhausted = await overridden.execute(record, limits={"fuel": 1_000})
    again = await overridden.execute(record, limits={"fuel": 50_000_000})

    assert plain.json()["usage"]["fuel"] is None
    assert again.json()["usage"]["fuel"] == counted.json()["usage"]["fuel"] > 1_000_000
    assert (exhausted.status, exhausted.json()["code"]) == (502, "FUEL_EXHAUSTED")
    assert overridden.registry.bundle_requests.count(record.content_hash) == 2


async def test_operators_word_about_an_install_is_its_limit(overridden: Platform) -> None:
    guest = "loop_on_host_call"
    known, other = overridden.install(guest, install_id=INSTALL), overridden.install(guest)

    mine = await overridden.execute(known)
    theirs = await overridden.execute(other)

    assert mine.json()["details"]["limit"] == {"kind": "host_calls", "value": 40}
    assert theirs.json()["details"]["limit"] == {"kind": "host_calls", "value": 5_000}


async def test_limits_of_the_registrys_record_go_before_the_file_and_within_the_ceiling(
    overridden: Platform,
) -> None:
    known = overridden.install(
        "loop_on_host_call", install_id=INSTALL, revision=5, limits={"host_calls": 30, "unknown": 1}
    )
    other = overridden.install("loop_forever", limits={"cpu_ms": 60_000})

    mine = await overridden.execute(known, headers={"x-ext-config-version": "2"})
    theirs = await overridden.execute(other)

    assert mine.json()["details"]["limit"] == {"kind": "host_calls", "value": 30}
    assert theirs.json()["details"]["limit"] == {"kind": "cpu_ms", "value": 300}


async def test_instance_is_kept_for_the_install_it_was_asked_for(overridden: Platform) -> None:
    known = overridden.install("rp_counts_calls", install_id=INSTALL, revision=7, config_version=3)
    other = overridden.install("rp_counts_calls")

    answers = [(await overridden.execute(known)).json() for _ in range(3)]
    theirs = [(await overridden.execute(other)).json() for _ in range(2)]

    assert [answer["status"] for answer in answers] == [201, 202, 201]
    assert [answer["usage"]["reused"] for answer in answers] == [False, True, False]
    assert [answer["status"] for answer in theirs] == [201, 201]
