"""The broker of one call: knows whose call it is, checks grants, spends the budget, counts effects."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, Final

from annex_runner_proxy.domain.errors import HostCallLimitExceeded, HostFunctionUnavailable
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import CallLimits
from annex_shared.errors import AnnexError

SECRETS_GET: Final = "cap:secrets.get"
LOG_EMIT: Final = "cap:log.emit"
_REDACTED: Final = "[secret]"
# Shorter values would blank out ordinary words.
_SHORTEST_REDACTED: Final = 6
# The value under its name, or nothing; and the names there are.
OpenSecret = Callable[[str], Awaitable[Mapping[str, str]]]
SecretNames = Callable[[], list[str]]
WriteLog = Callable[[str, str], None]
NoteFault = Callable[[str, AnnexError], None]


class CallBroker:
    """Answers host calls in the shape the guest's types have: a result is ``(ok|err, value)``.

    ``effects`` counts calls that changed something outside the sandbox; none of these functions does.
    """

    def __init__(
        self,
        install: Install,
        *,
        context: Mapping[str, str | None],
        limits: CallLimits,
        open_secret: OpenSecret,
        secret_names: SecretNames,
        write_log: WriteLog,
        note_fault: NoteFault,
    ) -> None:
        self.effects = 0
        self.host_calls = 0
        self.log_bytes = 0
        self.log_bytes_dropped = 0
        self._install = install
        self._limits = limits
        self._open_secret = open_secret
        self._known_names = secret_names
        self._write_log = write_log
        self._note_fault = note_fault
        self._opened: dict[str, str] = {}
        self._functions: dict[str, Callable[..., Any]] = {
            "context.get-context": lambda: dict(context),
            "config.get": install.config.get,
            "config.list-keys": lambda: sorted(install.config),
            "secrets.get": self._secret,
            "secrets.list-keys": self._secret_names,
        }

    async def answer(self, function: str, arguments: Sequence[Any]) -> Any:
        """Answer one host call. Raises HostCallLimitExceeded or HostFunctionUnavailable."""
        self._spend_call()
        answer = self._functions.get(function)
        if answer is None:
            raise HostFunctionUnavailable(f"{function} is not offered.", details={"function": function})
        result = answer(*arguments)
        return await result if isawaitable(result) else result

    def log(self, level: str, message: str) -> None:
        """Pass on a line of the guest's; beyond the budget, or without the grant, it is dropped."""
        self.host_calls += 1
        size_bytes = len(message.encode("utf-8", "replace"))
        if not self._install.may(LOG_EMIT) or self.log_bytes + size_bytes > self._limits.log_bytes:
            self.log_bytes_dropped += size_bytes
            return
        self.log_bytes += size_bytes
        self._write_log(level, self._redacted(message))

    def _spend_call(self) -> None:
        self.host_calls += 1
        if self.host_calls > self._limits.host_calls:
            raise HostCallLimitExceeded(
                f"One call may call the host {self._limits.host_calls} times.",
                details={"limit": self._limits.host_calls},
            )

    async def _secret(self, name: str) -> tuple[str, str]:
        if not self._install.may(SECRETS_GET):
            return "err", "denied"
        if name not in self._opened:
            try:
                # Once per call and name; the guest learns only that it failed, the operator why.
                self._opened.update(await self._open_secret(name))
            except AnnexError as error:
                self._note_fault("secrets_not_opened", error)
                return "err", "internal"
        return ("ok", self._opened[name]) if name in self._opened else ("err", "missing")

    def _secret_names(self) -> list[str]:
        return self._known_names() if self._install.may(SECRETS_GET) else []

    def _redacted(self, message: str) -> str:
        for value in self._opened.values():
            if len(value) >= _SHORTEST_REDACTED:
                message = message.replace(value, _REDACTED)
        return message
