"""What each route of the runner-proxy promises; docs/api/runner-proxy.openapi.json is made from it."""

from annex_runner_proxy.api.callers import COMPATIBILITY_HEADER
from annex_runner_proxy.api.debug_lines import MAX_LINES
from annex_runner_proxy.api.execute import CONFIG_VERSION_HEADER, EXECUTION_ID_HEADER, SECRETS_VERSION_HEADER
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.api.schedules import INSTALL_ROUTE
from annex_runner_proxy.domain import errors
from annex_shared.contracts.debug_lines import DebugLines
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse
from annex_shared.contracts.limits import LimitViews
from annex_shared.contracts.schedules import (
    ChangeSchedule,
    CreateSchedule,
    DispatchViews,
    RunStarted,
    ScheduleView,
    ScheduleViews,
    SubscriptionViews,
)
from annex_shared.contracts.storage import StorageUsage
from annex_shared.contracts.warmup import WarmUpRequest, WarmUpView
from annex_shared.http.health import HEALTH_OPERATIONS, METRICS_OPERATIONS
from annex_shared.http.openapi_routes import DOCUMENT_OPERATIONS
from annex_shared.http.operations import (
    Access,
    Answer,
    ApiDescription,
    Body,
    Operation,
    Operations,
    Parameter,
)
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import InvalidId
from annex_shared.service_tokens import SERVICE_TOKEN_HEADER, ServiceTokenRefused

_DESCRIPTION = """\
Runs extension code in confined workers, for the gateway only.

200 and the contract's body whenever the guest answered, whatever status the guest chose; everything the
platform refuses is a problem document (RFC 9457) with its real status. docs/errors.md explains each code.
"""
# These end a start, never a call.
_AT_START = frozenset({errors.IsolationTooWeak, errors.CacheRootUnsafe})
# To a guest this is an answer like any other.
_WARM_UP_REFUSALS = (
    errors.BundleNotFound,
    errors.BundleUnreadable,
    errors.CallerRefused,
    errors.CompilationFailed,
    errors.ComponentInvalid,
    errors.InstallNotFound,
    errors.InstallRequired,
    errors.IntegrityMismatch,
    errors.Overloaded,
    errors.RegistryUnavailable,
    errors.RunnerUnavailable,
    errors.EgressListUnenforceable,
    errors.VersionBlocked,
    errors.VersionNotProven,
    errors.VersionProofPending,
    errors.VersionWithoutHandler,
)
# In compatibility mode nothing but the predecessor's members is sent.
_EXECUTED = {
    "anyOf": [
        {"$ref": "#/components/schemas/ExecuteResponse"},
        {
            "type": "object",
            "required": ["status", "headers"],
            "properties": {
                "status": {"type": "integer"},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                "body_b64": {"type": "string"},
                "error": {"type": "string"},
            },
            "additionalProperties": False,
        },
    ]
}
_HEALTHZ = {
    "type": "object",
    "required": ["cache_writable", "bundle_store", "ext_cache_max_bytes"],
    "properties": {
        "cache_writable": {"type": "boolean"},
        "bundle_store": {"enum": ["ok", "bundle_store_unreachable"]},
        "ext_cache_max_bytes": {"type": "integer"},
    },
}
_KEPT = frozenset(
    {
        errors.DatabaseUnavailable,
        errors.InvalidSchedule,
        errors.ScheduleNotFound,
        errors.ScheduleNameTaken,
        errors.ScheduleLimitReached,
        errors.ScheduleRateLimited,
        errors.ScheduleStillRunning,
        errors.DeliveryNotFound,
    }
)
_OF_AN_INSTALL = (
    errors.CallerRefused,
    errors.InstallNotFound,
    errors.RegistryUnavailable,
    errors.DatabaseUnavailable,
)
_CHANGING = (errors.InvalidSchedule, errors.ScheduleNameTaken, errors.ScheduleRateLimited)
_PAGE = (
    Parameter("before", "`next_before` of the page before.", refusals=(InvalidRequest,)),
    Parameter(
        "limit",
        "How many items a page holds at most.",
        schema={"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        refusals=(InvalidRequest,),
    ),
    Parameter("state", "Only those in this state.", refusals=(InvalidRequest,)),
)

SCHEDULE_OPERATIONS: Operations = {
    f"GET {INSTALL_ROUTE}/schedules": Operation(
        id="list_schedules",
        summary="List an install's schedules",
        tag="schedules",
        access=Access.PEER,
        answers=(Answer(200, "All of them, oldest first.", ScheduleViews),),
        refusals=_OF_AN_INSTALL,
    ),
    f"POST {INSTALL_ROUTE}/schedules": Operation(
        id="create_schedule",
        summary="Have an endpoint called by the clock",
        tag="schedules",
        access=Access.PEER,
        body=Body(CreateSchedule),
        answers=(Answer(201, "The schedule with its next run.", ScheduleView),),
        refusals=(*_OF_AN_INSTALL, *_CHANGING, errors.ScheduleLimitReached),
    ),
    f"GET {INSTALL_ROUTE}/schedules/{{schedule_id}}": Operation(
        id="show_schedule",
        summary="Show a schedule",
        tag="schedules",
        access=Access.PEER,
        answers=(Answer(200, "The schedule.", ScheduleView),),
        refusals=(*_OF_AN_INSTALL, errors.ScheduleNotFound),
    ),
    f"PATCH {INSTALL_ROUTE}/schedules/{{schedule_id}}": Operation(
        id="change_schedule",
        summary="Change a schedule, or enable it again",
        tag="schedules",
        access=Access.PEER,
        body=Body(ChangeSchedule),
        answers=(Answer(200, "The schedule as it is now.", ScheduleView),),
        refusals=(*_OF_AN_INSTALL, *_CHANGING, errors.ScheduleNotFound),
    ),
    f"DELETE {INSTALL_ROUTE}/schedules/{{schedule_id}}": Operation(
        id="delete_schedule",
        summary="Delete a schedule",
        tag="schedules",
        access=Access.PEER,
        answers=(Answer(204, "It runs no more; a run that has begun ends by itself."),),
        refusals=(*_OF_AN_INSTALL, errors.ScheduleNotFound, errors.ScheduleRateLimited),
    ),
    f"POST {INSTALL_ROUTE}/schedules/{{schedule_id}}/run": Operation(
        id="run_schedule_now",
        summary="Run a schedule now, beside its times",
        tag="schedules",
        access=Access.PEER,
        answers=(Answer(202, "The run waits to be sent.", RunStarted),),
        refusals=(
            *_OF_AN_INSTALL,
            errors.ScheduleNotFound,
            errors.ScheduleRateLimited,
            errors.ScheduleStillRunning,
        ),
    ),
    f"GET {INSTALL_ROUTE}/schedules/{{schedule_id}}/runs": Operation(
        id="list_schedule_runs",
        summary="List a schedule's runs with their attempts",
        tag="schedules",
        access=Access.PEER,
        parameters=_PAGE,
        answers=(Answer(200, "A page of runs, newest first.", DispatchViews),),
        refusals=(*_OF_AN_INSTALL, errors.ScheduleNotFound),
    ),
    f"GET {INSTALL_ROUTE}/subscriptions": Operation(
        id="list_subscriptions",
        summary="List the topics an install subscribes to",
        tag="schedules",
        access=Access.PEER,
        answers=(Answer(200, "Its subscriptions, by topic.", SubscriptionViews),),
        refusals=_OF_AN_INSTALL,
    ),
    f"GET {INSTALL_ROUTE}/deliveries": Operation(
        id="list_deliveries",
        summary="List events delivered to an install, or on their way",
        tag="schedules",
        access=Access.PEER,
        parameters=(*_PAGE, Parameter("topic", "Only those of this topic.")),
        answers=(Answer(200, "A page of deliveries with their attempts, newest first.", DispatchViews),),
        refusals=_OF_AN_INSTALL,
    ),
    f"POST {INSTALL_ROUTE}/deliveries/{{delivery_id}}/replay": Operation(
        id="replay_delivery",
        summary="Deliver again what was given up",
        tag="schedules",
        access=Access.PEER,
        answers=(Answer(204, "It waits to be sent, with a new budget."),),
        refusals=(*_OF_AN_INSTALL, errors.DeliveryNotFound),
    ),
}

EXECUTE_OPERATIONS: Operations = {
    "POST /v1/execute": Operation(
        id="execute",
        summary="Run one call of an extension",
        tag="execute",
        access=Access.PEER,
        parameters=(
            Parameter(CONFIG_VERSION_HEADER, "A higher one drops the older copy before the call.", "header"),
            Parameter(SECRETS_VERSION_HEADER, "A higher one drops the older copy before the call.", "header"),
            Parameter(
                COMPATIBILITY_HEADER,
                "`alga`: 200 with `status` and an `error` text also for what the platform refuses once the "
                "call was taken on; `x-alga-tenant` and `x-alga-extension` are then required.",
                "header",
            ),
        ),
        body=Body(ExecuteRequest),
        answers=(
            Answer(
                200,
                "The guest answered; its own status is in the body.",
                _EXECUTED,
                uses=(ExecuteResponse,),
                headers={EXECUTION_ID_HEADER: "Names the execution."},
            ),
        ),
        refusals=(InvalidId, *(kind for kind in PROBLEMS if kind not in _AT_START | _KEPT)),
    ),
    "GET /internal/v1/installs/{install_id}/storage": Operation(
        id="get_storage_usage",
        summary="What an install uses of its storage",
        tag="storage",
        access=Access.PEER,
        answers=(Answer(200, "Bytes, keys and namespaces, with what may be used.", StorageUsage),),
        refusals=(
            errors.CallerRefused,
            errors.InstallNotFound,
            errors.RegistryUnavailable,
            errors.DatabaseUnavailable,
        ),
    ),
    "GET /.well-known/limits.json": Operation(
        id="limits",
        summary="How much one call of an extension may use here",
        tag="execute",
        access=Access.OPEN,
        answers=(Answer(200, "Every limit with its figures on this platform.", LimitViews),),
    ),
    "GET /internal/v1/debug-lines": Operation(
        id="list_debug_lines",
        summary="Read what this process still has of an extension's lines",
        tag="debug",
        access=Access.PEER,
        parameters=(
            Parameter("tenant_id", "Whose.", is_required=True, refusals=(InvalidId,)),
            Parameter("extension_id", "Of which extension.", is_required=True, refusals=(InvalidId,)),
            Parameter("install_id", "Of this install only."),
            Parameter("request_id", "Of this request only."),
            Parameter(
                "after",
                "`next` of the answer before.",
                schema={"type": "integer", "minimum": 0},
                refusals=(InvalidRequest,),
            ),
            Parameter(
                "limit",
                "At most so many; without `after` the last ones.",
                schema={"type": "integer", "minimum": 1, "default": MAX_LINES},
                refusals=(InvalidRequest,),
            ),
        ),
        answers=(Answer(200, "Lines in order, and the state of the connection to Redis.", DebugLines),),
        refusals=(errors.CallerRefused,),
    ),
    "POST /warmup": Operation(
        id="warm_up",
        summary="Make a version ready before it is called",
        tag="execute",
        access=Access.PEER,
        description="Names an install or a published bundle; waits for `wait_ms` at most, and never longer "
        "than `WARM_WAIT_SECONDS`. Without a body it only says that calls are taken.",
        body=Body(WarmUpRequest, is_required=False),
        answers=(
            Answer(200, "It is ready, or nothing was named.", WarmUpView),
            Answer(202, "It is being made ready.", WarmUpView, headers={"retry-after": "Seconds."}),
        ),
        refusals=(InvalidId, *_WARM_UP_REFUSALS),
    ),
    "GET /healthz": Operation(
        id="healthz",
        summary="Health in the predecessor's form",
        tag="health",
        access=Access.OPEN,
        answers=(
            Answer(200, "The cache can be written.", _HEALTHZ),
            Answer(503, "The cache cannot be written.", _HEALTHZ),
        ),
    ),
    **SCHEDULE_OPERATIONS,
    **HEALTH_OPERATIONS,
    **METRICS_OPERATIONS,
    **DOCUMENT_OPERATIONS,
}

RUNNER_PROXY_API = ApiDescription(
    service="runner-proxy",
    title="Annex runner-proxy",
    description=_DESCRIPTION,
    where="services/runner-proxy/src/annex_runner_proxy/api/operations.py",
    operations=EXECUTE_OPERATIONS,
    problems=PROBLEMS,
    tags={
        "execute": "Running extension code.",
        "storage": "What extensions store.",
        "debug": "What extensions write.",
        "schedules": "What runs by the clock, what ran, and what was delivered.",
        "health": "For those who operate the service.",
    },
    path_parameters={
        "install_id": Parameter("install_id", "The install, a UUID.", "path", refusals=(InvalidId,)),
        "schedule_id": Parameter("schedule_id", "The schedule.", "path", refusals=(InvalidId,)),
        "delivery_id": Parameter("delivery_id", "The delivery.", "path", refusals=(InvalidId,)),
    },
    security_schemes={
        "service_token": {"type": "apiKey", "in": "header", "name": SERVICE_TOKEN_HEADER},
    },
    always={Access.PEER: (ServiceTokenRefused,)},
)
