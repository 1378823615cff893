"""`GET /api/installs/validate` and `/lookup-by-host`, as the predecessor's runner asks them."""

import hmac

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict

from annex_registry.actions.find_served_install import ServedQuestion, does_serve, find_by_host
from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.authority import KEYED_RUNNER
from annex_registry.domain.errors import RunnerKeyRefused
from annex_shared.content_hash import ContentHash
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.service_auth import caller_of
from annex_shared.service_tokens import Caller

VALIDATE = "/api/installs/validate"
LOOK_UP = "/api/installs/lookup-by-host"
KEYED_ROUTES = frozenset({VALIDATE, LOOK_UP})
KEY_HEADER = "x-api-key"


class InstallValidity(BaseModel):
    """Whether the bytes of that hash may be served for that tenant now."""

    model_config = ConfigDict(frozen=True)

    valid: bool


class ServedInstall(BaseModel):
    """The install a host leads to."""

    model_config = ConfigDict(frozen=True)

    tenant_id: str
    extension_id: str
    content_hash: ContentHash


async def keyed_runner(request: web.Request) -> Caller | None:
    """Know a runner by the configured key; None where the request holds no key. Raises RunnerKeyRefused."""
    sent = request.headers.get(KEY_HEADER)
    if sent is None:
        return None
    key = dependencies_of(request).runner_api_key
    if key is None or not hmac.compare_digest(sent.encode(), key.encode()):
        raise RunnerKeyRefused("The x-api-key is not the one this registry takes from runners.")
    return KEYED_RUNNER


async def validate(request: web.Request) -> web.Response:
    question = ServedQuestion(
        tenant=_named(request, "tenant"),
        extension=_named(request, "extension"),
        content_hash=_hash(_named(request, "hash")),
    )
    valid = await does_serve(question, caller=caller_of(request), records=dependencies_of(request).records)
    return _json(InstallValidity(valid=valid))


async def look_up(request: web.Request) -> web.Response:
    install = await find_by_host(
        _named(request, "host"), caller=caller_of(request), records=dependencies_of(request).records
    )
    return _json(
        ServedInstall(
            tenant_id=str(install.tenant_id),
            extension_id=str(install.extension.id),
            content_hash=install.version.content_hash,
        )
    )


def _named(request: web.Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise InvalidRequest(f'"{name}" is missing.', details={"field": name})
    return value


def _hash(text: str) -> str:
    """Complete a hash that came without the name of its algorithm, as it stands in the runner's addresses."""
    return text if ":" in text else f"sha256:{text}"


def _json(body: BaseModel) -> web.Response:
    # The runner sends a time with every question so that no cache answers it.
    return web.Response(
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"},
    )


def served_install_routes() -> list[web.RouteDef]:
    return [web.get(VALIDATE, validate), web.get(LOOK_UP, look_up)]
