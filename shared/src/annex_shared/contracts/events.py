"""Events between services: the CloudEvents envelope, the payloads, and the routing key of each."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.wire import Exchanged
from annex_shared.errors import AnnexError

REGISTRY_FEED = "registry"
INSTALLS_FEED = "installs"
# No feed to read: these events go to subscriptions. Its serials grow and have gaps.
EXTENSIONS_FEED = "extensions"
# Reserved: no feed has this name, so what is of this source is no fact. Test events say `annextest: true`.
TEST_FEED = "test"

VERSION_PUBLISHED = "version.published"
VERSION_STATUS = "version.status"
INSTALL_CHANGED = "install.changed"
EXTENSION_EVENT = "extension.event"

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"

_SEQUENCE_DIGITS = 20
_ID = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/([1-9][0-9]{0,18})")


class InvalidEvent(AnnexError):
    """Bytes are not an event, or an event lacks what its type promises."""


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


UtcTime = Annotated[
    AwareDatetime,
    AfterValidator(_to_utc),
    PlainSerializer(_rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

# Ids are lower-case UUID text on every wire; a UUID given by our own code is written that way.
IdText = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, UUID) else value),
    StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
]


class EventPayload(Exchanged):
    """The `data` of one event type; knows where in the world of events it belongs."""

    model_config = ConfigDict(hide_input_in_errors=True)

    event_type: ClassVar[str]
    feed: ClassVar[str]
    # The fields of the data whose values stand after the type in the routing key.
    key_fields: ClassVar[tuple[str, ...]]

    def subject(self) -> str:
        raise NotImplementedError

    def partition_key(self) -> str:
        raise NotImplementedError


class VersionPublished(EventPayload):
    """`version.published`: a version exists from now on and cannot change."""

    event_type = VERSION_PUBLISHED
    feed = REGISTRY_FEED
    key_fields = ("publisher", "name")

    extension: str
    extension_id: IdText
    publisher: str
    name: str
    version_id: IdText
    version: str
    content_hash: ContentHash
    size_bytes: int = Field(ge=0)
    published_at: UtcTime
    signer: str | None
    has_ui: bool
    has_handler: bool
    log_index: int | None = Field(default=None, ge=0)

    def subject(self) -> str:
        return f"{self.extension}@{self.version}"

    def partition_key(self) -> str:
        return self.extension


class VersionStatusChanged(EventPayload):
    """`version.status`: what is said of a version from now on, and why; its bytes stay what they are.

    ``log_index`` is null for what was said before statuses were in the transparency log.
    """

    event_type = VERSION_STATUS
    feed = REGISTRY_FEED
    key_fields = ("publisher", "name")

    extension: str
    extension_id: IdText
    publisher: str
    name: str
    version_id: IdText
    version: str
    content_hash: ContentHash
    status: str
    reason: str
    actor: str
    recorded_at: UtcTime
    log_index: int | None = None

    def subject(self) -> str:
        return f"{self.extension}@{self.version}"

    def partition_key(self) -> str:
        return self.extension


class InstallChange(StrEnum):
    """What happened to an install."""

    INSTALLED = "installed"
    UPDATED = "updated"
    ROLLED_BACK = "rolled_back"
    CONFIGURED = "configured"
    ENABLED = "enabled"
    DISABLED = "disabled"
    UNINSTALLED = "uninstalled"


class InstallChanged(EventPayload):
    """`install.changed`: the state an install has from this `revision` on, and what led to it."""

    event_type = INSTALL_CHANGED
    feed = INSTALLS_FEED
    key_fields = ("tenant_id",)

    change: InstallChange
    tenant_id: IdText
    install_id: IdText
    extension: str
    extension_id: IdText
    version_id: IdText
    version: str
    content_hash: ContentHash
    is_enabled: bool
    revision: int = Field(ge=1)
    config_version: int = Field(ge=0)
    secrets_version: int | None = Field(default=None, ge=0)

    def subject(self) -> str:
        return f"{self.tenant_id}/{self.install_id}"

    def partition_key(self) -> str:
        return self.tenant_id


class ExtensionEvent(EventPayload):
    """`extension.event`: an extension says something to the other extensions of its tenant.

    ``payload`` is the extension's own; nothing here vouches for it.
    """

    event_type = EXTENSION_EVENT
    feed = EXTENSIONS_FEED
    key_fields = ("publisher", "name", "topic")

    tenant_id: IdText
    install_id: IdText
    extension: str
    extension_id: IdText
    publisher: str
    name: str
    topic: str
    payload: JsonValue

    def subject(self) -> str:
        return f"{self.extension}/{self.topic}"

    def partition_key(self) -> str:
        return self.tenant_id


# Every type that is sent, for the generated documents.
PAYLOADS: tuple[type[EventPayload], ...] = (
    VersionPublished,
    VersionStatusChanged,
    InstallChanged,
    ExtensionEvent,
)

PayloadT = TypeVar("PayloadT", bound=EventPayload)
_Model = type[PayloadT]  # CloudEvent has an attribute named type, so the built-in is out of reach there


class CloudEvent(Exchanged):
    """A structured CloudEvents 1.0 event whose id is its place in a feed.

    ``id``, ``source`` and ``sequence`` say the same thing three ways, and an event in which they disagree
    is refused: consumers drop repeats by one and detect gaps by another.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9_-]+)+$", max_length=200)
    subject: str = Field(min_length=1, max_length=512)
    time: UtcTime
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: str
    partitionkey: str | None = None
    traceparent: str | None = None
    data: dict[str, JsonValue]

    @classmethod
    def of(
        cls,
        payload: EventPayload,
        *,
        serial: int,
        time: datetime,
        traceparent: str | None = None,
    ) -> Self:
        return cls(
            id=f"{payload.feed}/{serial}",
            source=f"/feeds/{payload.feed}",
            type=payload.event_type,
            subject=payload.subject(),
            time=time,
            sequence=sequence_text(serial),
            partitionkey=payload.partition_key(),
            traceparent=traceparent,
            data=payload.model_dump(mode="json"),
        )

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read an event from the wire; raise InvalidEvent for anything else."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise InvalidEvent(f"These bytes are not an event: {_first_fault(error)}.") from error

    def to_bytes(self) -> bytes:
        """Write the structured JSON form."""
        return self.model_dump_json(exclude=self._absent()).encode()

    def to_document(self) -> dict[str, JsonValue]:
        """Return what ``to_bytes`` writes, to be put into a larger document."""
        return self.model_dump(mode="json", exclude=self._absent())

    def _absent(self) -> set[str]:
        """Name the attributes that are left out, as CloudEvents requires of what has no value."""
        return {name for name in ("partitionkey", "traceparent") if getattr(self, name) is None}

    def to_payload(self, model: _Model[PayloadT]) -> PayloadT:
        """Read ``data`` as the payload of this event's type; raise InvalidEvent if it is not that."""
        if self.type != model.event_type:
            raise InvalidEvent(f"{self.id} is a {self.type} event, not {model.event_type}.")
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise InvalidEvent(f"{self.id} is no valid {self.type} event: {_first_fault(error)}.") from error

    @property
    def feed(self) -> str:
        return self.id.partition("/")[0]

    @property
    def serial(self) -> int:
        return int(self.id.partition("/")[2])

    @model_validator(mode="after")
    def _agree_on_the_place_in_the_feed(self) -> Self:
        if _ID.fullmatch(self.id) is None:
            raise ValueError("id must be <feed>/<serial>")
        if self.source != f"/feeds/{self.feed}":
            raise ValueError("source must be /feeds/<feed> of the id")
        if self.sequence != sequence_text(self.serial):
            raise ValueError("sequence must be the serial of the id, zero-padded to 20 digits")
        return self


def sequence_text(serial: int) -> str:
    """Pad a serial so that sequences compare as text in the order of their numbers."""
    return f"{serial:0{_SEQUENCE_DIGITS}d}"


_KEY_FIELDS: Mapping[str, tuple[str, ...]] = {
    **{payload.event_type: payload.key_fields for payload in PAYLOADS},
}


def routing_key(event: CloudEvent) -> str:
    """Derive the routing key; a type without words of its own is routed by the type alone.

    A dot separates words in a binding, so dots inside a word become ``-``.
    """
    try:
        words = [event.data[field] for field in _KEY_FIELDS.get(event.type, ())]
    except KeyError as missing:
        raise InvalidEvent(f"{event.id} cannot be routed: its data lacks {missing}.") from missing
    return ".".join([event.type, *(str(word).replace(".", "-") for word in words)])


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else fault["msg"]
