"""What each route of the gateway's own promises, and what becomes of the registry's on the way through it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from annex_gateway.api.bodies import (
    ApiKeyViews,
    CreateApiKey,
    CreateTenant,
    IssuedKeyView,
    TenantView,
    TenantViews,
)
from annex_gateway.api.controls_operations import CONTROLS_OPERATIONS
from annex_gateway.api.debug import PolledLines, PollLines
from annex_gateway.api.execution_bodies import ExecutionView, ExecutionViews, UsageViews
from annex_gateway.api.executions import (
    EXECUTIONS,
    LONGEST_USAGE_DAYS,
    MAX_PAGE,
    MAX_USAGE_PAGE,
    PAGE,
    USAGE,
    USAGE_PAGE,
)
from annex_gateway.api.forwarded import EXCHANGE, FORWARDED, PUBLIC, ForwardedRoute
from annex_gateway.api.identity_operations import IDENTITY_OPERATIONS, IDENTITY_PARAMETERS
from annex_gateway.api.problems import PROBLEMS
from annex_gateway.api.runner_forwarded import RUNNER_FORWARDED, public_address
from annex_gateway.api.ui_tokens import UI_TOKEN_OPERATIONS, UI_TOKEN_PARAMETERS
from annex_gateway.domain import errors
from annex_gateway.domain.controls import QuotaWindow
from annex_gateway.domain.executions import Status
from annex_gateway.domain.sessions import SECURE_COOKIE
from annex_shared.contracts.dispatch import DISPATCH_PATH, DispatchAnswer, DispatchRequest
from annex_shared.contracts.limits import LimitViews
from annex_shared.http.health import HEALTH_OPERATIONS, METRICS_OPERATIONS
from annex_shared.http.openapi_routes import DOCUMENT_OPERATIONS, SHOW_DOCUMENT
from annex_shared.http.operations import (
    Access,
    Answer,
    ApiDescription,
    Body,
    DescribedRoute,
    Operation,
    Operations,
    Parameter,
    Schema,
    described_routes,
)
from annex_shared.http.problems import SHARED_PROBLEMS, BodyTooLarge, InvalidRequest, Problem
from annex_shared.ids import InvalidId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import ServiceTokenRefused

_DESCRIPTION = """\
The public door: calls to extensions, and the registry's addresses for callers with an API key.

Every refusal of the platform is a problem document (RFC 9457) with a `code` that has one meaning for ever;
docs/errors.md explains each. Only the platform sends the header `x-annex-problem`, so a program can tell its
refusals from what an extension answers. An address that does not exist is answered `ROUTE_NOT_FOUND` (404), a
method it does not have `METHOD_NOT_ALLOWED` (405). GET addresses answer HEAD too, except feeds and snapshots.
"""
TAGS = {
    "calls": "Calls to installed extensions.",
    "extensions": "What is published, by name.",
    "versions": "Immutable versions, and the facts stated about them later.",
    "executions": "What ran, how it ended, and what it used.",
    "debug": "What extensions write, as they write it.",
    "log": "The transparency log and proofs out of it; public.",
    "uploads": "Bundles on their way in.",
    "publishers": "Who publishes, and the keys that sign.",
    "installs": "What a tenant uses, with configuration, grants and secrets.",
    "schedules": "What runs by the clock, what ran, and what was delivered.",
    "feeds": "Events in order, and the state they lead to.",
    "administration": "Tenants and API keys.",
    "controls": "What administrators allow, and what they stop.",
    "identity": "Who one is, principals and roles, sessions, and the record of their changes.",
    "compatibility": "Addresses and bodies of the predecessor; camelCase.",
    "health": "For those who operate the service.",
}
_WHERE = "services/gateway/src/annex_gateway/api/operations.py"
_FOREIGN = (errors.ForeignHost, errors.ForeignOrigin)
_KNOWN_CALLER = (
    *_FOREIGN,
    errors.Unauthenticated,
    errors.MixedCredentials,
    errors.ApiKeyMalformed,
    errors.ApiKeyRefused,
    errors.ApiKeyExpired,
    errors.ApiKeyRevoked,
    errors.AuthenticationUnavailable,
    errors.TokenMalformed,
    errors.TokenRefused,
    errors.TokenExpired,
    errors.TokenNotYetValid,
    errors.TokenAudienceMismatch,
    errors.TokenIssuerUnknown,
    errors.TokenKeyUnknown,
    errors.TokenIssuerUnavailable,
    errors.TokenTenantRefused,
    errors.TokenClaimsContradictory,
    errors.PrincipalDisabled,
    errors.PrincipalLimitReached,
    errors.SessionRefused,
    errors.SessionExpired,
    errors.UiTokenMisplaced,
    errors.CsrfTokenRefused,
    errors.ClientUserRefused,
    errors.TenantMismatch,
)
_ADMIN = (Permission.PLATFORM_ADMIN,)
_TENANT_ADMIN = "For `platform:admin`, and for the role `admin` within its own tenant."
_NO_ADMIN = (errors.PermissionDenied, errors.ClientUserRefused)
_PAGE = (
    Parameter("after", "`next_after` of the page before."),
    Parameter(
        "limit",
        "How many items a page holds at most.",
        schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
        refusals=(InvalidRequest,),
    ),
)
_VERSION: Schema = {
    "type": "object",
    "required": ["service", "version"],
    "properties": {"service": {"const": "gateway"}, "version": {"type": "string"}},
}
_CALL_REFUSALS = (
    errors.UiTokenRefused,
    errors.UiTokenExpired,
    errors.UiTokenOutdated,
    errors.ExtensionsDisabled,
    errors.PathRefused,
    errors.ExtensionNotInstalled,
    errors.ExtensionAmbiguous,
    errors.InstallDisabled,
    errors.InstallNotReady,
    errors.VersionBlocked,
    errors.TenantNotEntitled,
    errors.KillSwitchOn,
    errors.ControlsUnavailable,
    errors.EndpointNotFound,
    errors.MethodNotAllowed,
    errors.RateLimited,
    errors.RateLimitUnavailable,
    errors.QuotaExceeded,
    errors.QuotaUnavailable,
    errors.ExecutionLogUnavailable,
    errors.ExecutionNotRecorded,
    errors.RegistryUnavailable,
    errors.ProjectionStale,
    errors.IdempotencyInProgress,
    errors.IdempotencyKeyReused,
    errors.IdempotencyOutcomeUnknown,
    errors.IdempotentAnswerNotKept,
    errors.IdempotencyUnavailable,
    errors.AdmissionRefused,
    errors.CircuitOpen,
    errors.RunnerUnavailable,
    errors.DeadlineExceeded,
    errors.GuestResponseInvalid,
    errors.ResponseTooLarge,
    errors.BodyTooSlow,
    BodyTooLarge,
)
_CALL = Operation(
    id="call_extension",
    summary="Call an endpoint of an installed extension",
    tag="calls",
    description=(
        "Whatever status the extension chose is passed on with its headers and body. Answers of the platform "
        "itself are the problems below. `x-annex-execution-id` names the record of the call."
    ),
    parameters=(
        Parameter("x-deadline-ms", "Give up after so long.", "header", refusals=(errors.InvalidDeadline,)),
        Parameter(
            "idempotency-key",
            "Equal keys are one run: a repeat gets the kept answer with `Idempotency-Replayed: true`. Not "
            "for GET and HEAD. Passed on to the extension. `x-idempotency-key` is the same.",
            "header",
            refusals=(errors.InvalidIdempotencyKey,),
        ),
    ),
    body=Body(media_type="*/*", is_required=False),
    answers=(Answer("default", "The extension's own answer.", media_type="*/*"),),
    refusals=(
        *_CALL_REFUSALS,
        errors.PermissionDenied,
        errors.ExtensionNotForClients,
        errors.ClientUnknown,
    ),
    shown_as="/api/ext/{extension}/{path}",
)

_DEBUGGER = (Permission.EXTENSION_DEBUG,)
_WATCHED = (
    Parameter(
        "extensionId",
        "An id, or `publisher.name` of an install.",
        is_required=True,
        refusals=(InvalidRequest,),
    ),
    Parameter("tenantId", "Your own; another is refused.", refusals=(errors.TenantMismatch,)),
    Parameter("installId", "Lines of this install only.", refusals=(InvalidId,)),
    Parameter("requestId", "Lines of this request only.", refusals=(InvalidRequest,)),
)
_TAIL = Parameter(
    "tail",
    "Last lines to begin with.",
    schema={"type": "integer", "minimum": 1, "maximum": 2000},
    refusals=(InvalidRequest,),
)
_NO_LINES = (
    errors.ExtensionsDisabled,
    errors.ExtensionNotInstalled,
    errors.ExtensionAmbiguous,
    errors.RegistryUnavailable,
    errors.AuditUnavailable,
    errors.DebugNotGranted,
)

_READER = (Permission.EXTENSION_READ,)
_OF_EXTENSION = Parameter(
    "extension",
    "An id, or `publisher.name` of an install.",
    refusals=(errors.ExtensionNotInstalled, errors.ExtensionAmbiguous, errors.RegistryUnavailable),
)
_CURSOR = Parameter(
    "cursor", "`next_cursor` of the page before; none begins at the top.", refusals=(errors.InvalidCursor,)
)


def _page_size(default: int, most: int) -> Parameter:
    return Parameter(
        "limit",
        "How many items a page holds at most.",
        schema={"type": "integer", "minimum": 1, "maximum": most, "default": default},
        refusals=(InvalidRequest,),
    )


def _choice(name: str, description: str, words: Iterable[str]) -> Parameter:
    return Parameter(
        name, description, schema={"type": "string", "enum": [*words]}, refusals=(InvalidRequest,)
    )


def _moment(name: str, description: str, form: str) -> Parameter:
    return Parameter(name, description, schema={"type": "string", "format": form}, refusals=(InvalidRequest,))


_LIST_EXECUTIONS = Operation(
    id="list_executions",
    summary="List what ran in the caller's tenant, newest first",
    tag="executions",
    description=(
        "Calls, schedule runs and event deliveries, how they ended and what they used. A page looks at a "
        "bounded number of records: with a `next_cursor` there may be more, behind an empty page too."
    ),
    permissions=_READER,
    parameters=(
        _OF_EXTENSION,
        Parameter("install_id", "Of this install only.", refusals=(InvalidId,)),
        _choice("status", "In this status only.", Status),
        Parameter("code", "Ended with this problem code.", refusals=(InvalidRequest,)),
        _choice("trigger", "Set off by this only.", ("http", "schedule", "event")),
        Parameter("principal_id", "On behalf of this principal.", refusals=(InvalidRequest,)),
        Parameter("request_id", "Of this request.", refusals=(InvalidRequest,)),
        _moment("since", "Began then or later.", "date-time"),
        _moment("until", "Began before.", "date-time"),
        _CURSOR,
        _page_size(PAGE, MAX_PAGE),
    ),
    answers=(Answer(200, "A page of executions.", ExecutionViews),),
    refusals=(errors.ExecutionLogUnavailable,),
)
_LIST_USAGE = Operation(
    id="list_usage",
    summary="List what extensions used, by day or month",
    tag="executions",
    description="What quotas count, of the caller's tenant. Days and months are those of UTC.",
    permissions=_READER,
    parameters=(
        _choice("window", "Days, or months as sums of days; days without it.", QuotaWindow),
        _OF_EXTENSION,
        _moment("since", "From this day on; the first of this month without it.", "date"),
        _moment("until", f"To before this day, at most {LONGEST_USAGE_DAYS} later.", "date"),
        _CURSOR,
        _page_size(USAGE_PAGE, MAX_USAGE_PAGE),
    ),
    answers=(Answer(200, "A page of windows.", UsageViews),),
    refusals=(errors.ExecutionLogUnavailable,),
)

GATEWAY_OPERATIONS: Operations = {
    f"GET {EXECUTIONS}": _LIST_EXECUTIONS,
    f"GET {EXECUTIONS}/{{execution_id}}": Operation(
        id="get_execution",
        summary="One execution, by its id or the runner's",
        tag="executions",
        permissions=_READER,
        answers=(Answer(200, "The execution.", ExecutionView),),
        refusals=(InvalidId, errors.ExecutionNotFound, errors.ExecutionLogUnavailable),
    ),
    f"GET {USAGE}": _LIST_USAGE,
    "GET /api/ext-debug/stream": Operation(
        id="stream_debug_lines",
        summary="Watch an extension's lines as they are written",
        tag="debug",
        description=(
            "Server-sent events: `data` is a DebugEvent, `id` where to resume, `event: end` says why a "
            "session ends. Comments are heartbeats. A line may come twice; its `lineId` tells."
        ),
        permissions=_DEBUGGER,
        parameters=(
            *_WATCHED,
            _TAIL,
            Parameter("last-event-id", "Resume behind this event.", "header"),
        ),
        answers=(Answer(200, "Events without end.", {"type": "string"}, "text/event-stream"),),
        refusals=(*_NO_LINES, errors.TooManyDebugSessions),
    ),
    "POST /api/ext-debug/stream": Operation(
        id="poll_debug_lines",
        summary="Read an extension's lines since the last time",
        tag="debug",
        permissions=_DEBUGGER,
        parameters=(*_WATCHED, _TAIL),
        body=Body(PollLines, is_required=False),
        answers=(Answer(200, "Lines in order, at most 100 unless `tail` says more.", PolledLines),),
        refusals=(*_NO_LINES, errors.BodyTooSlow),
    ),
    "GET /": Operation(
        id="show_root",
        summary="A page for people",
        tag="health",
        access=Access.OPEN,
        answers=(Answer(200, "The page.", {"type": "string"}, "text/html"),),
        refusals=_FOREIGN,
    ),
    "GET /api/v1/version": Operation(
        id="show_version",
        summary="Which gateway this is",
        tag="health",
        access=Access.OPEN,
        answers=(Answer(200, "Its version.", _VERSION),),
        refusals=_FOREIGN,
    ),
    "GET /.well-known/limits.json": Operation(
        id="limits",
        summary="How much one call of an extension may use here",
        tag="health",
        access=Access.OPEN,
        answers=(Answer(200, "Every limit with its figures on this platform.", LimitViews),),
        refusals=(*_FOREIGN, errors.RunnerUnavailable),
    ),
    "POST /api/v1/tenants": Operation(
        id="create_tenant",
        summary="Create a tenant",
        tag="administration",
        permissions=_ADMIN,
        body=Body(CreateTenant),
        answers=(Answer(201, "The tenant.", TenantView),),
        refusals=(errors.InvalidTenantSlug, errors.TenantAlreadyExists, errors.BodyTooSlow),
    ),
    "GET /api/v1/tenants": Operation(
        id="list_tenants",
        summary="List tenants in order of slug",
        tag="administration",
        permissions=_ADMIN,
        parameters=_PAGE,
        answers=(Answer(200, "A page of tenants.", TenantViews),),
    ),
    "POST /api/v1/api-keys": Operation(
        id="issue_api_key",
        summary="Issue an API key; its text is shown this once",
        tag="administration",
        description=_TENANT_ADMIN,
        body=Body(CreateApiKey),
        answers=(Answer(201, "The key with its text.", IssuedKeyView),),
        refusals=(
            *_NO_ADMIN,
            errors.GrantRefused,
            errors.TenantNotFound,
            errors.PrincipalNotFound,
            errors.BodyTooSlow,
        ),
    ),
    "GET /api/v1/api-keys": Operation(
        id="list_api_keys",
        summary="List a tenant's keys, without their texts",
        tag="administration",
        description=_TENANT_ADMIN,
        parameters=(
            Parameter("tenant_id", "The caller's own tenant if not named.", refusals=(InvalidId,)),
            *_PAGE,
        ),
        answers=(Answer(200, "A page of keys.", ApiKeyViews),),
        refusals=_NO_ADMIN,
    ),
    "DELETE /api/v1/api-keys/{key_id}": Operation(
        id="revoke_api_key",
        summary="Revoke a key",
        tag="administration",
        description=_TENANT_ADMIN,
        answers=(Answer(204, "It opens nothing any more."),),
        refusals=(*_NO_ADMIN, errors.ApiKeyNotFound, errors.GrantRefused),
    ),
    **IDENTITY_OPERATIONS,
    **UI_TOKEN_OPERATIONS,
    "* /api/ext/{extension}{path}": _CALL,
    "* /api/ext-proxy/{extension}{path}": replace(
        _CALL,
        id="call_extension_as_predecessor",
        tag="compatibility",
        summary="The same under the predecessor's name",
        shown_as="/api/ext-proxy/{extension}/{path}",
    ),
    f"POST {DISPATCH_PATH}": Operation(
        id="dispatch_extension",
        summary="Run an extension for a schedule or an event",
        tag="calls",
        access=Access.PEER,
        description=(
            "For the runner-proxy only. Every policy of a call holds, except those that need a person: "
            "authentication and permissions. The answer's body is at most 256 KiB. A run that succeeded is "
            "not run again for the same idempotency key."
        ),
        body=Body(DispatchRequest),
        answers=(Answer(200, "The extension answered; its own status is in the body.", DispatchAnswer),),
        refusals=(errors.CallerRefused, *_CALL_REFUSALS),
    ),
    **CONTROLS_OPERATIONS,
    **HEALTH_OPERATIONS,
    **METRICS_OPERATIONS,
    **DOCUMENT_OPERATIONS,
    "GET /api/openapi.json": replace(
        SHOW_DOCUMENT,
        id="show_openapi_below_api",
        summary="This document, where callers look for it",
        refusals=_FOREIGN,
    ),
}

GATEWAY_API = ApiDescription(
    service="gateway",
    title="Annex gateway",
    description=_DESCRIPTION,
    where=_WHERE,
    operations=GATEWAY_OPERATIONS,
    problems=PROBLEMS,
    tags=TAGS,
    path_parameters={
        "execution_id": Parameter(
            "execution_id", "`x-annex-execution-id` of an answer, or the id in debug lines.", "path"
        ),
        "tenant_id": Parameter("tenant_id", "A tenant's id.", "path", refusals=(InvalidId,)),
        "switch_id": Parameter("switch_id", "A kill switch's id.", "path", refusals=(InvalidId,)),
        **IDENTITY_PARAMETERS,
        **UI_TOKEN_PARAMETERS,
        "key_id": Parameter("key_id", "The part of a key's text that names it.", "path"),
        "extension": Parameter(
            "extension", "`publisher.name`, an id, or a name that is unambiguous among the installs.", "path"
        ),
        "path": Parameter("path", "A path the manifest declares, slashes included.", "path"),
    },
    security_schemes={
        "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The same API key, or a token (JWT) of an issuer the operator allows.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": SECURE_COOKIE,
            "description": "What changes something also carries the session's `csrf_token` as x-csrf-token.",
        },
    },
    always={Access.CALLER: _KNOWN_CALLER, Access.PEER: (*_FOREIGN, ServiceTokenRefused)},
    denied=errors.PermissionDenied,
)

# What the registry says to services only; the gateway's own token is in order.
_BETWEEN_SERVICES = frozenset({SHARED_PROBLEMS[ServiceTokenRefused].code, "PEER_REQUIRED", "CALLER_REFUSED"})
_FORWARDING = (errors.RegistryUnavailable, errors.PathRefused)


def public_routes(
    routes: Iterable[tuple[str, str]],
    *,
    registry: Sequence[DescribedRoute],
    runner: Sequence[DescribedRoute],
) -> list[DescribedRoute]:
    """Describe what callers see: the gateway's own routes, and those behind it that it lets through.

    What is for services only is described in its row and in no document of the gateway's.

    A call also answers with what the runner refuses, word for word.
    """
    passed = {(method, _canonical(route.pattern)) for route in FORWARDED for method in route.methods}
    passed |= {("GET", _canonical(pattern)) for pattern in PUBLIC} | {("POST", EXCHANGE)}
    passed |= {(method, route.pattern) for route in RUNNER_FORWARDED for method in route.methods}
    described = described_routes([route for route in routes if route not in passed], GATEWAY_API)
    own = [route for route in described if route.operation.access is not Access.PEER]
    refusals = _sayable(
        problem for route in runner if route.operation.id == "execute" for problem in route.problems
    )
    calls = [
        replace(route, problems=route.problems | refusals)
        if route.operation.id.startswith(_CALL.id)
        else route
        for route in own
    ]
    behind = [_passed_by_runner(route) for route in runner] + [_passed(route) for route in registry]
    return [*calls, *(shown for shown in behind if shown is not None)]


def _passed_by_runner(route: DescribedRoute) -> DescribedRoute | None:
    """Describe a route of the runner-proxy as a caller of the gateway meets it."""
    path = public_address(route.path)
    method = "GET" if route.method == "HEAD" else route.method
    door = next((door for door in RUNNER_FORWARDED if door.pattern == path and method in door.methods), None)
    if door is None:
        return None
    facts: tuple[type[Exception], ...]
    facts = (
        *_KNOWN_CALLER,
        errors.RunnerUnavailable,
        errors.PathRefused,
        errors.PermissionDenied,
        errors.ClientUserRefused,
    )
    if route.operation.body is not None:
        facts = (*facts, errors.BodyTooSlow, BodyTooLarge)
    operation = replace(route.operation, access=Access.CALLER, permissions=door.permissions)
    return _with(replace(route, path=path), operation, facts)


def _passed(route: DescribedRoute) -> DescribedRoute | None:
    """Describe a route of the registry as a caller of the gateway meets it; None if nobody gets there."""
    facts: tuple[type[Exception], ...]
    if any(_matches(pattern, route.path) for pattern in PUBLIC):
        return _with(route, replace(route.operation, access=Access.OPEN), (*_FOREIGN, *_FORWARDING))
    if route.path == EXCHANGE:
        facts = (*_FOREIGN, *_FORWARDING, errors.BodyTooSlow, BodyTooLarge)
        return _with(route, replace(route.operation, access=Access.OPEN), facts)
    door = _door(route)
    if door is None:
        return None
    facts = (*_KNOWN_CALLER, *_FORWARDING, errors.PermissionDenied, errors.ClientUserRefused)
    if route.operation.body is not None and not door.is_streamed:
        facts = (*facts, errors.BodyTooSlow, BodyTooLarge)
    operation = replace(route.operation, access=Access.CALLER, permissions=door.permissions)
    return _with(route, operation, facts)


def _door(route: DescribedRoute) -> ForwardedRoute | None:
    method = "GET" if route.method == "HEAD" else route.method
    doors = (door for door in FORWARDED if method in door.methods and _matches(door.pattern, route.path))
    return next(doors, None)


def _with(route: DescribedRoute, operation: Operation, facts: tuple[type[Exception], ...]) -> DescribedRoute:
    added = {(PROBLEMS.get(kind) or SHARED_PROBLEMS[kind]) for kind in facts}
    return replace(route, operation=operation, problems=_sayable(route.problems) | added)


def _sayable(problems: Iterable[Problem]) -> frozenset[Problem]:
    return frozenset(problem for problem in problems if problem.code not in _BETWEEN_SERVICES)


def _canonical(pattern: str) -> str:
    """Write a pattern as the router names it, without the expressions of its placeholders."""
    return re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", pattern)


def _matches(pattern: str, path: str) -> bool:
    """Tell whether a path of a document, placeholders and all, is one that ``pattern`` takes."""
    parts = re.split(r"\{\w+(?::([^{}]*))?\}", pattern)
    literals, expressions = parts[::2], [expression or "[^/]+" for expression in parts[1::2]]
    made = "".join(
        re.escape(literal) + expression
        for literal, expression in zip(literals, [*expressions, ""], strict=True)
    )
    return re.fullmatch(made, path) is not None
