"""What the console's own routes promise: its page, the files of the page, and what only it asks."""

from annex_gateway.api.console_bodies import ConsoleSession
from annex_gateway.domain import errors
from annex_shared.http.operations import Access, Answer, Operation, Operations, Parameter

TAG = "console"
_FOREIGN = (errors.ForeignHost, errors.ForeignOrigin)
_PAGE = (Answer(200, "The page.", {"type": "string"}, "text/html"),)


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
}
CONSOLE_PARAMETERS = {
    "place": Parameter("place", "A tenant's slug and a page, slashes included.", "path"),
    "name": Parameter("name", "A file's name with the hash of its content.", "path"),
}
