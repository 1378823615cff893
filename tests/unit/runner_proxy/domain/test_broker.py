from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.errors import HostCallLimitExceeded, HostFunctionUnavailable
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_shared.errors import AnnexError
from annex_shared.secret_envelope import SecretsCorrupt
from unit.runner_proxy.fakes import an_install

GRANTED = frozenset({"cap:secrets.get"})


@dataclass(slots=True)
class Around:
    """What the broker reaches for, and what it said."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    fault: AnnexError | None = None
    opened: int = 0
    lines: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def open(self, name: str) -> Mapping[str, str]:
        self.opened += 1
        if self.fault is not None:
            raise self.fault
        return {name: self.secrets[name]} if name in self.secrets else {}

    def names(self) -> list[str]:
        return sorted(self.secrets)

    def write(self, level: str, message: str) -> None:
        self.lines.append((level, message))

    def note(self, event: str, _error: AnnexError) -> None:
        self.faults.append(event)


def _broker(
    around: Around | None = None, *, host_calls: int = 10, log_bytes: int = 100, **install: Any
) -> CallBroker:
    around = around or Around()
    return CallBroker(
        an_install(**install),
        context={"tenant-id": "tenant-1"},
        limits=PlatformLimits(host_calls=host_calls, log_bytes=log_bytes).narrowed(
            timeout_ms=None, memory_mb=None
        ),
        open_secret=around.open,
        secret_names=around.names,
        write_log=around.write,
        note_fault=around.note,
    )


async def test_context_is_that_of_the_call() -> None:
    assert await _broker().answer("context.get-context", []) == {"tenant-id": "tenant-1"}


async def test_config_needs_no_grant() -> None:
    broker = _broker(config={"b": "2", "a": "1"})

    assert await broker.answer("config.get", ["a"]) == "1"
    assert await broker.answer("config.get", ["c"]) is None
    assert await broker.answer("config.list-keys", []) == ["a", "b"]


async def test_secret_is_opened_once_per_call() -> None:
    around = Around({"api_key": "value"})
    broker = _broker(around, grants=GRANTED)

    answers = [await broker.answer("secrets.get", ["api_key"]) for _ in range(3)]

    assert answers == [("ok", "value")] * 3
    assert around.opened == 1


async def test_secret_without_grant_is_denied_and_stays_sealed() -> None:
    around = Around({"api_key": "value"})

    answer = await _broker(around).answer("secrets.get", ["api_key"])

    assert answer == ("err", "denied")
    assert around.opened == 0


async def test_unknown_secret_is_missing() -> None:
    assert await _broker(Around({}), grants=GRANTED).answer("secrets.get", ["x"]) == ("err", "missing")


async def test_envelope_that_cannot_be_opened_is_told_to_the_operator_only() -> None:
    around = Around(fault=SecretsCorrupt("changed"))

    answer = await _broker(around, grants=GRANTED).answer("secrets.get", ["api_key"])

    assert answer == ("err", "internal")
    assert around.faults == ["secrets_not_opened"]


async def test_names_of_secrets_need_the_grant() -> None:
    around = Around({"other": "1", "api_key": "2"})

    assert await _broker(around, grants=GRANTED).answer("secrets.list-keys", []) == ["api_key", "other"]
    assert await _broker(around).answer("secrets.list-keys", []) == []


async def test_function_of_another_interface_is_unavailable() -> None:
    with pytest.raises(HostFunctionUnavailable) as refused:
        await _broker().answer("storage.get", ["notes", "first"])

    assert refused.value.details == {"function": "storage.get"}


async def test_host_calls_beyond_the_budget_are_refused() -> None:
    broker = _broker(host_calls=2)
    await broker.answer("config.list-keys", [])
    await broker.answer("config.list-keys", [])

    with pytest.raises(HostCallLimitExceeded):
        await broker.answer("config.list-keys", [])


def test_lines_are_counted_in_bytes_and_dropped_beyond_the_budget() -> None:
    around = Around()
    broker = _broker(around, log_bytes=8)

    for line in ("ååå", "abc", "ab"):
        broker.log("info", line)

    assert around.lines == [("info", "ååå"), ("info", "ab")]
    assert (broker.log_bytes, broker.host_calls) == (8, 3)


async def test_opened_secret_is_blanked_out_of_lines() -> None:
    around = Around({"api_key": "s3cret-value", "short": "abc"})
    broker = _broker(around, grants=GRANTED)
    await broker.answer("secrets.get", ["api_key"])

    broker.log("warn", "sent s3cret-value and abc")

    assert around.lines == [("warn", "sent [secret] and abc")]


async def test_reading_has_no_effects() -> None:
    broker = _broker(Around({"api_key": "v"}), grants=GRANTED)
    await broker.answer("secrets.get", ["api_key"])

    assert broker.effects == 0
