"""A tenant's installs: list, create, change, remove, and their write-only secrets."""

from aiohttp import hdrs, web

from annex_registry.actions.change_install import InstallChangeWish, change_install
from annex_registry.actions.change_secrets import delete_secret, set_secret
from annex_registry.actions.install_extension import InstallWish, install_extension
from annex_registry.actions.read_installs import read_install, read_installs
from annex_registry.actions.uninstall_extension import uninstall
from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.install import Install
from annex_shared.contracts.installs import ChangeInstall, CreateInstall, InstallView, InstallViews, SetSecret
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import InstallId, parse_uuid

_ROOT = "/api/v1/installs"


async def list_all(request: web.Request) -> web.Response:
    installs = await read_installs(caller=caller_of(request), records=dependencies_of(request).records)
    return _json(InstallViews(items=[view(install) for install in installs]))


async def create(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = CreateInstall.model_validate_json(await request.read())
    install = await install_extension(
        InstallWish(body.extension, body.version, body.grants, body.config),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    return _json(view(install), status=201)


async def get_one(request: web.Request) -> web.Response:
    install = await read_install(
        _install_id(request), caller=caller_of(request), records=dependencies_of(request).records
    )
    return _json(view(install))


async def change(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = ChangeInstall.model_validate_json(await request.read())
    install = await change_install(
        _install_id(request),
        InstallChangeWish(body.version, body.is_enabled, body.grants, body.config, body.if_revision),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(view(install))


async def remove(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    await uninstall(
        _install_id(request),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return web.Response(status=204)


async def put_secret(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = SetSecret.model_validate_json(await request.read())
    install = await set_secret(
        _install_id(request),
        request.match_info["name"],
        body.value,
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
        keyring=dependencies.keyring,
    )
    return _json(view(install))


async def remove_secret(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    install = await delete_secret(
        _install_id(request),
        request.match_info["name"],
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
        keyring=dependencies.keyring,
    )
    return _json(view(install))


def view(install: Install) -> InstallView:
    version = install.version
    return InstallView(
        install_id=str(install.id),
        extension_id=str(install.extension.id),
        extension=str(install.extension.ref),
        version_id=str(version.id),
        version=version.number.text,
        content_hash=version.content_hash,
        status=install.status,
        is_enabled=install.is_enabled,
        grants=list(install.grants),
        config=dict(install.config),
        secret_names=list(install.secret_names),
        revision=install.revision,
        created_at=install.created_at,
        updated_at=install.updated_at,
    )


def _install_id(request: web.Request) -> InstallId:
    return InstallId(parse_uuid(request.match_info["install_id"], field="install_id"))


def _json(body: Exchanged, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "private, no-cache"},
    )


def install_routes() -> list[web.RouteDef]:
    return [
        web.get(_ROOT, list_all),
        web.post(_ROOT, create),
        web.get(_ROOT + "/{install_id}", get_one),
        web.patch(_ROOT + "/{install_id}", change),
        web.delete(_ROOT + "/{install_id}", remove),
        web.put(_ROOT + "/{install_id}/secrets/{name}", put_secret),
        web.delete(_ROOT + "/{install_id}/secrets/{name}", remove_secret),
    ]
