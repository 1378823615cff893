"""What the console's own routes promise: its page, the files of the page, and what only it asks."""

from annex_gateway.api.console_bodies import ActivityViews, ConsoleSession, HealthView
from annex_gateway.domain import errors
from annex_shared.http.operations import Access, Answer, Operation, Operations, Parameter
from annex_shared.ids import InvalidId
from annex_shared.permissions import Permission

TAG = "console"
_FOREIGN = (errors.ForeignHost, errors.ForeignOrigin)
_PAGE = (Answer(200, "The page.", {"type": "string"}, "text/html"),)

_EXTENSION = Parameter("extension_id", "The extension's id.", is_required=True, refusals=(InvalidId,))


def _page(operation_id: str, summary: str) -> Operation:
    return Operation(
        id=operation_id, summary=summary, tag=TAG, access=Access.OPEN, answers=_PAGE, refusals=_FOREIGN
    )


CONSOLE_OPERATIONS: Operations = {
    "GET /": _page("show_root", "The console, or how to build it"),
    "GET /sign-in": _page("show_sign_in", "The console's page to sign in"),
    "GET /device": _page("show_device", "The console's page to allow a device"),
    "GET /t/{place}": _page("show_console", "A page of the console, by tenant"),
    "GET /assets/{name}": Operation(
        id="show_console_file",
        summary="A file of the console; it never changes under its name",
        tag=TAG,
        access=Access.OPEN,
        answers=(Answer(200, "The file.", {"type": "string"}, "text/javascript"),),
        refusals=_FOREIGN,
    ),
    "GET /api/v1/console/session": Operation(
        id="show_console_session",
        summary="Say who is signed in, for which tenant, and who can give what is missing",
        tag=TAG,
        answers=(Answer(200, "The session with its tenant.", ConsoleSession),),
    ),
    "GET /api/v1/console/activity": Operation(
        id="list_activity",
        summary="Say how each extension of the tenant did in the last 24 hours",
        tag=TAG,
        permissions=(Permission.EXTENSION_READ,),
        description="Out of a bounded number of records, the newest ones.",
        answers=(Answer(200, "A row for each extension that ran.", ActivityViews),),
        refusals=(errors.ExecutionLogUnavailable,),
    ),
    "GET /api/v1/console/health": Operation(
        id="show_health",
        summary="Say how one extension did in the last 24 hours, hour by hour",
        tag=TAG,
        permissions=(Permission.EXTENSION_READ,),
        description="Out of a bounded number of records, the newest ones.",
        parameters=(
            Parameter("extension_id", "The extension's id.", is_required=True, refusals=(InvalidId,)),
        ),
        answers=(Answer(200, "Its hours and its last failures by code.", HealthView),),
        refusals=(errors.ExecutionLogUnavailable,),
    ),
}
CONSOLE_PARAMETERS = {
    "place": Parameter("place", "A tenant's slug and a page, slashes included.", "path"),
    "name": Parameter("name", "A file's name with the hash of its content.", "path"),
}
