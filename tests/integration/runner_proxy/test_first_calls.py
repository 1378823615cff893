"""First calls, after a deploy and after a worker was killed: nothing is compiled, a warm spare takes them."""

import os
import re
import signal
from collections.abc import AsyncIterator

import pytest

from integration.runner_proxy.platform import Platform, running_platform
from integration.runner_proxy.workers import children_of, until


@pytest.fixture
def others() -> set[int]:
    """Child processes that were there before the test."""
    return children_of(os.getpid())


@pytest.fixture
async def spared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    folder = tmp_path_factory.mktemp("first-calls")
    async with running_platform(folder, workers=1, spare_workers=1) as platform:
        yield platform


async def _figure(platform: Platform, name: str) -> float:
    shown = await platform.client.request("GET", "/metrics")
    found = re.search(rf"^{name} (\S+)$", shown.body.decode(), re.MULTILINE)
    assert found is not None, name
    return float(found[1])


async def test_no_compiler_runs_in_the_first_call_after_a_deploy(spared: Platform) -> None:
    record = spared.install("ok")
    await spared.warm_up(record, wait_ms=30_000)
    compiled = await _figure(spared, "annex_runner_compile_duration_seconds_count")

    answer = await spared.execute(record)

    assert answer.json()["status"] == 200
    assert compiled == 1
    assert await _figure(spared, "annex_runner_compile_duration_seconds_count") == compiled


async def test_a_warm_spare_takes_the_first_call_after_a_worker_was_killed(
    others: set[int], spared: Platform
) -> None:
    record = spared.install("ok")
    await spared.warm_up(record, wait_ms=30_000)
    await spared.execute(record)
    before = children_of(os.getpid()) - others
    compiled = await _figure(spared, "annex_runner_compile_duration_seconds_count")
    # The older of the two took the first call.
    os.kill(min(before), signal.SIGKILL)

    answer = await spared.execute(record)
    await until(lambda: len(children_of(os.getpid()) - others) >= len(before))

    assert answer.json()["status"] == 200
    assert await _figure(spared, "annex_runner_compile_duration_seconds_count") == compiled
    assert max(before) in children_of(os.getpid())
