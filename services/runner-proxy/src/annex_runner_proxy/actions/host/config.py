"""``alga:extension/config``: the install's configuration, as its tenant set it."""

from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction


def config_functions() -> HostApi:
    return {"config.get": HostFunction(_get), "config.list-keys": HostFunction(_keys)}


def _get(scope: CallScope, key: str) -> str | None:
    return scope.install.config.get(key)


def _keys(scope: CallScope) -> list[str]:
    return sorted(scope.install.config)
