"""The account of one execution: what its debug stream says of it, and what it cost, however it ends."""

from dataclasses import dataclass, replace
from typing import Any, Final

from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.errors import RunnerError
from annex_runner_proxy.domain.execution import Account, Execution, GuestAnswer, Usage
from annex_runner_proxy.domain.host_call import CallScope
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.ports import Accounts, GuestLine, GuestLog
from annex_shared.contracts.debug_lines import PLATFORM
from annex_shared.contracts.execute import ExecuteUsage
from annex_shared.display_text import shown
from annex_shared.errors import code_of

ANSWERED: Final = "ANSWERED"
CANCELLED: Final = "CANCELLED"
INTERNAL: Final = "INTERNAL"
_MEBIBYTE: Final = 1 << 20


class NobodyAccounts:
    """Stands in where nobody wants to hear of executions."""

    def ended(self, account: Account) -> None:
        pass


class NobodyListens:
    """Stands in where nobody wants to read what guests write."""

    def write(self, line: GuestLine) -> None:
        pass


@dataclass(slots=True)
class OpenAccount:
    """An execution under way. ``broker`` is there once the guest can begin."""

    execution: Execution
    install: Install
    guest_log: GuestLog
    accounts: Accounts
    broker: CallBroker | None = None

    def begin(self) -> None:
        self._say("info", f"{self._endpoint()} began")

    def answered(self, answer: GuestAnswer) -> GuestAnswer:
        """Close with an answer; return it with its account."""
        account = self._close(ANSWERED, answer.usage, elsewhere=answer.effects)
        self._say("info", f"{self._endpoint()} answered {answer.status} in {_told(account)}")
        return replace(answer, usage=account.usage, account=account)

    def failed(self, error: RunnerError, *, wall_ms: float) -> None:
        """Close without an answer; the error then says for the caller what the execution cost."""
        code = code_of(type(error))
        told = error.details.get("effects")
        account = self._close(
            code, error.usage or Usage(wall_ms=wall_ms), elsewhere=told if isinstance(told, int) else 0
        )
        self._say("error", f"{self._endpoint()} ended with {code} after {_told(account)}: {_reason(error)}")
        error.details["execution_id"] = str(account.execution_id)
        error.details["effects"] = account.effects
        error.details["usage"] = usage_of(account).model_dump(mode="json", exclude_none=True)

    def broken(self, outcome: str, *, wall_ms: float) -> None:
        """Close after the caller left, or after a fault of ours whose reason is in our logs only."""
        account = self._close(outcome, Usage(wall_ms=wall_ms))
        self._say("error", f"{self._endpoint()} ended with {outcome} after {_told(account)}")

    def _close(self, outcome: str, usage: Usage, *, elsewhere: int = 0) -> Account:
        """Take what our broker counted, or, where another runner ran it, what that one says."""
        scope = None if self.broker is None else self.broker.scope
        execution, install = self.execution, self.install
        account = Account(
            execution_id=execution.execution_id,
            tenant_id=install.tenant_id,
            extension_id=install.extension_id,
            install_id=install.install_id,
            version_id=install.version_id,
            content_hash=install.content_hash,
            endpoint=self._endpoint(),
            trigger=execution.trigger,
            outcome=outcome,
            usage=usage if scope is None else _with_counts(usage, scope),
            effects=elsewhere if scope is None else scope.effects,
            host_calls={} if self.broker is None else dict(self.broker.called),
        )
        self.accounts.ended(account)
        for capability, function in ({} if self.broker is None else self.broker.denied).items():
            self._say("warn", f"{function} was denied: {capability} is not granted")
        return account

    def _endpoint(self) -> str:
        """Name the endpoint; a query may hold what belongs in no log."""
        request = self.execution.request
        return f"{shown(request.method, limit=16)} {shown(request.url.partition('?')[0], limit=200)}"

    def _say(self, level: str, message: str) -> None:
        execution = self.execution
        if self.broker is not None:
            message = self.broker.scope.redacted(message)
        self.guest_log.write(
            GuestLine(self.install, execution.execution_id, execution.request_id, level, PLATFORM, message)
        )


def _with_counts(usage: Usage, scope: CallScope) -> Usage:
    return replace(
        usage,
        host_calls=scope.host_calls,
        log_bytes=scope.log_bytes,
        log_bytes_dropped=usage.log_bytes_dropped + scope.log_bytes_dropped,
        subrequests=scope.subrequests,
        egress_bytes=scope.egress_bytes,
    )


def usage_of(account: Account) -> ExecuteUsage:
    """Write an account for the gateway's record."""
    usage = account.usage
    return ExecuteUsage(
        execution_id=str(account.execution_id),
        tenant_id=str(account.tenant_id),
        extension_id=str(account.extension_id),
        install_id=str(account.install_id),
        version_id=account.version_id,
        content_hash=str(account.content_hash),
        endpoint=account.endpoint,
        trigger=account.trigger,
        outcome=account.outcome,
        effects=account.effects,
        wall_ms=usage.wall_ms,
        cpu_ms=usage.cpu_ms,
        memory_bytes=usage.memory_bytes,
        host_calls=usage.host_calls,
        log_bytes=usage.log_bytes,
        response_bytes=usage.response_bytes,
        log_bytes_dropped=usage.log_bytes_dropped,
        fuel=usage.fuel,
        reused=usage.reused,
        subrequests=usage.subrequests,
        egress_bytes=usage.egress_bytes,
    )


def _reason(error: RunnerError) -> str:
    """Say what a developer needs: our sentence, and what the guest itself said when it stopped."""
    facts: list[Any] = [error.details[name] for name in ("trap", "reason") if name in error.details]
    return " ".join([error.message, *(str(fact) for fact in facts)])


def _told(account: Account) -> str:
    usage = account.usage
    facts = [
        f"{usage.wall_ms:.1f} ms",
        f"cpu {usage.cpu_ms:.1f} ms",
        f"memory {usage.memory_bytes / _MEBIBYTE:.1f} MiB",
        f"{usage.host_calls} host calls",
    ]
    if account.effects:
        facts.append(f"{account.effects} effects")
    return ", ".join(facts)
