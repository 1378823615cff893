from pathlib import Path

import pytest

from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.settings import InvalidSettings

REQUIRED = {
    "REGISTRY_URL": "http://registry:8081",
    "SERVICE_KEY_FILE": "/keys/service.pem",
    "SERVICE_KEYS_FILE": "/keys/peers.json",
}


def test_predecessors_names_are_understood() -> None:
    environment = {
        "REGISTRY_BASE_URL": "http://old:1",
        "EXT_CACHE_ROOT": "/old/cache",
        "EXT_CACHE_MAX_BYTES": "123",
        "SERVICE_KEY_FILE": "/k",
        "SERVICE_KEYS_FILE": "/p",
    }

    settings, warnings = RunnerProxySettings.load(environment)

    assert settings.registry_url == "http://old:1"
    assert (settings.cache_root, settings.cache_max_bytes) == (Path("/old/cache"), 123)
    assert len(warnings) == 3


def test_own_names_go_before_the_predecessors() -> None:
    settings, warnings = RunnerProxySettings.load(
        {**REQUIRED, "CACHE_ROOT": "/new", "EXT_CACHE_ROOT": "/old"}
    )

    assert settings.cache_root == Path("/new")
    assert warnings == []


@pytest.mark.parametrize("name", ["WORKERS", "MAX_TIMEOUT_MS", "MAX_REQUEST_BYTES", "COMPILE_AT_ONCE"])
def test_numbers_that_would_stop_everything_are_refused(name: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        RunnerProxySettings.load({**REQUIRED, name: "0"})


@pytest.mark.parametrize("name", ["STORAGE_WRITES_PER_MINUTE", "STORAGE_READS_BURST", "STORAGE_GRACE_DAYS"])
def test_rates_and_the_grace_of_storage_may_be_nothing_but_not_less(name: str) -> None:
    RunnerProxySettings.load({**REQUIRED, name: "0"})

    with pytest.raises(InvalidSettings, match=name):
        RunnerProxySettings.load({**REQUIRED, name: "-1"})


def test_worker_too_small_for_its_guest_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="WORKER_DATA_BYTES"):
        RunnerProxySettings.load({**REQUIRED, "WORKER_DATA_BYTES": "1000"})


def test_weak_isolation_is_never_the_default() -> None:
    settings, _ = RunnerProxySettings.load(REQUIRED)

    assert settings.allow_weak_isolation is False


def test_bodies_a_worker_cannot_hold_are_refused() -> None:
    with pytest.raises(InvalidSettings, match="MAX_REQUEST_BYTES"):
        RunnerProxySettings.load({**REQUIRED, "MAX_REQUEST_BYTES": str(64 << 20)})


@pytest.mark.parametrize("token", ["local-runner-key", "changeme", "change-me", "secret", ""])
def test_shared_token_out_of_an_example_is_refused(token: str) -> None:
    with pytest.raises(InvalidSettings, match="RUNNER_SERVICE_TOKEN"):
        RunnerProxySettings.load({**REQUIRED, "RUNNER_SERVICE_TOKEN": token})


def test_shared_token_is_not_shown() -> None:
    settings, _ = RunnerProxySettings.load({**REQUIRED, "RUNNER_SERVICE_TOKEN": "a-long-shared-token-value"})

    assert "a-long-shared-token-value" not in repr(settings)


def test_remote_mode_without_a_runner_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="REMOTE_RUNNER_URL"):
        RunnerProxySettings.load({**REQUIRED, "RUNNER_MODE": "remote"})


def test_executions_run_here_unless_told_otherwise() -> None:
    settings, _ = RunnerProxySettings.load(REQUIRED)

    assert (settings.runner_mode, settings.execute_compat) == ("local", None)
