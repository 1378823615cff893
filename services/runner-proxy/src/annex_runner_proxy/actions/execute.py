"""Run one execution: resolve the install, have the version ready, run it under limits, check the answer."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from annex_runner_proxy.actions.account_for import (
    CANCELLED,
    INTERNAL,
    NobodyAccounts,
    NobodyListens,
    OpenAccount,
)
from annex_runner_proxy.actions.require_proof import require_proof
from annex_runner_proxy.actions.resolve_install import resolve_install
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.errors import DeadlineExceeded, ResponseTooLarge, RunnerError
from annex_runner_proxy.domain.execution import Execution, GuestAnswer, Usage
from annex_runner_proxy.domain.guest_answers import check_answer
from annex_runner_proxy.domain.host_call import CallScope, HostApi
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.limit_overrides import LimitOverrides
from annex_runner_proxy.domain.limits import CallLimits, LimitOverride, PlatformLimits
from annex_runner_proxy.domain.ports import (
    Accounts,
    GuestLine,
    GuestLog,
    InstallRecords,
    Job,
    Modules,
    RawAnswer,
    RemoteRunner,
    ReuseTicket,
    Workers,
)
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.version_proofs import VersionProofs


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
    overrides: LimitOverrides = field(default_factory=LimitOverrides)
    blocked: BlockedVersions = field(default_factory=BlockedVersions)
    proofs: VersionProofs = field(default_factory=VersionProofs.off)
    guest_log: GuestLog = field(default_factory=NobodyListens)
    accounts: Accounts = field(default_factory=NobodyAccounts)
    monotonic: Callable[[], float] = time.monotonic
    remote: RemoteRunner | None = None


async def execute(execution: Execution, *, ports: ExecutionPorts) -> GuestAnswer:
    """Return what the guest answered. Raises the errors that name why there is no answer.

    Whatever is raised after the guest began carries the number of its effects, so that a caller knows
    whether a retry repeats anything.
    """
    install = await resolve_install(
        execution, installs=ports.installs, records=ports.records, blocked=ports.blocked
    )
    account = OpenAccount(execution, install, ports.guest_log, ports.accounts)
    account.begin()
    try:
        return account.answered(await _run(execution, install, account, ports=ports))
    except RunnerError as error:
        account.failed(error, wall_ms=_wall_ms(execution, ports))
        raise
    except asyncio.CancelledError:
        account.broken(CANCELLED, wall_ms=_wall_ms(execution, ports))
        raise
    except Exception:
        account.broken(INTERNAL, wall_ms=_wall_ms(execution, ports))
        raise


async def _run(
    execution: Execution, install: Install, account: OpenAccount, *, ports: ExecutionPorts
) -> GuestAnswer:
    override = ports.overrides.of(install)
    limits = _limits(execution, ports.limits, override)
    deadline = execution.started + limits.timeout_ms / 1000
    install = execution.narrowing.of_install(install)
    await require_proof(install, proofs=ports.proofs, wait_seconds=_patience(deadline, ports=ports))
    if ports.remote is not None:
        return await _run_elsewhere(execution, install, limits, deadline, runner=ports.remote)
    wait_seconds = _patience(deadline, ports=ports)
    module_path = await ports.modules.ready(
        execution.content_hash, wait_seconds=wait_seconds, counts_fuel=limits.fuel is not None
    )
    job = _job(execution, install, module_path, limits, deadline)
    if override.reuse is not None:
        job = replace(job, reuse=ReuseTicket(f"{install.install_id}@{install.revision}", override.reuse))
    account.broker = broker = _broker(execution, install, job, ports=ports)
    raw = await ports.workers.run(job, broker)
    return _checked(raw, broker)


def _wall_ms(execution: Execution, ports: ExecutionPorts) -> float:
    return round((ports.monotonic() - execution.started) * 1000, 3)


def _limits(execution: Execution, platform: PlatformLimits, override: LimitOverride) -> CallLimits:
    return platform.narrowed(
        timeout_ms=execution.timeout_ms,
        memory_mb=execution.memory_mb,
        cpu_ms=execution.cpu_ms,
        fuel=execution.fuel,
        override=override,
    )


async def _run_elsewhere(
    execution: Execution, install: Install, limits: CallLimits, deadline: float, *, runner: RemoteRunner
) -> GuestAnswer:
    """Hand the whole execution on; what comes back is checked as if a worker of ours had said it."""
    effects: int | None = None
    try:
        answer = await runner.run(execution, install, limits=limits, deadline=deadline)
        effects = answer.effects
        if len(answer.body or b"") > limits.response_bytes:
            raise ResponseTooLarge(
                f"The extension's answer is over the limit of {limits.response_bytes} bytes.",
                details={"limit": {"kind": "response_bytes", "value": limits.response_bytes}},
            )
        headers = check_answer(answer.status, answer.headers, answer.body)
    except RunnerError as error:
        if effects is not None:
            # It ran: whoever repeats the request repeats these.
            error.details["effects"] = effects
        raise
    return replace(answer, headers=headers)


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
    usage: Usage = replace(raw.usage, response_bytes=len(raw.body or b""))
    return GuestAnswer(raw.status, headers, raw.body, usage, broker.scope.effects)
