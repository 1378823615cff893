"""Run one execution: resolve the install, have the version ready, run it under limits, check the answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from annex_runner_proxy.actions.require_proof import require_proof
from annex_runner_proxy.actions.resolve_install import resolve_install
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.errors import DeadlineExceeded, RunnerError
from annex_runner_proxy.domain.execution import Execution, GuestAnswer, Usage
from annex_runner_proxy.domain.guest_answers import check_answer
from annex_runner_proxy.domain.host_call import CallScope, HostApi
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.limits import CallLimits, PlatformLimits
from annex_runner_proxy.domain.ports import (
    GuestLine,
    GuestLog,
    InstallRecords,
    Job,
    Modules,
    RawAnswer,
    Workers,
)
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.display_text import shown
from annex_shared.version_proofs import VersionProofs

_SHOWN_LOG_LINE = 8192

log = structlog.get_logger()


class LoggedLines:
    """Guests' lines among the service's own, with the ids that join them to a call."""

    def write(self, line: GuestLine) -> None:
        log.info(
            "guest_log",
            guest_level=line.level,
            stream=line.stream,
            message=shown(line.message, limit=_SHOWN_LOG_LINE),
            tenant_id=str(line.install.tenant_id),
            extension_id=str(line.install.extension_id),
            install_id=str(line.install.install_id),
            execution_id=str(line.execution_id),
            request_id=line.request_id,
        )


@dataclass(frozen=True, slots=True)
class ExecutionPorts:
    """What an execution needs around it."""

    installs: InstallTable
    records: InstallRecords
    modules: Modules
    workers: Workers
    host_api: HostApi
    limits: PlatformLimits
    warm_wait_seconds: float
    blocked: BlockedVersions = field(default_factory=BlockedVersions)
    proofs: VersionProofs = field(default_factory=VersionProofs.off)
    guest_log: GuestLog = field(default_factory=LoggedLines)
    monotonic: Callable[[], float] = time.monotonic


async def execute(execution: Execution, *, ports: ExecutionPorts) -> GuestAnswer:
    """Return what the guest answered. Raises the errors that name why there is no answer.

    Whatever is raised after the guest began carries the number of its effects, so that a caller knows
    whether a retry repeats anything.
    """
    limits = ports.limits.narrowed(timeout_ms=execution.timeout_ms, memory_mb=execution.memory_mb)
    deadline = execution.started + limits.timeout_ms / 1000
    install = await resolve_install(
        execution, installs=ports.installs, records=ports.records, blocked=ports.blocked
    )
    await require_proof(install, proofs=ports.proofs, wait_seconds=_patience(deadline, ports=ports))
    wait_seconds = _patience(deadline, ports=ports)
    module_path = await ports.modules.ready(execution.content_hash, wait_seconds=wait_seconds)
    job = _job(execution, install, module_path, limits, deadline)
    broker = _broker(execution, install, job, ports=ports)
    try:
        raw = await ports.workers.run(job, broker)
        return _checked(raw, broker)
    except RunnerError as error:
        error.details.update({"execution_id": str(execution.execution_id), "effects": broker.scope.effects})
        raise


def _patience(deadline: float, *, ports: ExecutionPorts) -> float:
    """Say how long a call waits for a version that is made ready, never past the request's deadline."""
    remaining = deadline - ports.monotonic()
    if remaining <= 0:
        raise DeadlineExceeded("The time of the call was used up before it began.")
    return min(remaining, ports.warm_wait_seconds)


def _job(
    execution: Execution, install: Install, module_path: str, limits: CallLimits, deadline: float
) -> Job:
    context: Mapping[str, str | None] = {
        "request-id": execution.request_id,
        "tenant-id": str(install.tenant_id),
        "extension-id": str(install.extension_id),
        "install-id": str(install.install_id),
        "version-id": install.version_id,
    }
    return Job(
        content_hash=install.content_hash,
        module_path=module_path,
        tenant_id=install.tenant_id,
        context=context,
        request=execution.request,
        limits=limits,
        deadline=deadline,
    )


def _broker(execution: Execution, install: Install, job: Job, *, ports: ExecutionPorts) -> CallBroker:
    scope = CallScope(
        install,
        execution_id=execution.execution_id,
        request_id=execution.request_id,
        context=job.context,
        limits=job.limits,
        deadline=job.deadline,
        user=execution.user,
        trigger=execution.trigger,
        monotonic=ports.monotonic,
    )

    def write_log(level: str, stream: str, message: str) -> None:
        ports.guest_log.write(
            GuestLine(install, execution.execution_id, execution.request_id, level, stream, message)
        )

    return CallBroker(scope, ports.host_api, write_log=write_log)


def _checked(raw: RawAnswer, broker: CallBroker) -> GuestAnswer:
    headers = check_answer(raw.status, raw.headers, raw.body)
    usage: Usage = replace(
        raw.usage,
        host_calls=broker.scope.host_calls,
        log_bytes=broker.scope.log_bytes,
        response_bytes=len(raw.body or b""),
        subrequests=broker.scope.subrequests,
        egress_bytes=broker.scope.egress_bytes,
    )
    return GuestAnswer(raw.status, headers, raw.body, usage, broker.scope.effects)
