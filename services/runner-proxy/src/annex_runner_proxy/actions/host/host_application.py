"""``invoicing``, ``clients`` and ``services``: asked of the host application for an install."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction
from annex_runner_proxy.domain.ports import HostApplication, HostReply, ReadDocument
from annex_shared.contracts.host_application import (
    ClientPage,
    CreatedInvoice,
    Model,
    OneClient,
    OneService,
    ServicePage,
    is_date,
    read_document,
    to_host,
)
from annex_shared.observability.trace_context import TRACEPARENT_HEADER

INVOICES: Final = "cap:invoice.manual.create"
CLIENTS: Final = "cap:client.read"
SERVICES: Final = "cap:service.read"
_MAX_PAGE_SIZE, _DEFAULT_PAGE_SIZE = 100, 25
_MAX_SEARCH: Final = 200
_MAX_ITEMS: Final = 200
_CREATED, _OK, _BAD, _NOT_FOUND = 201, 200, 400, 404
_REFUSED: Final = frozenset({401, 403, 429})
_NOT_ALLOWED: Final = ("err", "not-allowed")
# What the host application says in a body wins over its status.
_ERRORS_BY_CODE: Final = {
    "NOT_ALLOWED": "not-allowed",
    "UNAUTHORIZED": "not-allowed",
    "INVALID_INPUT": "invalid-input",
    "INTERNAL_ERROR": "internal",
}


@dataclass(frozen=True, slots=True)
class HostApplicationAccess:
    """``application`` None denies everything: there is nobody to ask."""

    application: HostApplication | None
    read: ReadDocument
    token: str | None = None
    timeout_seconds: float = 5.0


def host_application_functions(access: HostApplicationAccess) -> HostApi:
    clients = partial(_listed, access, "clients", ClientPage)
    services = partial(_listed, access, "services", ServicePage)
    client = partial(_one, access, "clients", "clientId", OneClient)
    service = partial(_one, access, "services", "serviceId", OneService)
    return {
        "invoicing.create-manual-invoice": HostFunction(
            partial(_create_invoice, access),
            INVOICES,
            denied=_no_invoice("not allowed: cap:invoice.manual.create"),
        ),
        "clients.list-clients": HostFunction(clients, CLIENTS, denied=_NOT_ALLOWED),
        "clients.get-client": HostFunction(client, CLIENTS, denied=_NOT_ALLOWED),
        "services.list-services": HostFunction(services, SERVICES, denied=_NOT_ALLOWED),
        "services.get-service": HostFunction(service, SERVICES, denied=_NOT_ALLOWED),
    }


async def _listed(
    access: HostApplicationAccess, noun: str, model: type[Model], scope: CallScope, wish: dict[str, Any]
) -> tuple[str, Any]:
    page = 1 if wish["page"] is None else wish["page"]
    page_size = _DEFAULT_PAGE_SIZE if wish["page-size"] is None else wish["page-size"]
    if page < 1 or not 1 <= page_size <= _MAX_PAGE_SIZE or len(wish["search"] or "") > _MAX_SEARCH:
        return "err", "invalid-input"
    asked = to_host({**wish, "page": page, "page-size": page_size})
    reply = await _ask(access, scope, noun, {"operation": "list", "input": asked})
    if reply is None or reply.status != _OK:
        return _refusal(access, reply)
    found = read_document(access.read(reply.content), model)
    return ("err", "internal") if found is None else ("ok", found.to_wit())


async def _one(
    access: HostApplicationAccess,
    noun: str,
    field: str,
    model: type[OneClient] | type[OneService],
    scope: CallScope,
    wanted: str,
) -> tuple[str, Any]:
    if not 1 <= len(wanted) <= _MAX_SEARCH:
        return "err", "invalid-input"
    reply = await _ask(access, scope, noun, {"operation": "get", "input": {field: wanted}})
    if reply is not None and reply.status == _NOT_FOUND:
        return "ok", None
    if reply is None or reply.status != _OK:
        return _refusal(access, reply)
    found = read_document(access.read(reply.content), model)
    if found is None:
        return "err", "internal"
    return "ok", None if found.item is None else found.item.to_wit()


async def _create_invoice(
    access: HostApplicationAccess, scope: CallScope, wish: dict[str, Any]
) -> dict[str, Any]:
    wrong = _wrong_fields(wish)
    if wrong:
        return _no_invoice("invalid input", wrong)
    if access.application is not None:
        scope.count_effect()
    body = {"operation": "createManualInvoice", "input": to_host(wish)}
    reply = await _ask(access, scope, "invoicing", body, key=f"{scope.execution_id}:{scope.effects}")
    if reply is None:
        return _no_invoice("no host application is configured" if access.application is None else "no answer")
    document = access.read(reply.content)
    if reply.status == _CREATED:
        created = read_document(document, CreatedInvoice)
        return _no_invoice("the answer makes no sense") if created is None else _invoice(created)
    said = (document or {}).get("error")
    text = said if isinstance(said, str) else f"http {reply.status}"
    return _no_invoice(f"http {reply.status}: {text}" if said else text, (document or {}).get("fieldErrors"))


def _wrong_fields(wish: Mapping[str, Any]) -> dict[str, str]:
    """Say which fields cannot be meant; the host application judges the rest."""
    wrong = {}
    if not wish["client-id"]:
        wrong["clientId"] = "must not be empty"
    if not 1 <= len(wish["items"]) <= _MAX_ITEMS:
        wrong["items"] = f"must be 1 to {_MAX_ITEMS}"
    if not all(math.isfinite(item[name]) for item in wish["items"] for name in ("quantity", "rate")):
        wrong["items"] = "must have finite quantities and rates"
    for field, name in (("invoice-date", "invoiceDate"), ("due-date", "dueDate")):
        if not is_date(wish[field]):
            wrong[name] = "must be written YYYY-MM-DD"
    return wrong


async def _ask(
    access: HostApplicationAccess,
    scope: CallScope,
    noun: str,
    body: dict[str, Any],
    *,
    key: str | None = None,
) -> HostReply | None:
    if access.application is None:
        return None
    user = scope.user
    if user is not None:
        body = {**body, "user": {"userId": user.user_id, "userType": user.user_type}}
    headers = {
        "content-type": "application/json",
        "x-request-id": scope.request_id,
        "x-alga-tenant": str(scope.install.tenant_id),
        "x-alga-extension": str(scope.install.extension_id),
        **({} if access.token is None else {"x-runner-auth": access.token}),
        **({} if scope.traceparent is None else {TRACEPARENT_HEADER: scope.traceparent}),
        **({} if key is None else {"x-idempotency-key": key}),
    }
    return await access.application.ask(
        "POST",
        f"/api/internal/ext-{noun}/install/{scope.install.install_id}",
        headers=headers,
        body=json.dumps(body).encode(),
        timeout_seconds=min(access.timeout_seconds, scope.remaining_seconds()),
    )


def _refusal(access: HostApplicationAccess, reply: HostReply | None) -> tuple[str, str]:
    if access.application is None:
        return _NOT_ALLOWED
    if reply is None:
        return "err", "internal"
    document = access.read(reply.content) or {}
    error = document.get("error")
    code = error.get("code") if isinstance(error, dict) else document.get("code", error)
    if isinstance(code, str) and code in _ERRORS_BY_CODE:
        return "err", _ERRORS_BY_CODE[code]
    if reply.status in _REFUSED:
        return _NOT_ALLOWED
    return ("err", "invalid-input") if reply.status == _BAD else ("err", "internal")


def _invoice(created: CreatedInvoice) -> dict[str, Any]:
    return {**created.to_wit(), "field-errors": None}


def _no_invoice(error: str, field_errors: Any = None) -> dict[str, Any]:
    nothing = CreatedInvoice(success=False, error=error[:2_000]).to_wit()
    return {**nothing, "field-errors": json.dumps(field_errors)[:8_000] if field_errors else None}
