"""Events as AMQP messages, and AMQP messages as dead letters."""

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType

from annex_shared.contracts.events import CONTENT_TYPE, CloudEvent
from annex_shared.messaging.port import DeadLetter, DeadReason

_DELIVERY_COUNT = "x-delivery-count"
_DEATHS = "x-death"
_FIRST_DEATH_REASON = "x-first-death-reason"


def to_message(event: CloudEvent, *, app_id: str) -> Message:
    """Write the whole event in the body; headers repeat what operators look for, consumers ignore them."""
    headers: HeadersType = {
        "ce-type": event.type,
        "ce-subject": event.subject,
        "ce-sequence": event.sequence,
    }
    if event.traceparent is not None:
        headers["traceparent"] = event.traceparent
    return Message(
        event.to_bytes(),
        message_id=event.id,
        type=event.type,
        timestamp=event.time,
        app_id=app_id,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers=headers,
    )


def to_second_life(letter: AbstractIncomingMessage) -> Message:
    """Copy a dead letter without its history: the broker counts its deliveries from zero again."""
    return Message(
        letter.body,
        message_id=letter.message_id,
        type=letter.type,
        timestamp=letter.timestamp,
        app_id=letter.app_id,
        content_type=letter.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers={name: value for name, value in letter.headers.items() if not name.startswith("x-")},
    )


def to_dead_letter(message: AbstractIncomingMessage) -> DeadLetter:
    reason = DeadReason.UNDECODABLE if _death_reason(message) == "rejected" else DeadReason.ATTEMPTS_EXHAUSTED
    return DeadLetter(message.body, reason)


def attempt_number(message: AbstractIncomingMessage) -> int:
    """Say which delivery of a quorum queue this is; the first carries no count."""
    count = message.headers.get(_DELIVERY_COUNT, 0)
    return (count if isinstance(count, int) else 0) + 1


def _death_reason(message: AbstractIncomingMessage) -> str:
    """Read why the broker moved the message; we reject without requeueing only what is no event."""
    deaths = message.headers.get(_DEATHS)
    if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
        return str(deaths[0].get("reason"))
    return str(message.headers.get(_FIRST_DEATH_REASON))
