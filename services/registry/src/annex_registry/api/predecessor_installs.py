"""`POST /api/v1/extensions/install|update|uninstall` as the predecessor's CLI sends them."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from annex_registry.actions.change_install import update_installed
from annex_registry.actions.install_extension import InstallWish, install_extension
from annex_registry.actions.uninstall_extension import uninstall_extension
from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.install import Install
from annex_shared.http.service_auth import caller_of


class _Camel(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class InstallVersion(_Camel):
    """``registryId`` is an extension: its id, publisher/name or publisher.name."""

    registry_id: str
    version: str


class UninstallExtension(_Camel):
    registry_id: str


class InstallResult(_Camel):
    registry_id: str
    version: str
    install_id: str
    success: bool = True
    message: str


class InstallAnswer(_Camel):
    data: InstallResult


async def install(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = InstallVersion.model_validate_json(await request.read())
    installed = await install_extension(
        # These callers have no way to express consent, and the predecessor granted whatever a manifest asks
        # for. On this route alone the request to install is taken as consent to exactly that.
        InstallWish(body.registry_id, body.version, grants=None, config={}),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    return _accepted(installed, "Extension installed.")


async def update(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = InstallVersion.model_validate_json(await request.read())
    updated = await update_installed(
        body.registry_id,
        body.version,
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _accepted(updated, "Extension updated.")


async def uninstall(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = UninstallExtension.model_validate_json(await request.read())
    removed = await uninstall_extension(
        body.registry_id,
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _accepted(removed, "Extension uninstalled.")


def _accepted(install: Install, message: str) -> web.Response:
    answer = InstallAnswer(
        data=InstallResult(
            registry_id=str(install.extension.id),
            version=install.version.number.text,
            install_id=str(install.id),
            message=message,
        )
    )
    return web.json_response(answer.model_dump(by_alias=True), status=202)


def predecessor_install_routes() -> list[web.RouteDef]:
    return [
        web.post("/api/v1/extensions/install", install),
        web.post("/api/v1/extensions/update", update),
        web.post("/api/v1/extensions/uninstall", uninstall),
    ]
