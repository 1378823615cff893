from collections.abc import Mapping
from typing import Any

from structlog.testing import capture_logs

from annex_runner_proxy.actions.host.config import config_functions
from annex_runner_proxy.actions.host.context import context_functions
from annex_runner_proxy.actions.host.secrets import secrets_functions
from annex_runner_proxy.actions.host.user import user_functions
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.execution import User
from annex_runner_proxy.domain.installs import Install
from annex_shared.errors import AnnexError
from annex_shared.secret_envelope import SecretsCorrupt
from unit.runner_proxy.fakes import INSTALL, OpenedSecrets, a_scope

GRANTED = {"cap:secrets.get"}
ADA = User("u-1", "ada@example.org", "Ada", "internal", "Acme", "c-1", (("team", "a"),))


class CountedSecrets:
    """Secrets that remember how often one was opened, or cannot be opened at all."""

    def __init__(self, values: Mapping[str, str], fault: AnnexError | None = None) -> None:
        self._opened = OpenedSecrets({INSTALL: dict(values)})
        self._fault = fault
        self.opened = 0

    async def open(self, install: Install, name: str) -> Mapping[str, str]:
        self.opened += 1
        if self._fault is not None:
            raise self._fault
        return await self._opened.open(install, name)

    def names(self, install: Install) -> list[str]:
        return self._opened.names(install)


def _broker(secrets: CountedSecrets | None = None, **scope: Any) -> CallBroker:
    api = {
        **context_functions(),
        **config_functions(),
        **user_functions(),
        **secrets_functions(secrets or CountedSecrets({})),
    }
    return CallBroker(a_scope(**scope), api, write_log=lambda *_: None)


async def test_context_is_that_of_the_call() -> None:
    broker = _broker(context={"tenant-id": "tenant-1"})

    assert await broker.answer("context.get-context", []) == {"tenant-id": "tenant-1"}


async def test_config_needs_no_grant() -> None:
    broker = _broker(config={"b": "2", "a": "1"})

    assert await broker.answer("config.get", ["a"]) == "1"
    assert await broker.answer("config.get", ["c"]) is None
    assert await broker.answer("config.list-keys", []) == ["a", "b"]


async def test_secret_is_opened_once_per_call() -> None:
    secrets = CountedSecrets({"api_key": "value"})
    broker = _broker(secrets, grants=GRANTED)

    answers = [await broker.answer("secrets.get", ["api_key"]) for _ in range(3)]

    assert answers == [("ok", "value")] * 3
    assert secrets.opened == 1
    assert broker.scope.opened_secrets == {"api_key": "value"}


async def test_secret_without_grant_is_denied_and_stays_sealed() -> None:
    secrets = CountedSecrets({"api_key": "value"})

    assert await _broker(secrets).answer("secrets.get", ["api_key"]) == ("err", "denied")
    assert secrets.opened == 0


async def test_unknown_secret_is_missing() -> None:
    assert await _broker(grants=GRANTED).answer("secrets.get", ["x"]) == ("err", "missing")


async def test_envelope_that_cannot_be_opened_is_told_to_the_operator_only() -> None:
    broker = _broker(CountedSecrets({}, SecretsCorrupt("changed")), grants=GRANTED)

    with capture_logs() as lines:
        answer = await broker.answer("secrets.get", ["api_key"])

    assert answer == ("err", "internal")
    assert [(line["event"], line["error_type"]) for line in lines] == [
        ("secrets_not_opened", "SecretsCorrupt")
    ]


async def test_names_of_secrets_need_the_grant() -> None:
    secrets = CountedSecrets({"other": "1", "api_key": "2"})

    assert await _broker(secrets, grants=GRANTED).answer("secrets.list-keys", []) == ["api_key", "other"]
    assert await _broker(secrets).answer("secrets.list-keys", []) == []


async def test_both_generations_show_the_person_who_called() -> None:
    broker = _broker(user=ADA)

    older = await broker.answer("user.get-user", [])
    newer = await broker.answer("user-v2.get-user", [])

    assert older == (
        "ok",
        {
            "tenant-id": str(broker.scope.install.tenant_id),
            "client-name": "Acme",
            "user-id": "u-1",
            "user-email": "ada@example.org",
            "user-name": "Ada",
            "user-type": "internal",
        },
    )
    assert newer == ("ok", {**older[1], "client-id": "c-1", "additional-fields": [("team", "a")]})


async def test_a_call_without_a_person_says_so() -> None:
    broker = _broker()

    assert await broker.answer("user.get-user", []) == ("err", "not-available")
    assert await broker.answer("user-v2.get-user", []) == ("err", "not-available")


async def test_reading_has_no_effects() -> None:
    broker = _broker(CountedSecrets({"api_key": "v"}), grants=GRANTED)
    await broker.answer("secrets.get", ["api_key"])
    await broker.answer("config.list-keys", [])

    assert broker.scope.effects == 0
