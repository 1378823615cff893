"""Assemble the registry's application from its routes and dependencies."""

from aiohttp import web

from annex_registry.api.bundle_entries import bundle_entry_routes
from annex_registry.api.bundles import bundle_routes
from annex_registry.api.dependencies import DEPENDENCIES, Dependencies
from annex_registry.api.feeds import feed_routes
from annex_registry.api.installs import install_routes
from annex_registry.api.internal import internal_routes
from annex_registry.api.log import log_routes
from annex_registry.api.metrics import metrics_routes
from annex_registry.api.predecessor_installs import predecessor_install_routes
from annex_registry.api.problems import PROBLEMS, predecessor_members
from annex_registry.api.publish_tokens import act_for_publish_token
from annex_registry.api.publishers import publisher_routes
from annex_registry.api.publishing import STREAMED_ROUTES, publishing_routes
from annex_registry.api.served_installs import KEYED_ROUTES, keyed_runner, served_install_routes
from annex_registry.api.switch import refuse_when_disabled
from annex_registry.api.tenant_secrets import tenant_secret_routes
from annex_registry.api.trusted_publishing import trusted_publishing_routes
from annex_registry.api.uploads import UPLOAD_ROUTE, upload_routes
from annex_registry.api.versions import version_routes
from annex_shared.http.health import health_routes
from annex_shared.http.openapi_routes import openapi_routes
from annex_shared.http.server import build_web_app
from annex_shared.http.service_auth import service_auth_middleware

# Holds a manifest of 1 MiB sent as text inside JSON, and a signature beside it.
_MAX_BODY_BYTES = 4 * 1024 * 1024


def build_web(dependencies: Dependencies) -> web.Application:
    """Every route but the health checks needs a service token."""
    app = build_web_app(
        "registry",
        routes=[
            *health_routes(dependencies.pings),
            *metrics_routes(),
            *openapi_routes("annex_registry.api"),
            *upload_routes(),
            *predecessor_install_routes(),
            *served_install_routes(),
            *version_routes(),
            *log_routes(),
            *publishing_routes(),
            *publisher_routes(),
            *trusted_publishing_routes(),
            *install_routes(),
            *tenant_secret_routes(),
            *bundle_routes(),
            *bundle_entry_routes(),
            *feed_routes(),
            *internal_routes(),
        ],
        problems=PROBLEMS,
        middlewares=[
            service_auth_middleware(
                dependencies.verifier,
                streamed_routes=STREAMED_ROUTES | {UPLOAD_ROUTE},
                known_otherwise=dict.fromkeys(KEYED_ROUTES, keyed_runner),
            ),
            refuse_when_disabled,
            act_for_publish_token,
        ],
        client_max_size=_MAX_BODY_BYTES,
        compatibility=predecessor_members,
        new_id=dependencies.new_id,
    )
    app[DEPENDENCIES] = dependencies
    return app
