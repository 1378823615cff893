"""`annex events trigger` and `replay`: post events to a subscriber of yours."""

import asyncio
from fnmatch import fnmatchcase

import click
from pydantic import JsonValue
from yarl import URL

from annex_cli.credentials import Purpose
from annex_cli.errors import InvalidUsage
from annex_cli.event_flags import feed_flag, type_flag
from annex_cli.event_making import (
    Faults,
    PlannedPost,
    body_of,
    fewest_events,
    make_test_event,
    posts_of,
    read_changes,
)
from annex_cli.event_output import EventOutput
from annex_cli.event_posts import PostAnswer, event_poster, read_address
from annex_cli.event_tail import FeedTail, feed_of
from annex_cli.exit_codes import ExitCode
from annex_cli.json_stream import JsonStream
from annex_cli.options import global_flags, parse_duration
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.clock import SystemClock
from annex_shared.contracts.events import CloudEvent
from annex_shared.display_text import shown

_MOST_EVENTS = 10_000


@click.command("trigger")
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


@click.command("replay")
@feed_flag
@type_flag
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


def _rate(text: str) -> float:
    amount = text.removesuffix("/s")
    try:
        rate = float(amount)
    except ValueError:
        rate = 0
    if not 0 < rate <= 1000:  # noqa: PLR2004 - more than any subscriber of one person's
        raise InvalidUsage(f'--rate "{shown(text, limit=40)}" is no rate. Write 20/s, at most 1000/s.')
    return rate
