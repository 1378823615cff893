"""``alga:extension/context``: whose call this is."""

from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction


def context_functions() -> HostApi:
    return {"context.get-context": HostFunction(_context)}


def _context(scope: CallScope) -> dict[str, str | None]:
    return dict(scope.context)
