"""The broker of one call: knows whose call it is, checks grants, spends the budget, counts effects."""

from collections import Counter
from collections.abc import Callable, Sequence
from inspect import isawaitable
from typing import Any, Final

from annex_runner_proxy.domain.errors import HostCallLimitExceeded, HostFunctionUnavailable
from annex_runner_proxy.domain.host_call import CallScope, HostApi

LOG_EMIT: Final = "cap:log.emit"
# How calls are counted that have no row in the table of functions.
LOG_FUNCTION: Final = "logging.log"
UNKNOWN_FUNCTION: Final = "unknown"
# Level, stream, text.
WriteLog = Callable[[str, str, str], None]


class CallBroker:
    """Answers the host calls of one execution; a worker's word on whose call it is counts for nothing."""

    def __init__(self, scope: CallScope, api: HostApi, *, write_log: WriteLog) -> None:
        self.scope = scope
        self._api = api
        self._write_log = write_log
        # By function; names come from our own table, so there are few.
        self.called: Counter[str] = Counter()
        # Capabilities that were needed and are not granted, each with the function that needed it first.
        self.denied: dict[str, str] = {}

    async def answer(self, function: str, arguments: Sequence[Any]) -> Any:
        """Answer one host call. Raises HostCallLimitExceeded or HostFunctionUnavailable."""
        self._spend_call()
        offered = self._api.get(function)
        if offered is None:
            self.called[UNKNOWN_FUNCTION] += 1
            raise HostFunctionUnavailable(f"{function} is not offered.", details={"function": function})
        self.called[function] += 1
        if offered.capability is not None and not self.scope.install.may(offered.capability):
            self.denied.setdefault(offered.capability, function)
            return offered.denied
        try:
            result = offered.answer(self.scope, *arguments)
            return await result if isawaitable(result) else result
        except (AttributeError, KeyError, TypeError) as error:
            # A component brings the types of its imports along, and nothing holds them to ours.
            raise HostFunctionUnavailable(
                f"{function} is not offered with these types.",
                details={"function": function, "reason": type(error).__name__},
            ) from error

    def log(self, level: str, message: str, stream: str = "log") -> None:
        """Pass on a line of the guest's; beyond the budget, or without the grant, it is dropped."""
        scope = self.scope
        scope.host_calls += 1
        self.called[LOG_FUNCTION] += stream == "log"
        size_bytes = len(message.encode("utf-8", "replace"))
        if not scope.install.may(LOG_EMIT) or scope.log_bytes + size_bytes > scope.limits.log_bytes:
            scope.log_bytes_dropped += size_bytes
            return
        scope.log_bytes += size_bytes
        self._write_log(level, stream, scope.redacted(message))

    def _spend_call(self) -> None:
        self.scope.host_calls += 1
        limit = self.scope.limits.host_calls
        if self.scope.host_calls > limit:
            raise HostCallLimitExceeded(
                f"One call may call the host {limit} times.", details={"limit": limit}
            )
