"""Errors become RFC 9457 problems here and nowhere else: the table, the document, the middleware."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import JsonValue, ValidationError

from annex_shared.content_hash import InvalidContentHash
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER, PROBLEM_JSON, ProblemDocument
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.http.request_id import PROBLEM_CODE, REQUEST_ID
from annex_shared.ids import InvalidId
from annex_shared.names import InvalidExtensionName, InvalidPublisherName
from annex_shared.service_tokens import ServiceTokenRefused
from annex_shared.version_number import InvalidVersionNumber

_RETRYABLE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

log = structlog.get_logger()


class InvalidRequest(AnnexError):
    """A request body or parameter is malformed; ``details.errors`` lists every mistake."""


class BodyTooLarge(AnnexError):
    """A request body is over the limit of its route."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem type: the slug in ``/errors/<slug>``, status, title; the code is the slug in capitals."""

    slug: str
    status: HTTPStatus
    title: str

    @property
    def code(self) -> str:
        return self.slug.replace("-", "_").upper()


ProblemTable = Mapping[type[Exception], Problem]
# Adds members to a document for clients of an older dialect; returns only the additional ones.
CompatibilityMembers = Callable[[str, ProblemDocument], Mapping[str, JsonValue]]

SHARED_PROBLEMS: ProblemTable = {
    InvalidRequest: Problem("invalid-request", HTTPStatus.BAD_REQUEST, "Invalid request"),
    BodyTooLarge: Problem("body-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Body too large"),
    InvalidId: Problem("invalid-id", HTTPStatus.BAD_REQUEST, "Invalid id"),
    InvalidContentHash: Problem("invalid-content-hash", HTTPStatus.BAD_REQUEST, "Invalid content hash"),
    InvalidExtensionName: Problem("invalid-extension-name", HTTPStatus.BAD_REQUEST, "Invalid extension name"),
    InvalidPublisherName: Problem("invalid-publisher-name", HTTPStatus.BAD_REQUEST, "Invalid publisher name"),
    InvalidVersionNumber: Problem("invalid-version-number", HTTPStatus.BAD_REQUEST, "Invalid version number"),
    ServiceTokenRefused: Problem("service-token-refused", HTTPStatus.UNAUTHORIZED, "Service token refused"),
}

_BY_STATUS = {
    HTTPStatus.NOT_FOUND: Problem("route-not-found", HTTPStatus.NOT_FOUND, "Route not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: Problem(
        "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed"
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: SHARED_PROBLEMS[BodyTooLarge],
}
INTERNAL = Problem("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error")


def problem_of(error: Exception, table: ProblemTable) -> Problem | None:
    return row_of(type(error), table)


def row_of(kind: type[Exception], table: ProblemTable) -> Problem | None:
    """Find the row of the nearest class, so that a family of errors can share one."""
    for base in kind.__mro__:
        if base in table:
            return table[base]
        if base in SHARED_PROBLEMS:
            return SHARED_PROBLEMS[base]
    return None


def problem_middleware(
    table: ProblemTable, *, compatibility: CompatibilityMembers | None = None
) -> Middleware:
    """Turn whatever a handler raises into a problem; what no table lists is logged and said to be ours."""

    @web.middleware
    async def render_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _present(_http_problem(error, request), request, compatibility, headers=_kept(error))
        except ValidationError as error:
            invalid = invalid_request(error)
            return _present(
                _document(invalid, SHARED_PROBLEMS[InvalidRequest], request), request, compatibility
            )
        except AnnexError as error:
            problem = problem_of(error, table)
            if problem is None:
                return _unexpected(error, request, compatibility)
            retry = error.retry_after_seconds
            headers = {} if retry is None else {"retry-after": str(retry)}
            return _present(_document(error, problem, request), request, compatibility, headers=headers)
        except Exception as error:  # noqa: BLE001 - the last door: nothing may leave a service unexplained
            return _unexpected(error, request, compatibility)

    return render_problems


def invalid_request(error: ValidationError) -> InvalidRequest:
    """Name every field pydantic refused, without echoing what was sent."""
    errors: list[JsonValue] = [
        {"pointer": "/" + "/".join(str(part) for part in mistake["loc"]), "message": mistake["msg"]}
        for mistake in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return InvalidRequest(f'"{shown(field, limit=80)}": {shown(first["msg"])}.', details={"errors": errors})


def _document(error: AnnexError, problem: Problem, request: web.Request) -> ProblemDocument:
    return ProblemDocument(
        type=f"/errors/{problem.slug}",
        title=problem.title,
        status=problem.status,
        detail=error.message,
        instance=request.path,
        code=problem.code,
        message=error.message,
        request_id=request.get(REQUEST_ID, ""),
        retryable=problem.status in _RETRYABLE or error.retry_after_seconds is not None,
        hint=error.hint,
        details=error.details,
    )


def _http_problem(error: web.HTTPException, request: web.Request) -> ProblemDocument:
    """Say what aiohttp itself refuses (no such route, wrong method, body over the limit) in our form."""
    status = HTTPStatus(error.status)
    slug = re.sub(r"[^a-z]+", "-", status.phrase.lower()).strip("-")
    problem = _BY_STATUS.get(status, Problem(slug, status, status.phrase))
    sentence = {
        HTTPStatus.NOT_FOUND: f'There is nothing at "{shown(request.path)}".',
        HTTPStatus.METHOD_NOT_ALLOWED: f'{request.method} is not possible at "{shown(request.path)}".',
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is over the limit of this address. Nothing changed.",
    }.get(status, f"{status.phrase}.")
    return _document(AnnexError(sentence), problem, request)


def _kept(error: web.HTTPException) -> dict[str, str]:
    return {"allow": error.headers["Allow"]} if "Allow" in error.headers else {}


def _unexpected(
    error: Exception, request: web.Request, compatibility: CompatibilityMembers | None
) -> web.StreamResponse:
    log.error("request_failed", error_type=type(error).__name__, exc_info=error)
    fault = AnnexError("The service failed unexpectedly; the fault is ours. The request id finds the reason.")
    return _present(_document(fault, INTERNAL, request), request, compatibility)


def _present(
    document: ProblemDocument,
    request: web.Request,
    compatibility: CompatibilityMembers | None,
    *,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    request[PROBLEM_CODE] = document.code
    added = dict(compatibility(request.path, document)) if compatibility else {}
    complete = document.model_copy(update=added)
    return web.Response(
        status=document.status,
        body=complete.model_dump_json(exclude_none=True).encode(),
        headers={
            "content-type": PROBLEM_JSON,
            "cache-control": "no-store",
            PLATFORM_PROBLEM_HEADER: document.code,
            **(headers or {}),
        },
    )
