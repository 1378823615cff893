"""`annex events`: follow, make, replay and check events."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

import click
from pydantic import JsonValue
from yarl import URL

from annex_cli.claims import broken, documents, failure_of, told
from annex_cli.credentials import Purpose
from annex_cli.errors import FileNotUsable
from annex_cli.event_claims import compare_with_feed, read_event, unsigned
from annex_cli.event_deliveries import command as deliveries
from annex_cli.event_examples import EXAMPLES, PAYLOAD_OF, payload_of
from annex_cli.event_flags import feed_flag, type_flag
from annex_cli.event_output import EventOutput, pretty
from annex_cli.event_posts import EventPoster, PostAnswer, event_poster, read_address
from annex_cli.event_sending import replay, trigger
from annex_cli.event_tail import FeedTail, feed_of, first_position, read_position
from annex_cli.json_stream import JsonStream
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.table import text_table
from annex_cli.times import parse_time
from annex_shared.clock import SystemClock
from annex_shared.contracts.event_schemas import event_schema, summary_of
from annex_shared.contracts.events import EXTENSIONS_FEED, CloudEvent, EventPayload
from annex_shared.display_text import shown

_MAX_EVENT_BYTES = 1 << 20


@click.group("events", context_settings={"help_option_names": ["--help", "-h"]})
def command() -> None:
    """Follow, make, replay and check events.

    \b
    annex events types version.published              the schema of one, and an example
    annex events tail --forward http://127.0.0.1:9000/hook
    annex events trigger version.published --to http://127.0.0.1:9000/hook --duplicate
    annex events replay --from 41 --to 57 --to-url http://127.0.0.1:9000/hook
    annex events deliveries acme/notes --status dead
    annex events verify captured.json --compare
    """  # noqa: D301 - \b tells click to keep the lines


for _below in (trigger, replay, deliveries):
    command.add_command(_below)


@command.command("types")
@click.argument("event_type", metavar="[TYPE]", required=False)
@global_flags
@click.pass_context
def types(context: click.Context, event_type: str | None) -> None:
    """List the types of events, or show the JSON Schema of one and an example. Needs no platform.

    Exit codes: 0 shown, 2 there is no such type.
    """
    session = begin(context)
    if event_type is None:
        rows = [(name, _feed_name(payload.feed), _summary(payload)) for name, payload in PAYLOAD_OF.items()]
        items: list[JsonValue] = [
            {"type": name, "feed": payload.feed, "summary": _summary(payload)}
            for name, payload in PAYLOAD_OF.items()
        ]
        session.show({"items": items}, text_table(("TYPE", "FEED", "WHEN"), rows))
        return
    payload = payload_of(event_type)
    schema, example = event_schema(payload), EXAMPLES[event_type].to_document()
    data: dict[str, JsonValue] = {"type": event_type, "feed": payload.feed, "schema": schema}
    text = f"{_summary(payload)}\n\nExample\n{pretty(example)}\n\nSchema\n{pretty(schema)}"
    session.show({**data, "example": example}, text)


@command.command("tail")
@feed_flag
@type_flag
@click.option("--since", metavar="SERIAL|TIME", help="Begin there: 4871, 1h, 2026-11-18T09:12:00Z.  [now]")
@click.option("--forward", metavar="URL", help="Post each event to a subscriber of yours.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="End after so many events.")
@click.option("--no-follow", is_flag=True, help="End at the end of the feed.")
@global_flags
@click.pass_context
def tail(
    context: click.Context,
    feed: str | None,
    pattern: str | None,
    since: str | None,
    forward: str | None,
    limit: int | None,
    no_follow: bool,
) -> None:
    """Show events as they happen, in the order of their feed; read from where it was after a lost connection.

    What is posted to --forward has the body and the headers that an extension gets, and is repeated up to
    three times where that makes sense; the next event waits for it.

    Exit codes: 0 the end or the limit was reached, 4 not allowed, 6 the feed ends before --since, 130 Ctrl-C.
    """
    session = begin(context)
    position = read_position(since)
    wish = _TailWish(
        feed_of(feed, pattern),
        pattern,
        position if position is not None else parse_time("--since", since, SystemClock().now()),
        read_address("--forward", forward) if forward else None,
        limit,
        not no_follow,
    )
    session.if_stopped = "Stopped."
    stream = JsonStream(session, {"events": 0, "filtered_out": 0, "forwarded": 0, "not_taken": 0})
    facts: dict[str, JsonValue] = {"feed": wish.feed, "type_pattern": pattern, "forward": forward}
    with stream.shown(facts), _summed_up(session, stream):
        asyncio.run(_tail(session, stream, wish))


@command.command("verify")
@click.argument("file", metavar="FILE|-")
@click.option("--compare", is_flag=True, help="Ask the platform's feed whether it said the same.")
@global_flags
@click.pass_context
def verify(context: click.Context, file: str, compare: bool) -> None:
    """Check a captured event: its envelope, its payload, and with --compare that the platform said it.

    Events are not signed; `signature none` says so, and is no fault.

    Exit codes: 0 nothing is broken, 3 the file cannot be read, 7 a claim is broken.
    """
    session = begin(context)
    subject = "standard input" if file == "-" else shown(file, limit=200)
    claims, event, document = read_event(_body(session, file), subject=subject)
    claims.append(unsigned(subject))
    if compare and event is not None:

        async def ask() -> None:
            async with session.platform(Purpose.USE) as client:
                claims.append(await compare_with_feed(client, event, document, subject=subject))

        asyncio.run(ask())
    data: dict[str, JsonValue] = {
        "type": event.type if event else None,
        "id": event.id if event else None,
        "claims": documents(claims),
    }
    if broken(claims):
        failure = failure_of(claims)
        failure.hint = "Keep the bytes as they came: parsed and written again they are others."
        session.show_broken(failure, data, told(claims))
    session.show(data, told(claims))


@dataclass(frozen=True, slots=True)
class _TailWish:
    feed: str
    pattern: str | None
    since: int | datetime | None
    forward: URL | None
    limit: int | None
    follows: bool


async def _tail(session: Session, stream: JsonStream, wish: _TailWish) -> None:
    if wish.forward is None:
        await _show_events(session, stream, wish, None)
        return
    async with event_poster(wish.forward) as poster:
        await _show_events(session, stream, wish, poster)


async def _show_events(
    session: Session, stream: JsonStream, wish: _TailWish, poster: EventPoster | None
) -> None:
    output = EventOutput(session, stream, wish.feed, forwards=poster is not None)
    async with session.platform(Purpose.USE) as client:
        after = await first_position(client, wish.feed, wish.since)
        session.terminal.say(f"following  the feed {wish.feed} after {after}")
        output.head()
        reader = FeedTail(client, wish.feed, after, output, wish.follows)
        count = 0
        async for event in reader.events():
            if wish.pattern is not None and not fnmatchcase(event.type, wish.pattern):
                _count(stream, "filtered_out")
                continue
            count += 1
            _count(stream, "events")
            output.event(event)
            if poster is not None:
                await _forward(stream, output, poster, event)
            if count == wish.limit:
                stream.reason = "limit"
                return


async def _forward(stream: JsonStream, output: EventOutput, poster: EventPoster, event: CloudEvent) -> None:
    def heard(answer: PostAnswer, wait_seconds: float | None) -> None:
        output.answered(event, answer, wait_seconds)

    is_taken = await poster.deliver(event.id, event.to_bytes(), heard=heard)
    _count(stream, "forwarded" if is_taken else "not_taken")


@contextmanager
def _summed_up(session: Session, stream: JsonStream) -> Iterator[None]:
    """Say at the end what was shown and what was not, however it ends."""
    try:
        yield
    finally:
        counted = stream.counted
        told_of = [f"{counted['events']} events", f"{counted['filtered_out']} of other types"]
        if counted["forwarded"] or counted["not_taken"]:
            told_of.append(f"{counted['forwarded']} taken, {counted['not_taken']} not taken")
        session.terminal.say("\n" + "; ".join(told_of))


def _count(stream: JsonStream, name: str) -> None:
    stream.counted[name] = int(str(stream.counted[name])) + 1


def _summary(payload: type[EventPayload]) -> str:
    """Say when it is sent, without its name before that."""
    return summary_of(payload).removeprefix(f"`{payload.event_type}`: ")


def _feed_name(feed: str) -> str:
    return "to subscriptions" if feed == EXTENSIONS_FEED else feed


def _body(session: Session, file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(_MAX_EVENT_BYTES)
        with session.path(file).open("rb") as source:
            return source.read(_MAX_EVENT_BYTES)
    except OSError as error:
        raise FileNotUsable(f"{file} cannot be read: {error.strerror}.") from None
