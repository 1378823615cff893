"""The registry's API as a whole: its tables, and what all its operations have in common."""

from annex_registry.api.operations.extensions import EXTENSION_OPERATIONS
from annex_registry.api.operations.feeds import FEED_OPERATIONS, INTERNAL_OPERATIONS
from annex_registry.api.operations.installs import INSTALL_OPERATIONS
from annex_registry.api.operations.parameters import PATH_PARAMETERS
from annex_registry.api.operations.publishers import PUBLISHER_OPERATIONS
from annex_registry.api.operations.trusted_publishing import TRUSTED_PUBLISHING_OPERATIONS
from annex_registry.api.operations.uploads import PREDECESSOR_UPLOAD_OPERATIONS, UPLOAD_OPERATIONS
from annex_registry.api.problems import PROBLEMS
from annex_registry.domain import errors
from annex_shared.http.health import HEALTH_OPERATIONS, METRICS_OPERATIONS
from annex_shared.http.openapi_routes import DOCUMENT_OPERATIONS
from annex_shared.http.operations import Access, ApiDescription
from annex_shared.service_tokens import SERVICE_TOKEN_HEADER, ServiceTokenRefused

_DESCRIPTION = """\
Extensions, their immutable versions and bundles, the transparency log, installs, and the feeds of all of it.
For other services of the platform: callers reach what is under `/api` and `/log` through the gateway, with
an API key instead of a service token.

Every refusal is a problem document (RFC 9457) with a `code` that has one meaning for ever; docs/errors.md
explains each. An address that does not exist is answered `ROUTE_NOT_FOUND` (404), a method it does not have
`METHOD_NOT_ALLOWED` (405). Addresses with GET answer HEAD as well, except feeds and snapshots.
"""
TAGS = {
    "extensions": "What is published, by name.",
    "versions": "Immutable versions, and the facts stated about them later.",
    "log": "The transparency log and proofs out of it.",
    "uploads": "Bundles on their way in.",
    "publishers": "Who publishes, and the keys that sign.",
    "installs": "What a tenant uses, with configuration, grants and secrets.",
    "feeds": "Events in order, and the state they lead to.",
    "compatibility": "Addresses and bodies of the predecessor; camelCase.",
    "internal": "For other services only; never exposed.",
    "health": "For those who operate the service.",
}

REGISTRY_API = ApiDescription(
    service="registry",
    title="Annex registry",
    description=_DESCRIPTION,
    where="services/registry/src/annex_registry/api/operations/<noun>.py",
    operations={
        **EXTENSION_OPERATIONS,
        **UPLOAD_OPERATIONS,
        **PUBLISHER_OPERATIONS,
        **TRUSTED_PUBLISHING_OPERATIONS,
        **INSTALL_OPERATIONS,
        **FEED_OPERATIONS,
        **PREDECESSOR_UPLOAD_OPERATIONS,
        **INTERNAL_OPERATIONS,
        **HEALTH_OPERATIONS,
        **METRICS_OPERATIONS,
        **DOCUMENT_OPERATIONS,
    },
    problems=PROBLEMS,
    tags=TAGS,
    path_parameters=PATH_PARAMETERS,
    security_schemes={
        "service_token": {
            "type": "apiKey",
            "in": "header",
            "name": SERVICE_TOKEN_HEADER,
            "description": "A signed token of at most 30 seconds, bound to this request (ADR 9).",
        }
    },
    always={
        Access.CALLER: (
            ServiceTokenRefused,
            errors.PublishTokenRefused,
            errors.PublishTokenExpired,
            errors.ExtensionsDisabled,
            errors.RegistryBusy,
        ),
        Access.PEER: (ServiceTokenRefused, errors.PeerRequired, errors.RegistryBusy),
    },
    denied=errors.PermissionDenied,
)
