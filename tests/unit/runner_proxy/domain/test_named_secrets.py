from annex_runner_proxy.domain.named_secrets import NamedSecrets
from unit.runner_proxy.fakes import INSTALL, OpenedSecrets, an_install

OPENED = OpenedSecrets({INSTALL: {"api_key": "value", "other": "hidden"}})


async def test_named_secret_is_opened_and_another_does_not_exist() -> None:
    secrets = NamedSecrets(OPENED, frozenset({"api_key", "unknown"}))

    assert await secrets.open(an_install(), "api_key") == {"api_key": "value"}
    assert await secrets.open(an_install(), "other") == {}
    assert secrets.names(an_install()) == ["api_key"]
