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
from annex_cli.errors import FileNotUsable, InvalidUsage
from annex_cli.event_claims import compare_with_feed, read_event, unsigned
from annex_cli.event_deliveries import command as deliveries
from annex_cli.event_examples import EXAMPLES, PAYLOAD_OF, READABLE_FEEDS, payload_of
from annex_cli.event_making import (
    Faults,
    PlannedPost,
    body_of,
    fewest_events,
    make_test_event,
    posts_of,
    read_changes,
)
from annex_cli.event_output import EventOutput, pretty
from annex_cli.event_posts import EventPoster, PostAnswer, event_poster, read_address
from annex_cli.event_tail import FeedTail, feed_of, first_position, read_position
from annex_cli.exit_codes import ExitCode
from annex_cli.json_stream import JsonStream
from annex_cli.options import global_flags, parse_duration
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.table import text_table
from annex_cli.times import parse_time
from annex_shared.clock import SystemClock
from annex_shared.contracts.event_schemas import event_schema, summary_of
from annex_shared.contracts.events import EXTENSIONS_FEED, CloudEvent, EventPayload
from annex_shared.display_text import shown

_MAX_EVENT_BYTES = 1 << 20
_MOST_EVENTS = 10_000
_feed = click.option(
    "--feed", type=click.Choice(READABLE_FEEDS), help="Which feed; otherwise the one --type is in."
)
_type = click.option("--type", "pattern", metavar="PATTERN", help="Only these types, such as 'version.*'.")


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


command.add_command(deliveries)


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
@_feed
@_type
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


@command.command("trigger")
@click.argument("event_type", metavar="TYPE")
@click.option("--to", "address", metavar="URL", required=True, help="The subscriber that gets them.")
@click.option("--set", "changes", metavar="data.FIELD=VALUE", multiple=True, help="Change a field.")
@click.option("--times", type=click.IntRange(1, 1000), metavar="N", help="How many.  [as few as it takes]")
@click.option("--first", type=click.IntRange(1, 10**15), metavar="SERIAL", help="The first one's serial.")
@click.option("--duplicate", is_flag=True, help="Send each one twice, with the same id.")
@click.option("--out-of-order", is_flag=True, help="Send each pair the other way round.")
@click.option("--gap", is_flag=True, help="Leave one serial out.")
@click.option("--malformed", is_flag=True, help="Cut the last body in the middle.")
@click.option("--bad-signature", is_flag=True, help="Refused: events are not signed.")
@click.option("--slow", metavar="DURATION", help="Take so long to send each body, such as 5s.")
@global_flags
@click.pass_context
def trigger(  # noqa: PLR0913, PLR0917 - one parameter for each flag
    context: click.Context,
    event_type: str,
    address: str,
    changes: tuple[str, ...],
    times: int | None,
    first: int | None,
    duplicate: bool,
    out_of_order: bool,
    gap: bool,
    malformed: bool,
    bad_signature: bool,
    slow: str | None,
) -> None:
    """Make test events and post them to a subscriber of yours, well or badly. Needs no platform.

    A test event says `annextest: true`, and its source is /feeds/test, which no feed has: nothing is written
    anywhere and nobody else gets it. The switches show whether a subscriber keeps what docs/events.md asks.

    \b
    annex events trigger version.published --set data.version=9.9.9 --to http://127.0.0.1:9000/hook
    annex events trigger install.changed --times 6 --out-of-order --duplicate --to http://127.0.0.1:9000/

    Exit codes: 0 all were taken, 2 no such type or field, 12 some were not.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    if bad_signature:
        raise InvalidUsage(
            "--bad-signature cannot be had: this platform does not sign events, so there is no signature to "
            "break. What vouches for an event is the feed; annex events verify --compare asks it."
        )
    faults = Faults(duplicate, out_of_order, gap, malformed)
    fewest = fewest_events(faults)
    if times is not None and times < fewest:
        raise InvalidUsage(f"--times {times} is too few for these switches; it takes {fewest}.")
    url, slow_seconds = read_address("--to", address), parse_duration(slow) if slow else 0.0
    now = SystemClock().now()
    serial = first or int(now.timestamp() * 1000)
    set_to = read_changes(changes)
    events = [
        make_test_event(event_type, set_to, serial=serial + number, time=now)
        for number in range(times or fewest)
    ]
    refused = asyncio.run(_send(session, url, posts_of(events, faults), slow_seconds, event_type))
    if refused:
        context.exit(ExitCode.FINDINGS)


@command.command("replay")
@_feed
@_type
@click.option(
    "--from", "first", type=click.IntRange(1), metavar="SERIAL", required=True, help="The first one."
)
@click.option("--to", "last", type=click.IntRange(1), metavar="SERIAL", help="The last one.  [the newest]")
@click.option("--to-url", "address", metavar="URL", required=True, help="The subscriber that gets them.")
@click.option("--rate", metavar="N/s", default="20/s", help="At most so many each second.  [20/s]")
@click.option("--dry-run", is_flag=True, help="Show how many and which; send nothing.")
@global_flags
@click.pass_context
def replay(
    context: click.Context,
    feed: str | None,
    pattern: str | None,
    first: int,
    last: int | None,
    address: str,
    rate: str,
    dry_run: bool,
) -> None:
    """Post past events to a subscriber of yours again, with the ids and serials they have.

    Each says `annexreplay: true` besides, so a subscriber can tell; dropping repeats by `source` and `id`
    works as ever. Deliveries to extensions are repeated with annex events deliveries redeliver.

    Exit codes: 0 all were taken, 4 not allowed, 12 some were not.
    """
    session = begin(context)
    url, pause_seconds = read_address("--to-url", address), 1 / _rate(rate)
    chosen = feed_of(feed, pattern)
    events = asyncio.run(_past(session, chosen, pattern, first, last))
    span = f"{events[0].serial} to {events[-1].serial}" if events else "none"
    session.terminal.say(f"replay     {len(events)} events of the feed {chosen}: {span}")
    if dry_run:
        ends = (events[0].serial, events[-1].serial) if events else (None, None)
        data: dict[str, JsonValue] = {"feed": chosen, "events": len(events), "result": "would_replay"}
        session.show(
            {**data, "first": ends[0], "last": ends[1]},
            f"{session.ok(f'{len(events)} events can be replayed: {span}')}\n"
            "           nothing was sent: --dry-run",
        )
        return
    posts = [PlannedPost(one.id, body_of({**one.to_document(), "annexreplay": True})) for one in events]
    if asyncio.run(_send(session, url, posts, 0, "replay", pause_seconds=pause_seconds)):
        context.exit(ExitCode.FINDINGS)


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


async def _past(
    session: Session, feed: str, pattern: str | None, first: int, last: int | None
) -> list[CloudEvent]:
    """Read the events of a range; a range of too many is refused before anything is sent."""
    output = EventOutput(session, JsonStream(session), feed)
    events: list[CloudEvent] = []
    async with session.platform(Purpose.USE) as client:
        async for event in FeedTail(client, feed, first - 1, output, follows=False).events():
            if last is not None and event.serial > last:
                break
            if pattern is None or fnmatchcase(event.type, pattern):
                events.append(event)
            if len(events) > _MOST_EVENTS:
                raise InvalidUsage(f"A replay sends at most {_MOST_EVENTS:,} events; name a smaller range.")
    return events


async def _send(
    session: Session,
    url: URL,
    posts: list[PlannedPost],
    slow_seconds: float,
    what: str,
    *,
    pause_seconds: float = 0,
) -> int:
    """Post one after the other, each once, and return how many were not taken."""
    session.if_stopped = "Stopped. What was posted until now was posted."
    answers: list[tuple[PlannedPost, PostAnswer]] = []
    async with event_poster(url) as poster:
        for number, post in enumerate(posts):
            if number and pause_seconds:
                await asyncio.sleep(pause_seconds)
            answer = await poster.post(post.event_id, post.body, slow_seconds=slow_seconds)
            answers.append((post, answer))
            note = f"   {post.note}" if post.note else ""
            session.terminal.say(f"{post.event_id:<28}  {answer}{note}")
    refused = sum(not answer.is_success for _, answer in answers)
    items: list[JsonValue] = [
        {"id": post.event_id, "note": post.note, **answer.to_document()} for post, answer in answers
    ]
    data: dict[str, JsonValue] = {"what": what, "to": str(url), "posts": items, "not_taken": refused}
    sentence = f"{len(posts)} posted to {url}, {len(posts) - refused} taken, {refused} not"
    session.show(data, session.ok(sentence) if not refused else f"findings   {sentence}")
    return refused


def _count(stream: JsonStream, name: str) -> None:
    stream.counted[name] = int(str(stream.counted[name])) + 1


def _rate(text: str) -> float:
    amount = text.removesuffix("/s")
    try:
        rate = float(amount)
    except ValueError:
        rate = 0
    if not 0 < rate <= 1000:  # noqa: PLR2004 - more than any subscriber of one person's
        raise InvalidUsage(f'--rate "{shown(text, limit=40)}" is no rate. Write 20/s, at most 1000/s.')
    return rate


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
