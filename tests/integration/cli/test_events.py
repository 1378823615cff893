"""`annex events`: the real program against the tests' own gateway, and a subscriber that answers as told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from annex_cli.event_examples import EXAMPLES
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, sequence_text
from integration.cli.gateway import Gateway
from integration.cli.gateway_records import a_dispatch
from integration.cli.program import Machine, assert_approved, transcript

EXT = "annex-demo/hello"


@dataclass(slots=True)
class Subscriber:
    """Takes what is posted to it; ``answers`` are the next statuses, then it says 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def ids(self) -> list[str]:
        return [event["id"] for event in self.events()]


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    subscriber = Subscriber()
    app = web.Application()
    app.add_routes([web.post("/hook", subscriber.take)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    subscriber.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield subscriber
    await runner.cleanup()


@pytest.fixture
def fed(gateway: Gateway, machine: Machine) -> Machine:
    """Return a machine whose platform has five events of versions and one of an install."""
    gateway.records.events = [
        *(_event("version.published", serial) for serial in (40, 41, 42)),
        _event("version.status", 43),
        _event("version.published", 44),
        _event("install.changed", 7),
    ]
    # The feed begins there for these tests.
    return machine


def _event(event_type: str, serial: int) -> CloudEvent:
    example = EXAMPLES[event_type]
    place = {"id": f"{example.feed}/{serial}", "sequence": sequence_text(serial)}
    return example.model_copy(update=place)


async def _approve(name: str, machine: Machine, *words: str) -> int:
    ran = await machine.annex(*words)
    text = transcript(machine.told(" ".join(["annex", *words])), ran, machine)
    text = re.sub(r'("type": "[a-z]+"), "time": "[^"]+"', r'\1, "time": "NOW"', text)
    assert_approved(name, text)
    return ran.code


# Types.


async def test_types_are_listed_and_shown_without_a_platform(tmp_path: Any) -> None:
    nobody = Machine.at(tmp_path)

    listed = await _approve("events-types", nobody, "events", "types")
    shown = await nobody.annex("events", "types", "install.changed", "--json")
    as_text = await nobody.annex("events", "types", "install.changed")
    unknown = await nobody.annex("events", "types", "version.praised")

    assert (listed, shown.code, as_text.code, unknown.code) == (0, 0, 0, 2)
    assert shown.document()["data"]["schema"]["title"] == "install.changed"
    assert "Example" in as_text.stdout


# Tail.


@pytest.mark.parametrize("form", ["text", "json"])
async def test_tail_shows_the_feed_from_a_serial_and_counts_what_it_passes_over(
    fed: Machine, form: str
) -> None:
    flags = ["--json"] if form == "json" else []

    code = await _approve(
        f"events-tail-{form}",
        fed,
        *("events", "tail", "--since", "41", "--type", "version.published", "--no-follow", *flags),
    )

    assert code == 0


@pytest.mark.parametrize("form", ["text", "json"])
async def test_a_serial_that_the_feed_does_not_give_is_a_gap(
    gateway: Gateway, fed: Machine, form: str
) -> None:
    gateway.records.hides_serials = {42, 43}
    flags = ["--json"] if form == "json" else []

    code = await _approve(f"events-gap-{form}", fed, "events", "tail", "--since", "41", "--no-follow", *flags)

    assert code == 0


async def test_serials_of_other_tenants_are_no_gap(gateway: Gateway, fed: Machine) -> None:
    gateway.records.events.append(_event("install.changed", 9))

    ran = await fed.annex("events", "tail", "--feed", "installs", "--since", "1", "--no-follow", "--json")

    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["start", "event", "event", "end"]


async def test_a_lost_connection_loses_no_event(gateway: Gateway, fed: Machine) -> None:
    process = await fed.start("events", "tail", "--since", "44", "--limit", "3", "--json")
    assert process.stdout is not None
    first = [json.loads(await process.stdout.readline()) for _ in range(2)]
    gateway.records.feed_cuts = 2
    gateway.records.events += [_event("version.published", 45), _event("version.published", 46)]

    async with asyncio.timeout(40):
        rest = [json.loads(line) async for line in process.stdout]
        code = await process.wait()

    assert [line["type"] for line in first] == ["start", "event"]
    assert [line["type"] for line in rest] == ["disconnected", "reconnected", "event", "event", "end"]
    assert [line["serial"] for line in rest if line["type"] == "event"] == [45, 46]
    assert (rest[-1]["reason"], code) == ("limit", 0)


async def test_tail_begins_at_a_time(gateway: Gateway, fed: Machine) -> None:
    later = EXAMPLES["version.published"].time.replace(hour=18)
    gateway.records.events = [
        *gateway.records.events,
        _event("version.published", 45).model_copy(update={"time": later}),
    ]

    ran = await fed.annex("events", "tail", "--since", "2026-11-20T15:00:00Z", "--no-follow", "--json")

    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["serial"] for line in lines if line["type"] == "event"] == [45]


async def test_tail_forwards_with_the_headers_of_a_delivery_and_repeats_what_failed(
    fed: Machine, subscriber: Subscriber
) -> None:
    subscriber.answers = [200, 503, 200, 400]

    code = await _approve(
        "events-forward",
        fed,
        *("events", "tail", "--since", "41", "--forward", subscriber.url, "--limit", "3"),
    )

    assert code == 0
    assert subscriber.ids() == ["registry/41", "registry/42", "registry/42", "registry/43"]
    assert subscriber.headers[0]["content-type"].startswith("application/cloudevents+json")
    assert subscriber.headers[0]["x-annex-trigger"] == "event"
    assert subscriber.headers[1]["idempotency-key"] == subscriber.headers[2]["idempotency-key"]
    assert not {"x-api-key", "authorization", "cookie"} & set(subscriber.headers[0])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--since", "soon"], 2, id="no time"),
        pytest.param(["--type", "extension.event"], 2, id="no feed"),
        pytest.param(["--forward", "ftp://x"], 2, id="no address"),
        pytest.param(["--since", "99", "--no-follow"], 6, id="ahead"),
    ],
)
async def test_a_tail_that_cannot_be_says_so(fed: Machine, words: list[str], code: int) -> None:
    ran = await fed.annex("events", "tail", *words)

    assert ran.code == code
    assert "error:" in ran.stderr


# Trigger and replay.


async def test_trigger_posts_test_events_that_go_wrong_as_told(
    machine: Machine, subscriber: Subscriber
) -> None:
    code = await _approve(
        "events-trigger",
        machine,
        *("events", "trigger", "version.published", "--to", subscriber.url, "--set", "data.version=9.9.9"),
        *("--times", "4", "--first", "1", "--duplicate", "--out-of-order", "--gap"),
    )

    assert code == 0
    assert subscriber.ids() == [f"test/{serial}" for serial in (2, 2, 1, 1, 4, 4)]
    assert all(event["annextest"] is True for event in subscriber.events())
    assert {event["data"]["version"] for event in subscriber.events()} == {"9.9.9"}


async def test_a_subscriber_that_does_not_take_everything_is_a_finding(
    machine: Machine, subscriber: Subscriber
) -> None:
    subscriber.answers = [200, 500]
    trigger = ("events", "trigger", "install.changed", "--to", subscriber.url)

    ran = await machine.annex(*trigger, "--times", "2", "--json")
    cut = await machine.annex(*trigger, "--malformed", "--slow", "100ms", "--json")

    assert (ran.code, ran.document()["data"]["not_taken"], ran.document()["ok"]) == (12, 1, True)
    assert cut.code == 0
    with pytest.raises(json.JSONDecodeError):
        json.loads(subscriber.bodies[-1])


async def test_nobody_at_the_address_is_a_finding_too(machine: Machine) -> None:
    ran = await machine.annex(
        "events", "trigger", "version.published", "--to", "http://127.0.0.1:9/", "--json"
    )

    assert (ran.code, ran.document()["data"]["posts"][0]["fault"]) == (12, "not reached")


async def test_a_signature_that_does_not_exist_cannot_be_broken(machine: Machine) -> None:
    ran = await machine.annex(
        "events", "trigger", "version.published", "--to", "http://127.0.0.1:9/", "--bad-signature"
    )

    assert ran.code == 2
    assert "does not sign events" in " ".join(ran.stderr.split())


async def test_replay_posts_the_same_ids_again_and_says_that_it_does(
    fed: Machine, subscriber: Subscriber
) -> None:
    replay = ("events", "replay", "--from", "41", "--to", "43", "--to-url", subscriber.url)

    rehearsed = await _approve("events-replay-dry-run", fed, *replay, "--dry-run")
    posted_before = len(subscriber.bodies)
    code = await _approve("events-replay", fed, *replay, "--rate", "200/s")

    assert (rehearsed, posted_before, code) == (0, 0, 0)
    assert subscriber.ids() == ["registry/41", "registry/42", "registry/43"]
    assert all(event["annexreplay"] is True for event in subscriber.events())


# Verify.


async def test_verify_says_what_holds_and_that_nothing_is_signed(fed: Machine) -> None:
    (fed.work / "event.json").write_bytes(_event("version.published", 42).to_bytes())

    alone = await _approve("events-verify", fed, "events", "verify", "event.json")
    compared = await _approve("events-verify-compare", fed, "events", "verify", "event.json", "--compare")

    assert (alone, compared) == (0, 0)


async def test_verify_finds_what_was_changed_on_the_way(fed: Machine) -> None:
    document = _event("version.published", 42).to_document()
    changed = {**document, "data": {**document["data"], "size_bytes": 1}}  # type: ignore[dict-item]
    (fed.work / "event.json").write_text(json.dumps(changed))

    code = await _approve("events-verify-changed", fed, "events", "verify", "event.json", "--compare")
    piped = await fed.annex("events", "verify", "-", "--json", stdin=b"{}")

    assert code == 7
    assert (piped.code, piped.document()["error"]["code"]) == (7, "VERIFICATION_FAILED")
    assert piped.document()["data"]["claims"][0]["status"] == "failed"


# Deliveries.


@pytest.mark.parametrize("form", ["text", "json"])
async def test_deliveries_are_listed_shown_and_sent_again(
    gateway: Gateway, machine: Machine, form: str
) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"1.0.0"))
    await machine.annex("install", EXT)
    dead, fine = a_dispatch("dead", position=2), a_dispatch("succeeded", end="b2")
    gateway.records.deliveries = [dead, fine]
    flags = ["--json"] if form == "json" else []

    codes = [
        await _approve(f"events-deliveries-{form}", machine, "events", "deliveries", EXT, *flags),
        await _approve(
            f"events-deliveries-show-{form}", machine, "events", "deliveries", "show", EXT, "b1", *flags
        ),
        await _approve(
            f"events-redeliver-{form}",
            machine,
            *("events", "deliveries", "redeliver", EXT, "--all-dead", *flags),
        ),
    ]
    narrowed = await machine.annex("events", "deliveries", EXT, "--status", "succeeded", "--json")
    absent = await machine.annex("events", "deliveries", "redeliver", EXT, "ffff", "--json")

    assert codes == [0, 0, 0]
    assert gateway.records.replayed == [dead.id]
    assert [item["id"] for item in narrowed.document()["data"]["items"]] == [fine.id]
    assert (absent.code, absent.document()["error"]["code"]) == (5, "DELIVERY_NOT_FOUND")
