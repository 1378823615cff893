"""A tenant's installs: list, create, change, remove, and their write-only secrets."""

from aiohttp import hdrs, web

from annex_registry.actions.change_app_domain import AppDomainWish, claim_app_domain, give_up_app_domain
from annex_registry.actions.change_install import InstallChangeWish, change_install
from annex_registry.actions.change_secrets import SecretWish, delete_secret, set_secret
from annex_registry.actions.install_extension import InstallWish, install_extension
from annex_registry.actions.limit_install import limit_install
from annex_registry.actions.read_installs import read_history, read_install, read_installs
from annex_registry.actions.roll_back_install import RollBackWish, roll_back_install
from annex_registry.actions.uninstall_extension import uninstall
from annex_registry.api.conditional import known_tag, not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.paging import integer_of, limit_of
from annex_registry.domain.install import Install, InstallState
from annex_registry.domain.install_limits import InstallLimits, InstanceReuse
from annex_registry.domain.secrets import OverduePolicy, RotationPolicy, StoredSecret
from annex_shared.clock import Clock
from annex_shared.contracts.installs import (
    ChangeInstall,
    ClaimAppDomain,
    CreateInstall,
    InstallHistory,
    InstallStateView,
    InstallView,
    InstallViews,
    LimitInstall,
    ReuseView,
    RollBackInstall,
)
from annex_shared.contracts.secrets import SecretView, SecretViews, SetSecret
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import InstallId, parse_uuid

_ROOT = "/api/v1/installs"
_PRIVATE = "private, no-cache"
HISTORY_PAGE = 50
MAX_HISTORY_PAGE = 200


async def list_all(request: web.Request) -> web.Response:
    tag, installs = await read_installs(
        known_tag=known_tag(request), caller=caller_of(request), records=dependencies_of(request).records
    )
    if installs is None:
        return not_modified(tag, cache_control=_PRIVATE)
    answer = _json(InstallViews(items=[view(install) for install in installs]))
    answer.headers[hdrs.ETAG] = tag
    return answer


async def create(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = CreateInstall.model_validate_json(await request.read())
    install = await install_extension(
        InstallWish(body.extension, body.version, body.grants, body.config, body.denied, body.egress),
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
        InstallChangeWish(
            version=body.version,
            is_enabled=body.is_enabled,
            grants=body.grants,
            denied=body.denied,
            config=body.config,
            is_pinned=body.is_pinned,
            max_secret_age_days=body.max_secret_age_days,
            overdue_secrets=OverduePolicy(body.overdue_secrets) if body.overdue_secrets else None,
            egress=body.egress,
            if_revision=body.if_revision,
        ),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(view(install))


async def roll_back(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = RollBackInstall.model_validate_json(await request.read() or b"{}")
    install = await roll_back_install(
        _install_id(request),
        RollBackWish(body.version, body.keep_config, body.if_revision),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(view(install))


async def list_history(request: web.Request) -> web.Response:
    states, next_before = await read_history(
        _install_id(request),
        before=integer_of(request, "before", default=0) or None,
        limit=limit_of(request, default=HISTORY_PAGE, maximum=MAX_HISTORY_PAGE),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    return _json(InstallHistory(items=[state_view(state) for state in states], next_before=next_before))


async def put_limits(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = LimitInstall.model_validate_json(await request.read())
    reuse = body.reuse
    install = await limit_install(
        _install_id(request),
        InstallLimits(
            body.limits.model_dump(exclude_none=True),
            None if reuse is None else InstanceReuse(reuse.max_requests, reuse.max_idle_seconds),
        ),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(view(install))


async def list_secrets(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    install = await read_install(
        _install_id(request), caller=caller_of(request), records=dependencies.records
    )
    return _json(secret_views(install, operator=dependencies.rotation, clock=dependencies.clock))


async def remove(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    await uninstall(
        _install_id(request),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return web.Response(status=204)


async def put_domain(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = ClaimAppDomain.model_validate_json(await request.read() or b"{}")
    install = await claim_app_domain(
        _install_id(request),
        AppDomainWish(body.host, body.if_revision),
        root=dependencies.app_domain_root,
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(view(install))


async def remove_domain(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    install = await give_up_app_domain(
        _install_id(request),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(view(install))


async def put_secret(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = SetSecret.model_validate_json(await request.read())
    install = await set_secret(
        _install_id(request),
        request.match_info["name"],
        SecretWish(body.value, body.expires_at, body.hosts),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
        sealer=dependencies.sealer,
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
        sealer=dependencies.sealer,
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
        is_pinned=install.is_pinned,
        capabilities=list(version.capabilities),
        grants=list(install.grants),
        denied=list(install.denied),
        undecided=list(install.consent.undecided(version)),
        egress=list(install.egress),
        declared_egress=list(install.declared_egress),
        config=dict(install.config),
        effective_config=dict(
            install.config if install.effective_config is None else install.effective_config
        ),
        secret_names=list(install.secret_names),
        max_secret_age_days=install.max_secret_age_days,
        overdue_secrets=install.overdue_secrets,
        app_domain=None if install.app_domain is None else install.app_domain.text,
        limits=dict(install.limits.figures),
        reuse=None
        if install.limits.reuse is None
        else ReuseView(
            max_requests=install.limits.reuse.max_requests,
            max_idle_seconds=install.limits.reuse.max_idle_seconds,
        ),
        revision=install.revision,
        created_at=install.created_at,
        updated_at=install.updated_at,
    )


def state_view(state: InstallState) -> InstallStateView:
    return InstallStateView(
        revision=state.revision,
        version_id=str(state.version.id),
        version=state.version.number.text,
        is_enabled=state.is_enabled,
        is_pinned=state.is_pinned,
        grants=list(state.grants),
        denied=list(state.denied),
        egress=list(state.egress),
        config=dict(state.config),
        change=state.change,
        changed_by=state.changed_by,
        began_at=state.began_at,
        ended_at=state.ended_at,
    )


def secret_views(install: Install, *, operator: RotationPolicy, clock: Clock) -> SecretViews:
    policy, now = install.rotation(operator), clock.now()
    envelope, known = install.sealed_secrets, {secret.name for secret in install.secrets}
    older = [
        # One envelope held them all, and nobody noted when each was set.
        StoredSecret(name, envelope, install.created_at, "unknown")
        for name in (envelope.names if envelope else ())
        if envelope is not None and name not in known
    ]
    return SecretViews(
        items=[
            SecretView(
                name=secret.name,
                status=policy.status(secret.set_at, secret.expires_at, now),
                set_at=secret.set_at,
                set_by=secret.set_by,
                expires_at=secret.expires_at,
                overdue_at=policy.overdue_at(secret.set_at),
                key_id=secret.sealed.key_id,
                hosts=list(secret.hosts),
            )
            for secret in sorted((*install.secrets, *older), key=lambda one: one.name)
        ],
        max_age_days=policy.max_age_days,
        overdue_policy=policy.overdue,
    )


def _install_id(request: web.Request) -> InstallId:
    return InstallId(parse_uuid(request.match_info["install_id"], field="install_id"))


def _json(body: Exchanged, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: _PRIVATE},
    )


def install_routes() -> list[web.RouteDef]:
    return [
        web.get(_ROOT, list_all),
        web.post(_ROOT, create),
        web.get(_ROOT + "/{install_id}", get_one),
        web.patch(_ROOT + "/{install_id}", change),
        web.delete(_ROOT + "/{install_id}", remove),
        web.post(_ROOT + "/{install_id}/rollback", roll_back),
        web.get(_ROOT + "/{install_id}/history", list_history),
        web.put(_ROOT + "/{install_id}/domain", put_domain),
        web.delete(_ROOT + "/{install_id}/domain", remove_domain),
        web.put(_ROOT + "/{install_id}/limits", put_limits),
        web.get(_ROOT + "/{install_id}/secrets", list_secrets),
        web.put(_ROOT + "/{install_id}/secrets/{name}", put_secret),
        web.delete(_ROOT + "/{install_id}/secrets/{name}", remove_secret),
    ]
