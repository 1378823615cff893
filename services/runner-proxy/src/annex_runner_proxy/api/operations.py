"""What each route of the runner-proxy promises; docs/api/runner-proxy.openapi.json is made from it."""

from annex_runner_proxy.api.execute import CONFIG_VERSION_HEADER, EXECUTION_ID_HEADER, SECRETS_VERSION_HEADER
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.api.schedules import INSTALL_ROUTE
from annex_runner_proxy.domain import errors
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse
from annex_shared.contracts.schedules import (
    ChangeSchedule,
    CreateSchedule,
    DispatchViews,
    RunStarted,
    ScheduleView,
    ScheduleViews,
    SubscriptionViews,
)
from annex_shared.http.health import HEALTH_OPERATIONS
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
        ),
        body=Body(ExecuteRequest),
        answers=(
            Answer(
                200,
                "The guest answered; its own status is in the body.",
                ExecuteResponse,
                headers={EXECUTION_ID_HEADER: "Names the execution."},
            ),
        ),
        refusals=(InvalidId, *(kind for kind in PROBLEMS if kind not in _AT_START | _KEPT)),
    ),
    **SCHEDULE_OPERATIONS,
    **HEALTH_OPERATIONS,
    **DOCUMENT_OPERATIONS,
}

RUNNER_PROXY_API = ApiDescription(
    service="runner-proxy",
    title="Annex runner-proxy",
    description=_DESCRIPTION,
    where="services/runner-proxy/src/annex_runner_proxy/api/operations.py",
    operations=EXECUTE_OPERATIONS,
    problems=PROBLEMS,
    path_parameters={
        "install_id": Parameter("install_id", "The install.", "path", refusals=(InvalidId,)),
        "schedule_id": Parameter("schedule_id", "The schedule.", "path", refusals=(InvalidId,)),
        "delivery_id": Parameter("delivery_id", "The delivery.", "path", refusals=(InvalidId,)),
    },
    tags={
        "execute": "Running extension code.",
        "schedules": "What runs by the clock, what ran, and what was delivered.",
        "health": "For those who operate the service.",
    },
    security_schemes={
        "service_token": {"type": "apiKey", "in": "header", "name": SERVICE_TOKEN_HEADER},
    },
    always={Access.PEER: (ServiceTokenRefused,)},
)
