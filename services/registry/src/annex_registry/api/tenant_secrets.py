"""The secrets of all installs of a tenant, so that those that are due are found without knowing where."""

from datetime import datetime

from aiohttp import hdrs, web

from annex_registry.actions.read_installs import read_installs
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.installs import secret_views
from annex_registry.domain.secrets import SecretStatus
from annex_shared.contracts.secrets import TenantSecretView, TenantSecretViews
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.service_auth import caller_of

SECRETS = "/api/v1/secrets"
_BY_URGENCY = {
    status: place
    for place, status in enumerate(
        (SecretStatus.REFUSED, SecretStatus.EXPIRED, SecretStatus.OVERDUE, SecretStatus.ACTIVE)
    )
}


async def list_tenant_secrets(request: web.Request) -> web.Response:
    dependencies, wanted = dependencies_of(request), _statuses(request)
    _, installs = await read_installs(known_tag=None, caller=caller_of(request), records=dependencies.records)
    found = [
        TenantSecretView(
            **secret.model_dump(), install_id=str(install.id), extension=str(install.extension.ref)
        )
        for install in installs or ()
        for secret in secret_views(install, operator=dependencies.rotation, clock=dependencies.clock).items
        if secret.status in wanted
    ]
    return web.Response(
        body=TenantSecretViews(items=sorted(found, key=_urgency)).model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "private, no-cache"},
    )


def _statuses(request: web.Request) -> frozenset[SecretStatus]:
    text = request.query.get("status")
    if text is None:
        return frozenset(SecretStatus)
    try:
        return frozenset(SecretStatus(word) for word in text.split(","))
    except ValueError:
        names = ", ".join(SecretStatus)
        raise InvalidRequest(
            f"status names one or more of {names}, with commas between.", details={"field": "status"}
        ) from None


def _urgency(secret: TenantSecretView) -> tuple[int, datetime, str, str]:
    due = secret.expires_at if secret.status == SecretStatus.EXPIRED else secret.overdue_at
    return (_BY_URGENCY[SecretStatus(secret.status)], due or secret.set_at, secret.extension, secret.name)


def tenant_secret_routes() -> list[web.RouteDef]:
    return [web.get(SECRETS, list_tenant_secrets)]
