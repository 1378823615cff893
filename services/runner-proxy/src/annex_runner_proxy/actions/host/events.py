"""``alga:extension/events``: an extension says something to the other extensions of its tenant."""

from functools import partial

import structlog

from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction
from annex_runner_proxy.domain.kept import Subscriptions
from annex_runner_proxy.domain.topics import (
    EMITS_PER_MINUTE,
    EVENTS_EMIT,
    MAX_PAYLOAD_BYTES,
    extension_topic,
    is_own_topic,
)
from annex_shared.clock import Clock, NewId
from annex_shared.contracts.events import ExtensionEvent
from annex_shared.names import ExtensionRef
from annex_shared.strict_json import NotStrictJson, read_strict_json

log = structlog.get_logger()


def events_functions(subscriptions: Subscriptions, clock: Clock, new_id: NewId) -> HostApi:
    emit = partial(_emit, subscriptions, clock, new_id)
    return {"events.emit": HostFunction(emit, EVENTS_EMIT, denied=("err", "denied"))}


async def _emit(
    subscriptions: Subscriptions, clock: Clock, new_id: NewId, scope: CallScope, topic: str, payload: str
) -> tuple[str, str]:
    install = scope.install
    if not is_own_topic(topic):
        return "err", "invalid"
    body = payload.encode("utf-8", "replace")
    if len(body) > MAX_PAYLOAD_BYTES:
        return "err", "too-large"
    try:
        document = read_strict_json(body)
    except NotStrictJson:
        return "err", "invalid"
    extension = ExtensionRef.parse(install.extension)
    event = ExtensionEvent(
        tenant_id=str(install.tenant_id),
        install_id=str(install.install_id),
        extension=install.extension,
        extension_id=str(install.extension_id),
        publisher=str(extension.publisher),
        name=str(extension.name),
        topic=topic,
        payload=document,
    )
    scope.count_effect()
    try:
        event_id = await subscriptions.emit(
            install,
            extension_topic(extension, topic),
            event.model_dump(mode="json"),
            event_key=new_id(),
            now=clock.now(),
            limit=EMITS_PER_MINUTE,
        )
    except DatabaseUnavailable:
        log.error(  # noqa: TRY400 - the error's class says all
            "event_not_kept", install_id=str(install.install_id), execution_id=str(scope.execution_id)
        )
        return "err", "internal"
    return ("err", "quota-exceeded") if event_id is None else ("ok", event_id)
