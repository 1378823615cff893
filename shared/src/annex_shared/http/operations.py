"""What a route promises, as one row of a table: OpenAPI documents and contract tests are made from it.

A service keeps a table per noun beside its routes, keyed by `METHOD /canonical/path`, and one
``ApiDescription`` that holds what all its routes have in common. Problem codes that follow from the shape
of an operation (who may call it, that it has a body, what its parameters are refused with) are derived;
``refusals`` names the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from aiohttp import hdrs, web
from pydantic import BaseModel

from annex_shared.errors import AnnexError
from annex_shared.http.problems import (
    INTERNAL,
    BodyTooLarge,
    InvalidRequest,
    Problem,
    ProblemTable,
    row_of,
)
from annex_shared.permissions import Permission

Schema = Mapping[str, Any]
JSON = "application/json"
TEXT: Schema = {"type": "string"}
ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class Access(Enum):
    """Who may call: everybody, a caller who is known, or the services of the platform only."""

    OPEN = "open"
    CALLER = "caller"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, and what a request is refused with when it makes no sense."""

    name: str
    description: str
    place: Literal["path", "query", "header"] = "query"
    schema: Schema = field(default_factory=lambda: TEXT)
    is_required: bool = False
    refusals: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: JSON of a model, or bytes of a media type that are read as they come."""

    model: type[BaseModel] | None = None
    media_type: str = JSON
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A success; ``content`` is a model, a schema of our own, or None where there is no body.

    ``uses`` are the models that a schema of our own refers to.
    """

    status: int | Literal["default"]
    description: str
    content: type[BaseModel] | Schema | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[type[BaseModel], ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    ``refusals`` are the facts of the domain it can answer with. ``permissions`` are those of which one is
    needed. ``is_predecessors`` marks a route whose problems carry the older dialect's members too.
    ``shown_as`` is the path in the document where the router's is not one.
    """

    id: str
    summary: str
    tag: str
    answers: tuple[Answer, ...]
    description: str = ""
    access: Access = Access.CALLER
    permissions: tuple[Permission, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    refusals: tuple[type[Exception], ...] = ()
    is_predecessors: bool = False
    shown_as: str | None = None


Operations = Mapping[str, Operation]


@dataclass(frozen=True, slots=True)
class ApiDescription:
    """What the operations of a service have in common.

    ``always`` are the refusals of its middlewares and of what every handler depends on, by access; ``denied``
    is the refusal of a caller without the permission. ``where`` tells a developer which file to write in.
    """

    service: str
    title: str
    description: str
    where: str
    operations: Operations
    problems: ProblemTable
    tags: Mapping[str, str]
    path_parameters: Mapping[str, Parameter] = field(default_factory=dict)
    security_schemes: Mapping[str, Schema] = field(default_factory=dict)
    always: Mapping[Access, tuple[type[Exception], ...]] = field(default_factory=dict)
    denied: type[Exception] | None = None
    version: str = "1"


@dataclass(frozen=True, slots=True)
class DescribedRoute:
    """A route of the application with its row, and every problem it can answer."""

    method: str
    path: str
    operation: Operation
    parameters: tuple[Parameter, ...]
    problems: frozenset[Problem]


class ApiIncomplete(AnnexError):
    """Routes and their descriptions do not agree; the message says what to write where."""


def routes_of(app: web.Application) -> list[tuple[str, str]]:
    """List method and canonical path of every route; HEAD that comes with GET is part of GET."""
    found = [
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
    ]
    return [
        (method, path)
        for method, path in found
        if method != hdrs.METH_HEAD or (hdrs.METH_GET, path) not in found
    ]


def described_routes(routes: Iterable[tuple[str, str]], api: ApiDescription) -> list[DescribedRoute]:
    """Give every route its row. Raises ApiIncomplete for a route without one, or a row without a route."""
    keys = {f"{method} {path}" for method, path in routes}
    mistakes = [_missing_row(key, api) for key in sorted(keys - set(api.operations))]
    mistakes += [
        f'{api.where} describes "{key}", which is no route of {api.service}. Remove the row or correct it.'
        for key in sorted(set(api.operations) - keys)
        # HEAD comes with GET; a row of its own says more about it.
        if key.removeprefix("HEAD ") == key or f"GET {key.removeprefix('HEAD ')}" not in keys
    ]
    described: list[DescribedRoute] = []
    for key, operation in api.operations.items():
        try:
            described += _described(key, operation, api)
        except ApiIncomplete as mistake:
            mistakes.append(mistake.message)
    if mistakes:
        raise ApiIncomplete("\n".join(mistakes))
    return described


def _described(key: str, operation: Operation, api: ApiDescription) -> list[DescribedRoute]:
    method, _, canonical = key.partition(" ")
    path = operation.shown_as or canonical
    in_path = [_path_parameter(name, key, api) for name in _names_in(path)]
    parameters = (*in_path, *operation.parameters)
    facts = [*_derived(operation, api), *operation.refusals, *(r for p in parameters for r in p.refusals)]
    problems = frozenset({INTERNAL, *(_row(kind, key, api) for kind in facts)})
    methods = ANY_METHOD if method == hdrs.METH_ANY else (method,)
    return [DescribedRoute(method, path, operation, parameters, problems) for method in methods]


def _derived(operation: Operation, api: ApiDescription) -> list[type[Exception]]:
    """Find the refusals that follow from the shape of an operation."""
    facts = list(api.always.get(operation.access, ()))
    if operation.permissions and api.denied is not None:
        facts.append(api.denied)
    if operation.body is not None and operation.body.model is not None:
        facts += [InvalidRequest, BodyTooLarge]
    return facts


def _names_in(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _path_parameter(name: str, key: str, api: ApiDescription) -> Parameter:
    if name not in api.path_parameters:
        raise ApiIncomplete(
            f'"{key}": nobody says what {{{name}}} is. Add it to path_parameters in {api.where}.'
        )
    return api.path_parameters[name]


def _row(kind: type[Exception], key: str, api: ApiDescription) -> Problem:
    problem = row_of(kind, api.problems)
    if problem is None:
        raise ApiIncomplete(
            f'"{key}" may be refused with {kind.__name__}, which has no row in the table of problems. '
            f"Add it to PROBLEMS in the api/problems.py of {api.service}."
        )
    return problem


def _missing_row(key: str, api: ApiDescription) -> str:
    method, _, path = key.partition(" ")
    return (
        f"{key} has no description. Write in {api.where}:\n"
        f'    "{key}": Operation(\n'
        f'        id="{method.lower()}_…", summary="…", tag="{next(iter(api.tags))}",  # or another of TAGS\n'
        "        permissions=(Permission.EXTENSION_READ,),  # or access=Access.OPEN, Access.PEER\n"
        "        parameters=(…),  # query and headers; path parameters stand in path_parameters\n"
        "        body=Body(TheModel),  # if it has one\n"
        '        answers=(Answer(200, "…", TheView),),\n'
        "        refusals=(errors.TheFact, …),  # every class of domain/errors.py its action raises\n"
        f"    ),  # {path}"
    )
