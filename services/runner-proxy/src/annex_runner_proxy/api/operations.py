"""What each route of the runner-proxy promises; docs/api/runner-proxy.openapi.json is made from it."""

from annex_runner_proxy.api.execute import CONFIG_VERSION_HEADER, EXECUTION_ID_HEADER, SECRETS_VERSION_HEADER
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.domain import errors
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse
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
from annex_shared.ids import InvalidId
from annex_shared.service_tokens import SERVICE_TOKEN_HEADER, ServiceTokenRefused

_DESCRIPTION = """\
Runs extension code in confined workers, for the gateway only.

200 and the contract's body whenever the guest answered, whatever status the guest chose; everything the
platform refuses is a problem document (RFC 9457) with its real status. docs/errors.md explains each code.
"""
# These end a start, never a call.
_AT_START = frozenset({errors.IsolationTooWeak, errors.CacheRootUnsafe})

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
        refusals=(InvalidId, *(kind for kind in PROBLEMS if kind not in _AT_START)),
    ),
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
    tags={"execute": "Running extension code.", "health": "For those who operate the service."},
    security_schemes={
        "service_token": {"type": "apiKey", "in": "header", "name": SERVICE_TOKEN_HEADER},
    },
    always={Access.PEER: (ServiceTokenRefused,)},
)
