"""`POST /api/v1/installs/{install}/ui-tokens`: a short-lived token for the page of one extension."""

from datetime import datetime
from uuid import UUID

from aiohttp import web

from annex_gateway.actions.issue_ui_token import IssuedUiToken, issue_ui_token
from annex_gateway.api.administration import answer, caller_of
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import credentials_of
from annex_gateway.domain import errors
from annex_gateway.domain.errors import ExtensionsDisabled
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.operations import Answer, Operation, Operations, Parameter

UI_TOKENS = "/api/v1/installs/{install}/ui-tokens"


class UiTokenView(Exchanged):
    """A UI token: send it as `Authorization: Bearer` to `/api/ext/{install}/…`, without any cookie."""

    token: str
    expires_at: datetime
    install_id: UUID
    extension_id: UUID
    version_id: UUID

    @classmethod
    def of(cls, issued: IssuedUiToken) -> "UiTokenView":
        bounds = issued.token.bounds
        return cls(
            token=issued.text,
            expires_at=issued.token.expires_at,
            install_id=bounds.install_id,
            extension_id=bounds.extension_id,
            version_id=bounds.version_id,
        )


def ui_token_routes() -> list[web.RouteDef]:
    return [web.post(UI_TOKENS, post_ui_token)]


async def post_ui_token(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    identity = await caller_of(request)
    if not dependencies.are_extensions_enabled:
        raise ExtensionsDisabled("Extensions are switched off in this deployment.")
    issued = await issue_ui_token(
        identity,
        request.match_info["install"],
        credentials=credentials_of(request),
        policies=dependencies.policies,
        ui_tokens=dependencies.ui_tokens,
    )
    response = answer(UiTokenView.of(issued), status=201)
    response.headers["cache-control"] = "no-store"
    return response


UI_TOKEN_OPERATIONS: Operations = {
    f"POST {UI_TOKENS}": Operation(
        id="issue_ui_token",
        summary="Issue a short-lived token for the page of one extension",
        tag="identity",
        description="For whoever may read the extension, with a session or an API key. The token opens "
        "`/api/ext/{install}/…` of this install in its present version, as its holder, and nothing else; "
        "see docs/bridge.md.",
        answers=(Answer(201, "The token, shown this once.", UiTokenView),),
        refusals=(
            errors.ExtensionsDisabled,
            errors.ProjectionStale,
            errors.ExtensionNotInstalled,
            errors.ExtensionAmbiguous,
            errors.InstallDisabled,
            errors.InstallNotReady,
            errors.VersionBlocked,
            errors.TenantNotEntitled,
            errors.KillSwitchOn,
            errors.PermissionDenied,
            errors.ExtensionNotForClients,
            errors.ClientUnknown,
            errors.UiTokenNeedsSession,
        ),
    ),
}

UI_TOKEN_PARAMETERS = {
    "install": Parameter("install", "The install's id, or the extension as in calls.", "path")
}
