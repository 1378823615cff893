"""``alga:extension/secrets``: values a guest may read, opened in the broker and once per call."""

from functools import partial
from typing import Final

import structlog

from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction
from annex_runner_proxy.domain.ports import Secrets
from annex_shared.errors import AnnexError

SECRETS_GET: Final = "cap:secrets.get"

log = structlog.get_logger()


def secrets_functions(secrets: Secrets) -> HostApi:
    return {
        "secrets.get": HostFunction(partial(_get, secrets), SECRETS_GET, denied=("err", "denied")),
        "secrets.list-keys": HostFunction(lambda scope: secrets.names(scope.install), SECRETS_GET, denied=[]),
    }


async def open_secret(secrets: Secrets, scope: CallScope, name: str) -> str | None:
    """Return a secret of the install, None where there is none that may be used now.

    Raises the errors of ``annex_shared.secret_envelope``. From now on the value is blanked out of what the
    guest writes.
    """
    if name not in scope.opened_secrets:
        scope.opened_secrets.update(await secrets.open(scope.install, name))
    return scope.opened_secrets.get(name)


async def _get(secrets: Secrets, scope: CallScope, name: str) -> tuple[str, str]:
    try:
        value = await open_secret(secrets, scope, name)
    except AnnexError as error:
        # The guest learns only that it failed, the operator why.
        log.error(  # noqa: TRY400 - the error's class says all; a traceback might carry more
            "secrets_not_opened",
            error_type=type(error).__name__,
            tenant_id=str(scope.install.tenant_id),
            install_id=str(scope.install.install_id),
            execution_id=str(scope.execution_id),
            request_id=scope.request_id,
        )
        return "err", "internal"
    return ("err", "missing") if value is None else ("ok", value)
