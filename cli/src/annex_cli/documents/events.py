"""What the commands about events print."""

from typing import Literal

from pydantic import Field, JsonValue

from annex_cli.documents.data import Data, Text
from annex_cli.documents.publishing import ClaimDocument
from annex_shared.contracts.schedules import DispatchView


class EventTypeRow(Data):
    type: str
    feed: str
    summary: str


class EventTypes(Data):
    items: list[EventTypeRow]


class EventType(Data):
    type: str
    feed: str
    payload_schema: dict[str, JsonValue] = Field(alias="schema")
    example: dict[str, JsonValue]


class EventPost(Data):
    id: str
    note: str = Field(description="What is wrong with it on purpose, or nothing.")
    status: int | None = Field(description="null where nobody answered; `fault` says why.")
    duration_ms: int
    fault: str = ""


class EventPosts(Data):
    what: str = Field(description="The type that was made, or `replay`.")
    to: str
    posts: list[EventPost]
    not_taken: int


class ReplayRehearsed(Data):
    feed: str
    events: int
    first: int | None
    last: int | None
    result: Literal["would_replay"]


class EventVerified(Data):
    type: Text
    id: Text
    claims: list[ClaimDocument]


class Deliveries(Data):
    extension: str
    items: list[DispatchView]


class Delivery(DispatchView):
    extension: str


class Redelivered(Data):
    extension: str
    deliveries: list[str]
    result: Literal["redelivered", "would_redeliver"]
