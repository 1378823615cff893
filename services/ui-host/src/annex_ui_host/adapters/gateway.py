"""The gateway's listing of what is stopped, over HTTP."""

from http import HTTPStatus
from uuid import UUID

import structlog

from annex_shared.contracts.stops import STOPS_PATH, StopsView
from annex_shared.http.client import RemoteRefused, RemoteUnavailable, ServiceClient
from annex_ui_host.domain.errors import ControlsUnavailable
from annex_ui_host.domain.stops import StopsListing

_TIMEOUT_SECONDS = 5

log = structlog.get_logger()


class HttpGateway:
    """Asks on the ui-host's own behalf; whatever goes wrong there is ControlsUnavailable here."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def stops(self, *, unless: str | None) -> tuple[StopsListing, str] | None:
        """Read what is stopped and its tag, or None where it is what ``unless`` names."""
        headers = {} if unless is None else {"if-none-match": unless}
        try:
            answer = await self._client.ask(
                "GET", STOPS_PATH, timeout_seconds=_TIMEOUT_SECONDS, headers=headers
            )
        except RemoteRefused as error:
            raise _away(error.code) from error
        except RemoteUnavailable as error:
            raise _away(error.message) from error
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None
        try:
            return _to_listing(StopsView.model_validate_json(answer.body)), answer.headers.get("etag", "")
        except ValueError as error:  # of pydantic, or an id that is no UUID
            raise _away("an answer that is no StopsView") from error


def _to_listing(view: StopsView) -> StopsListing:
    subjects, tenants = set(), set()
    for stop in view.stops:
        tenant_id = None if stop.tenant_id is None else UUID(stop.tenant_id)
        subject = stop.extension_id or stop.version_id
        if subject is not None:
            subjects.add((tenant_id, UUID(subject)))
        elif tenant_id is not None:
            tenants.add(tenant_id)
    return StopsListing(
        subjects=frozenset(subjects),
        tenants=frozenset(tenants),
        entitled={UUID(tenant): is_entitled for tenant, is_entitled in view.entitled.items()},
        is_entitled=view.is_entitled,
        are_extensions_enabled=view.are_extensions_enabled,
    )


def _away(reason: str) -> ControlsUnavailable:
    log.warning("gateway_unavailable", reason=reason)
    return ControlsUnavailable()
