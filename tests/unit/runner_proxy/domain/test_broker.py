from dataclasses import dataclass, field
from typing import Any

import pytest

from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.errors import HostCallLimitExceeded, HostFunctionUnavailable
from annex_runner_proxy.domain.host_call import CallScope, HostFunction
from unit.runner_proxy.fakes import a_scope


@dataclass(slots=True)
class Around:
    """A broker, a host function of each kind, and what was done with them."""

    asked: list[Any] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def open(self, scope: CallScope, key: str) -> str:
        self.asked.append((scope.install.install_id, key))
        return f"value of {key}"

    async def guarded(self, scope: CallScope, key: str) -> tuple[str, str]:
        scope.count_effect()
        return "ok", self.open(scope, key)

    def broker(self, **scope: Any) -> CallBroker:
        api = {
            "open.get": HostFunction(self.open),
            "guarded.put": HostFunction(self.guarded, "cap:guarded", denied=("err", "denied")),
        }
        return CallBroker(a_scope(**scope), api, write_log=lambda *line: self.lines.append(line))


async def test_function_is_given_the_call_it_serves() -> None:
    around = Around()
    broker = around.broker()

    assert await broker.answer("open.get", ["a"]) == "value of a"
    assert around.asked == [(broker.scope.install.install_id, "a")]


async def test_without_the_grant_the_function_is_not_reached() -> None:
    around = Around()

    assert await around.broker().answer("guarded.put", ["a"]) == ("err", "denied")
    assert around.asked == []


async def test_with_the_grant_it_is_and_its_effect_is_counted() -> None:
    broker = Around().broker(grants={"cap:guarded"})

    assert await broker.answer("guarded.put", ["a"]) == ("ok", "value of a")
    assert (broker.scope.effects, broker.scope.host_calls) == (1, 1)


async def test_function_nobody_offers_is_unavailable() -> None:
    with pytest.raises(HostFunctionUnavailable) as refused:
        await Around().broker().answer("storage.get", ["notes", "first"])

    assert refused.value.details == {"function": "storage.get"}


async def test_function_imported_with_other_types_is_unavailable() -> None:
    with pytest.raises(HostFunctionUnavailable) as refused:
        await Around().broker().answer("open.get", ["a", "b"])

    assert refused.value.details == {"function": "open.get", "reason": "TypeError"}


async def test_host_calls_beyond_the_budget_are_refused() -> None:
    around = Around()
    broker = around.broker(host_calls=2)
    await broker.answer("open.get", ["a"])
    await broker.answer("open.get", ["b"])

    with pytest.raises(HostCallLimitExceeded):
        await broker.answer("open.get", ["c"])
    assert len(around.asked) == 2


def test_lines_are_counted_in_bytes_and_dropped_beyond_the_budget() -> None:
    around = Around()
    broker = around.broker(log_bytes=8)

    for line in ("ååå", "abc", "ab"):
        broker.log("info", line)

    assert around.lines == [("info", "log", "ååå"), ("info", "log", "ab")]
    assert (broker.scope.log_bytes, broker.scope.host_calls) == (8, 3)


def test_opened_secret_is_blanked_out_of_lines() -> None:
    around = Around()
    broker = around.broker(opened_secrets={"api_key": "s3cret-value", "short": "abc"})

    broker.log("warn", "sent s3cret-value and abc", "stderr")

    assert around.lines == [("warn", "stderr", "sent [secret] and abc")]


@pytest.mark.parametrize(("now", "remaining"), [(100.0, 1.0), (100.75, 0.25), (102.0, 0.0)])
def test_a_call_has_what_is_left_until_its_deadline(now: float, remaining: float) -> None:
    assert a_scope(deadline=101.0, monotonic=lambda: now).remaining_seconds() == remaining
