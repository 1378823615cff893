from typing import Any

import pytest
from structlog.testing import capture_logs

from annex_runner_proxy.actions.execute import ExecutionPorts, execute
from annex_runner_proxy.actions.host.config import config_functions
from annex_runner_proxy.actions.host.secrets import secrets_functions
from annex_runner_proxy.domain.errors import (
    DeadlineExceeded,
    GuestResponseInvalid,
    GuestTrap,
    VersionWarming,
)
from annex_runner_proxy.domain.execution import Usage
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.domain.ports import HostCalls, Job, RawAnswer
from unit.runner_proxy.fakes import (
    HASH,
    INSTALL,
    MemoryModules,
    MemoryRecords,
    OpenedSecrets,
    ScriptedWorkers,
    an_execution,
    an_install,
)


def _ports(**changes: Any) -> ExecutionPorts:
    fields: dict[str, Any] = {
        "installs": InstallTable(),
        "records": MemoryRecords.of(an_install(config={"a": "1"}, grants=frozenset({"cap:secrets.get"}))),
        "modules": MemoryModules(),
        "workers": ScriptedWorkers(),
        "host_api": {
            **config_functions(),
            **secrets_functions(OpenedSecrets({INSTALL: {"api_key": "value"}})),
        },
        "limits": PlatformLimits(),
        "warm_wait_seconds": 10.0,
        "monotonic": lambda: 100.2,
    }
    return ExecutionPorts(**{**fields, **changes})


async def test_answer_carries_what_the_broker_counted() -> None:
    workers = ScriptedWorkers(
        answer=RawAnswer(201, (("X-A", "b"),), b"body", Usage(wall_ms=3)),
        calls=(("config.get", ("a",)), ("secrets.get", ("api_key",))),
    )

    answer = await execute(an_execution(), ports=_ports(workers=workers))

    assert (answer.status, answer.headers, answer.body) == (201, (("x-a", "b"),), b"body")
    assert (answer.usage.host_calls, answer.usage.response_bytes, answer.usage.wall_ms) == (2, 4, 3)
    assert workers.heard == ["1", ("ok", "value")]


async def test_worker_learns_no_identity_beyond_the_guests_context() -> None:
    workers = ScriptedWorkers()

    await execute(an_execution(), ports=_ports(workers=workers))

    (job,) = workers.jobs
    assert set(job.context) == {"request-id", "tenant-id", "extension-id", "install-id", "version-id"}
    assert "value" not in repr(job)


async def test_deadline_counts_from_the_arrival_of_the_request() -> None:
    workers = ScriptedWorkers()

    await execute(an_execution(started=100.0, timeout_ms=1_000), ports=_ports(workers=workers))

    assert workers.jobs[0].deadline == pytest.approx(101.0)


async def test_version_is_waited_for_within_the_deadline_only() -> None:
    modules = MemoryModules()

    await execute(an_execution(timeout_ms=1_000), ports=_ports(modules=modules))
    await execute(an_execution(timeout_ms=30_000), ports=_ports(modules=modules))

    assert modules.waits == pytest.approx([0.8, 10.0])


async def test_call_whose_time_is_used_up_is_not_begun() -> None:
    workers = ScriptedWorkers()

    with pytest.raises(DeadlineExceeded):
        await execute(an_execution(timeout_ms=100), ports=_ports(workers=workers))

    assert workers.jobs == []


async def test_version_that_is_not_ready_is_not_run() -> None:
    modules = MemoryModules({HASH: VersionWarming("not yet", retry_after_seconds=2)})
    workers = ScriptedWorkers()

    with pytest.raises(VersionWarming):
        await execute(an_execution(), ports=_ports(modules=modules, workers=workers))

    assert workers.jobs == []


async def test_failure_says_how_many_effects_there_were() -> None:
    workers = ScriptedWorkers(failure=GuestTrap("stopped"))

    with pytest.raises(GuestTrap) as failed:
        await execute(an_execution(), ports=_ports(workers=workers))

    assert failed.value.details["effects"] == 0
    assert failed.value.details["execution_id"] == str(an_execution().execution_id)


async def test_answer_that_cannot_be_sent_is_refused() -> None:
    workers = ScriptedWorkers(answer=RawAnswer(99, (), None, Usage()))

    with pytest.raises(GuestResponseInvalid):
        await execute(an_execution(), ports=_ports(workers=workers))


class LoggingGuest:
    """Writes one line and answers."""

    async def run(self, _job: Job, host: HostCalls) -> RawAnswer:
        host.log("warn", "line\x1b[31m of the guest")
        return RawAnswer(200, (), None, Usage())


async def test_line_of_a_guest_is_an_event_with_whose_it_is() -> None:
    with capture_logs() as lines:
        await execute(an_execution(), ports=_ports(workers=LoggingGuest()))

    (line,) = [line for line in lines if line["event"] == "guest_log"]
    assert (line["guest_level"], line["message"]) == ("warn", "line[31m of the guest")
    assert (line["install_id"], line["request_id"]) == (str(INSTALL), "req_1")
    assert {"tenant_id", "extension_id", "execution_id"} <= set(line)
