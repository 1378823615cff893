"""`annex executions|schedules|logs|call --show`: the real program against the tests' own gateway."""

import asyncio
import json
import re
import signal
from typing import Any

import jsonschema
import pytest
from aiohttp import web

from annex_cli.document_schemas import schema_of
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.debug_lines import DebugEvent, DebugLine
from integration.cli.gateway import Gateway
from integration.cli.gateway_records import a_change, a_dispatch, a_schedule, an_execution
from integration.cli.program import Machine, assert_approved, transcript

EXT = "annex-demo/hello"


@pytest.fixture
async def installed(gateway: Gateway, machine: Machine) -> Machine:
    gateway.add_version("1.0.0", ContentHash.of(b"1.0.0"))
    await machine.annex("install", EXT)
    return machine


async def _approve(name: str, machine: Machine, *words: str) -> int:
    ran = await machine.annex(*words)
    text = re.sub(
        r'"time": "20[^"]+"', '"time": "NOW"', transcript(" ".join(["annex", *words]), ran, machine)
    )
    assert_approved(name, text)
    return ran.code


def _line(second: int, message: str, **more: str) -> DebugEvent:
    facts = {
        "ts": str(1_795_219_200_000 + second * 1000),
        "level": "info",
        "stream": "log",
        "execution": "66666666-4444-4444-8444-4444444444aa",
        "request": "req_01JD8Q6Z4M0T",
        "message": message,
        "line": message,
    }
    return DebugEvent.of(DebugLine.of_fields(facts | more))


# Executions.


@pytest.mark.parametrize("form", ["text", "json"])
async def test_executions_lists_what_ran(gateway: Gateway, machine: Machine, form: str) -> None:
    gateway.records.executions = [an_execution("ab", "error"), an_execution("aa")]
    flags = ["--json"] if form == "json" else []

    code = await _approve(f"executions-{form}", machine, "executions", EXT, *flags)

    assert code == 0
    assert gateway.records.asked == [{"extension": "annex-demo.hello", "limit": "20"}]


async def test_executions_are_narrowed_by_the_platform(gateway: Gateway, machine: Machine) -> None:
    gateway.records.executions = [an_execution("ab", "error"), an_execution("aa")]

    ran = await machine.annex(
        "executions", EXT, "--status", "error", "--since", "2026-11-20T10:00:00Z", "--limit", "5", "--json"
    )

    assert [item["status"] for item in ran.document()["data"]["items"]] == ["error"]
    assert gateway.records.asked[0]["since"] == "2026-11-20T10:00:00Z"


async def test_a_list_goes_on_until_it_has_what_was_asked_for(gateway: Gateway, machine: Machine) -> None:
    gateway.records.executions = [an_execution(f"{number:02d}") for number in range(250)]

    ran = await machine.annex("executions", EXT, "--limit", "230", "--json")

    assert len(ran.document()["data"]["items"]) == 230
    assert [asked["limit"] for asked in gateway.records.asked] == ["200", "30"]


async def test_executions_are_followed_each_once_when_it_has_ended(
    gateway: Gateway, machine: Machine
) -> None:
    under_way = an_execution("ab", "started", finished_at=None, duration_ms=None)
    gateway.records.executions = [under_way, an_execution("aa")]
    process = await machine.start("executions", EXT, "--follow", "--json")
    assert process.stdout is not None
    first = [json.loads(await process.stdout.readline()) for _ in range(2)]

    gateway.records.executions = [an_execution("ac", "error"), an_execution("ab"), an_execution("aa")]
    async with asyncio.timeout(40):
        more = [json.loads(await process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        last = json.loads(await process.stdout.readline())
        code = await process.wait()

    schema = jsonschema.Draft202012Validator(schema_of("executions list"))
    for line in (*first, *more, last):
        schema.validate(line)
    ids = [line["execution_id"][-2:] for line in (*first[1:], *more)]
    assert (first[0]["type"], ids) == ("start", ["aa", "ab", "ac"])
    assert (last["reason"], last["executions"], code) == ("interrupted", 3, 130)


async def test_show_has_the_record_and_the_lines(gateway: Gateway, machine: Machine) -> None:
    gateway.records.executions = [an_execution("aa", "error")]
    gateway.debug_lines = [_line(1, "GET /hello began", stream="platform"), _line(2, "loaded 3 notes")]
    wanted = gateway.records.executions[0]["execution_id"]

    code = await _approve("executions-show", machine, "executions", "show", wanted)
    absent = await machine.annex("executions", "show", wanted.replace("aa", "ff"), "--json")

    assert code == 0
    assert (absent.code, absent.document()["error"]["code"]) == (5, "EXECUTION_NOT_FOUND")


async def test_follow_and_until_exclude_each_other(machine: Machine) -> None:
    for command in ("executions", "logs"):
        ran = await machine.annex(command, EXT, "--follow", "--until", "1h")

        assert ran.code == 2
        assert "--follow and --until cannot be combined" in ran.stderr


# Call.


def _answering(status: int) -> Any:
    async def answer(_: web.Request) -> web.Response:
        headers = {"x-annex-execution-id": an_execution("aa")["execution_id"]}
        return web.Response(status=status, text="hello\n", headers=headers)

    return answer


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 11)])
async def test_call_shows_what_it_left_behind(
    gateway: Gateway, machine: Machine, status: int, code: int
) -> None:
    gateway.guest = _answering(status)
    gateway.records.executions = [an_execution("aa")]
    gateway.debug_lines = [
        _line(1, "loaded 3 notes"),
        _line(2, "GET /hello answered 200 in 18.9 ms", stream="platform"),
    ]
    words = ("call", EXT, "GET", "/hello", "--show", "logs,host-calls")

    ended = await _approve(f"call-show-{status}", machine, *words)
    as_json = await machine.annex(*words, "--json")

    assert (ended, as_json.code) == (code, code)
    document = as_json.document()
    told = document["data"] if code == 0 else document["error"]["details"]
    assert told["logs"][0]["message"] == "loaded 3 notes"
    assert told["execution"]["usage"]["host_calls"] == 4


async def test_an_answer_is_shown_also_where_its_trace_cannot_be(gateway: Gateway, machine: Machine) -> None:
    gateway.guest = _answering(200)

    ran = await machine.annex("call", EXT, "GET", "/hello", "--show", "host-calls")
    wrong = await machine.annex("call", EXT, "GET", "/hello", "--show", "everything")

    assert (ran.code, ran.stdout) == (0, "hello\n")
    assert "host calls not known" in ran.stderr
    assert wrong.code == 2


# Logs.


@pytest.mark.parametrize("form", ["text", "json"])
async def test_logs_are_narrowed_and_gaps_are_never_hidden(
    gateway: Gateway, machine: Machine, form: str
) -> None:
    gateway.debug_lines = [
        _line(0, "tax too early"),
        _line(11, "tax lookup slow", level="warn"),
        _line(19, "37 lines not kept: they could not be written in time.", stream="platform", execution=""),
        _line(20, "no match", level="warn"),
        _line(21, "tax of another run", level="warn", execution="66666666-4444-4444-8444-4444444444bb"),
    ]
    flags = ["--json"] if form == "json" else []

    code = await _approve(
        f"logs-narrow-{form}",
        machine,
        *("logs", EXT, "--level", "warn", "--grep", "^tax", "--execution", "4444aa"),
        *("--since", "2026-11-21T00:00:05Z", *flags),
    )

    assert code == 0


async def test_a_narrow_tail_shows_the_last_fitting_lines_and_reads_on_from_there(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.debug_lines = [_line(number, f"tax {number}") for number in range(30)]

    ran = await machine.annex("logs", EXT, "--follow", "--grep", "tax", "--limit", "3")

    assert ran.code == 8
    assert re.findall(r"tax \d+", ran.stdout) == ["tax 27", "tax 28", "tax 29"]


@pytest.mark.parametrize("flags", [["--grep", "("], ["--since", "soon"], ["--since", "1h", "--until", "2h"]])
async def test_a_filter_that_means_nothing_is_2(machine: Machine, flags: list[str]) -> None:
    ran = await machine.annex("logs", EXT, *flags)

    assert ran.code == 2


# Schedules.


@pytest.mark.parametrize("form", ["text", "json"])
async def test_schedules_are_shown_run_and_paused(gateway: Gateway, installed: Machine, form: str) -> None:
    gateway.records.schedules = [a_schedule("nightly"), a_schedule("hourly", end="a2")]
    gateway.records.runs = [a_dispatch("failed"), a_dispatch("succeeded", end="b2")]
    flags = ["--json"] if form == "json" else []

    codes = [
        await _approve(f"schedules-{word}-{form}", installed, "schedules", word, EXT, *named, *flags)
        for word, named in (
            ("list", []),
            ("show", ["nightly"]),
            ("runs", ["nightly"]),
            ("run-now", ["hourly"]),
            ("pause", ["nightly"]),
            ("resume", ["5555a1"]),
        )
    ]

    assert codes == [0] * 6
    assert gateway.records.started == [gateway.records.schedules[1].schedule_id]
    assert gateway.records.schedules[0].is_enabled


async def test_a_schedule_is_paused_once_and_found_by_its_name_or_not_at_all(
    gateway: Gateway, installed: Machine
) -> None:
    gateway.records.schedules = [a_schedule("nightly"), a_schedule("hourly", end="b1")]
    await installed.annex("schedules", "pause", EXT, "nightly")

    again = await installed.annex("schedules", "pause", EXT, "nightly", "--json")
    absent = await installed.annex("schedules", "pause", EXT, "daily", "--json")
    either = await installed.annex("schedules", "pause", EXT, "1", "--json")

    assert again.document()["data"]["result"] == "unchanged"
    assert (absent.code, absent.document()["error"]["code"]) == (5, "SCHEDULE_NOT_FOUND")
    assert either.code == 2


async def test_every_line_of_a_stream_is_typed_and_timed(gateway: Gateway, machine: Machine) -> None:
    gateway.debug_lines = [_line(1, "one")]

    ran = await machine.annex("logs", EXT, "--json")

    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["start", "line", "end"]
    assert all("time" in line for line in lines)


# The record of changes.


@pytest.mark.parametrize("form", ["text", "json"])
async def test_audit_lists_who_changed_what_page_by_page(
    gateway: Gateway, machine: Machine, form: str
) -> None:
    gateway.records.changes = [
        a_change(13, "role.assigned", "principal:rosa", role="publisher", before=["viewer"]),
        a_change(12, "tenant.created", "tenant:acme"),
    ]
    flags = ["--json"] if form == "json" else []

    code = await _approve(f"audit-{form}", machine, "audit", "--since", "2026-11-20T00:00:00Z", *flags)

    first, then = gateway.records.asked[:2]
    assert code == 0
    assert first == {"since": "2026-11-20T00:00:00Z", "limit": "20"}
    assert then == {**first, "limit": "18", "before": "12"}
