"""One worker: starts it, gives it one call at a time, answers its host calls, and notices its end."""

import asyncio
import itertools
import re
import socket
from dataclasses import dataclass
from typing import Any, Final

import structlog

from annex_runner_proxy.adapters.sandbox_process import SandboxProcess
from annex_runner_proxy.adapters.worker_failures import failure_of
from annex_runner_proxy.adapters.worker_link import LinkLost, WorkerLink
from annex_runner_proxy.domain.errors import (
    DeadlineExceeded,
    HostCallLimitExceeded,
    HostFunctionUnavailable,
    MemoryLimitExceeded,
    RunnerError,
    SubrequestLimitExceeded,
    WorkerCrashed,
    WorkerFault,
)
from annex_runner_proxy.domain.execution import Usage
from annex_runner_proxy.domain.ports import HostCalls, Job, RawAnswer, ReuseTicket
from annex_runner_proxy.sandbox.frames import Message
from annex_runner_proxy.sandbox.messages import HOST_ALLOWANCE_BYTES, Failure, FromWorker, ToWorker

_MODULE: Final = "annex_runner_proxy.sandbox.worker"
_START_SECONDS: Final = 20.0
# The worker ends an overdue call itself; one that cannot is ended with its process after this.
_GRACE_SECONDS: Final = 0.25
# The engine's last words. It allocates a table in one piece, and no other thing as large as these.
_REFUSED_ALLOCATION: Final = re.compile(r"memory allocation of (\d+) bytes failed")
_call_ids = itertools.count(1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """What a worker says of itself before it has seen any guest."""

    fingerprint: str
    isolation: dict[str, Any]

    @property
    def level(self) -> str:
        return str(self.isolation["level"])


class CallNotBegun(Exception):
    """The worker ended before it had read the call; nothing was run, and another may run it."""


class WorkerProcess:
    """A started worker. Whoever runs a call must look at ``is_sound`` before giving it another."""

    def __init__(self, process: SandboxProcess, link: WorkerLink, facts: WorkerFacts) -> None:
        self.facts = facts
        self.calls = 0
        # What it held in memory before its last call began, code and other shared files left out.
        self.resident_bytes = 0
        self.started = asyncio.get_running_loop().time()
        self.is_sound = True
        self._process = process
        self._link = link

    @classmethod
    async def start(
        cls, *, module_root: str, data_bytes: int, allocator: str = "on-demand"
    ) -> "WorkerProcess":
        """Start a worker and wait until it has confined itself. Raises WorkerFault."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            process = await SandboxProcess.start(_MODULE, descriptors=[theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        _, link = await asyncio.get_running_loop().create_unix_connection(WorkerLink, sock=ours)
        try:
            link.send(
                {
                    "kind": ToWorker.START,
                    "module_root": module_root,
                    "data_bytes": data_bytes,
                    "allocator": allocator,
                }
            )
            async with asyncio.timeout(_START_SECONDS):
                ready = await link.receive()
        except BaseException as error:
            process.kill()
            link.close()
            await process.ended()
            if isinstance(error, LinkLost | TimeoutError):
                raise WorkerFault(
                    "A sandbox process could not be started.", details={"stderr": process.stderr_tail}
                ) from None
            raise
        return cls(process, link, WorkerFacts(ready["fingerprint"], ready["isolation"]))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.has_ended

    async def run(self, job: Job, host: HostCalls) -> RawAnswer:
        """Run one call. Raises an error of ``domain.errors``, or CallNotBegun.

        Then ``is_sound`` says if the worker may run another.
        """
        call_id = next(_call_ids)
        self.calls += 1
        received = self._link.received
        answered = False
        try:
            async with asyncio.timeout_at(job.deadline + _GRACE_SECONDS):
                self._link.send(_call(call_id, job))
                answer = await self._converse(call_id, host)
            answered = True
        except TimeoutError:
            raise DeadlineExceeded(
                "The extension did not answer in time and was stopped.",
                details={"limit": {"kind": "wall_ms", "value": job.limits.timeout_ms}},
            ) from None
        except LinkLost as lost:
            # What asked the host or wrote a line had begun, whatever it left unread.
            if lost.left_unread and self._link.received == received:
                raise CallNotBegun from None
            raise await self._crash(job) from None
        finally:
            self.is_sound = self.is_sound and answered
        return self._read(answer, job)

    def kill(self) -> None:
        self.is_sound = False
        self._link.close()
        self._process.kill()

    async def ended(self) -> int:
        return await self._process.ended()

    async def _converse(self, call_id: int, host: HostCalls) -> Message:
        while True:
            message = await self._link.receive()
            if message.get("call_id") != call_id:
                # Left over from a call that is over; it belongs to nobody now.
                continue
            match message["kind"]:
                case FromWorker.HOST_CALL:
                    self._link.send(await _host_answer(message, host))
                case FromWorker.LOG:
                    host.log(str(message["level"]), str(message["message"]), str(message["stream"]))
                case FromWorker.ANSWER | FromWorker.FAILED:
                    return message
                case _:
                    raise LinkLost

    def _read(self, message: Message, job: Job) -> RawAnswer:
        try:
            # The watch's last word comes from a process that measures nothing any more.
            self.resident_bytes = int(message["usage"].get("resident_bytes", self.resident_bytes))
            if message["kind"] == FromWorker.FAILED:
                failure = Failure(message["code"])
                self.is_sound = failure not in _UNSOUND_AFTER
                error = failure_of(failure, str(message["detail"]), job.limits)
                # A last word, said while the process dies, has no figures.
                error.usage = _usage(message["usage"]) if message.get("usage") else None
                raise error
            return _raw_answer(message)
        except (KeyError, TypeError, ValueError):
            # A worker that sends such a message is not running our program any more.
            self.is_sound = False
            raise WorkerFault("The sandbox sent what makes no sense; the fault is ours.") from None

    async def _crash(self, job: Job) -> RunnerError:
        self._process.kill()
        code = await self._process.ended()
        tail = self._process.stderr_tail
        log.error("worker_crashed", exit_code=code, stderr=tail)
        refused = _REFUSED_ALLOCATION.search(tail)
        if refused is not None and int(refused[1]) > HOST_ALLOWANCE_BYTES:
            return failure_of(Failure.TABLE_LIMIT_EXCEEDED, "", job.limits)
        if refused is not None or "MemoryError" in tail:
            return MemoryLimitExceeded("The extension took more memory than a worker may have.")
        return WorkerCrashed(
            "The process that ran the extension ended. Other calls are not affected.",
            details={"exit_code": code},
        )


# After these the process may hold what the call left behind, or its end was not the guest's alone.
_UNSOUND_AFTER: Final = frozenset(
    {
        Failure.DEADLINE_EXCEEDED,
        Failure.CPU_LIMIT_EXCEEDED,
        Failure.MEMORY_LIMIT_EXCEEDED,
        Failure.TABLE_LIMIT_EXCEEDED,
        Failure.WORKER_FAULT,
    }
)


async def _host_answer(message: Message, host: HostCalls) -> Message:
    reply: Message = {
        "kind": ToWorker.HOST_ANSWER,
        "call_id": message["call_id"],
        "sequence": message["sequence"],
    }
    try:
        value = await host.answer(str(message["function"]), list(message["arguments"]))
    except HostCallLimitExceeded:
        return {**reply, "refused": Failure.HOST_CALL_LIMIT_EXCEEDED}
    except SubrequestLimitExceeded as error:
        return {**reply, "refused": Failure.SUBREQUEST_LIMIT_EXCEEDED, "detail": error.kind}
    except HostFunctionUnavailable:
        return {**reply, "refused": Failure.HOST_FUNCTION_UNAVAILABLE}
    return {**reply, "value": value}


def _call(call_id: int, job: Job) -> Message:
    request = job.request
    return {
        "kind": ToWorker.CALL,
        "call_id": call_id,
        "module": job.module_path,
        "remaining_ms": max(0.0, (job.deadline - asyncio.get_running_loop().time()) * 1000),
        "cpu_ms": job.limits.cpu_ms,
        "memory_bytes": job.limits.memory_bytes,
        "table_elements": job.limits.table_elements,
        "fuel": job.limits.fuel,
        "reuse": _reuse(job.reuse),
        "response_bytes": job.limits.response_bytes,
        "log_bytes": job.limits.log_bytes,
        "host_calls": job.limits.host_calls,
        "request": {
            "context": dict(job.context),
            "http": {
                "method": request.method,
                "url": request.url,
                "headers": [{"name": name, "value": value} for name, value in request.headers],
                "body": request.body,
            },
        },
    }


def _reuse(ticket: ReuseTicket | None) -> Message | None:
    if ticket is None:
        return None
    return {
        "key": ticket.key,
        "max_requests": ticket.terms.max_requests,
        "max_idle_seconds": ticket.terms.max_idle_seconds,
    }


def _raw_answer(message: Message) -> RawAnswer:
    body = message["body"]
    if body is not None and not isinstance(body, bytes):
        raise TypeError("body")
    return RawAnswer(
        status=int(message["status"]),
        headers=tuple((str(name), str(value)) for name, value in message["headers"]),
        body=body,
        usage=_usage(message["usage"]),
    )


def _usage(message: dict[str, Any]) -> Usage:
    return Usage(
        wall_ms=round(float(message["wall_ms"]), 3),
        cpu_ms=round(float(message["cpu_ms"]), 3),
        memory_bytes=int(message["memory_bytes"]),
        log_bytes_dropped=int(message["log_bytes_dropped"]),
        fuel=None if message["fuel"] is None else int(message["fuel"]),
        reused=bool(message["reused"]),
    )
