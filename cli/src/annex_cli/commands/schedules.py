"""`annex schedules`: what an extension has called by the clock; run one now, pause or resume it."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.dispatch_views import dispatch_document, dispatch_table
from annex_cli.errors import InvalidUsage, ScheduleNotFound
from annex_cli.extension_requests import change_schedule, run_schedule, schedule_runs, schedules
from annex_cli.installing import answer_of, require_install
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.presenting import moment
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.table import text_table
from annex_shared.contracts.installs import InstallView
from annex_shared.contracts.schedules import ChangeSchedule, ScheduleView
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef

_NONE = "–"  # noqa: RUF001 - an en dash is how an empty cell is written
_HEAD = ("NAME", "ENDPOINT", "CRON", "ZONE", "STATE", "NEXT", "LAST")
_STATES = ("waiting", "running", "succeeded", "failed", "dead", "skipped")

_schedule = click.argument("schedule", metavar="SCHEDULE")


@click.group("schedules", context_settings={"help_option_names": ["--help", "-h"]})
def command() -> None:
    """Show what an extension has called by the clock; run one now, pause or resume it.

    SCHEDULE is a schedule's name, its id, or the end of its id.

    \b
    annex schedules list acme/notes
    annex schedules runs acme/notes nightly
    annex schedules run-now acme/notes nightly
    annex schedules pause acme/notes nightly
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("list")
@click.argument("extension", metavar="EXT")
@global_flags
@click.pass_context
def list_all(context: click.Context, extension: str) -> None:
    """List the schedules of an install.

    Exit codes: 0 listed, 4 not allowed, 5 not installed.
    """
    asyncio.run(_list(begin(context), ExtensionRef.parse(extension)))


@command.command("show")
@click.argument("extension", metavar="EXT")
@_schedule
@global_flags
@click.pass_context
def show(context: click.Context, extension: str, schedule: str) -> None:
    """Show one schedule, and why it was paused if it was.

    Exit codes: 0 shown, 4 not allowed, 5 not installed or no such schedule.
    """
    asyncio.run(_show(begin(context), ExtensionRef.parse(extension), schedule))


@command.command("runs")
@click.argument("extension", metavar="EXT")
@_schedule
@click.option("--status", type=click.Choice(_STATES), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, help="How many.  [20]")
@global_flags
@click.pass_context
def runs(context: click.Context, extension: str, schedule: str, status: str | None, limit: int) -> None:
    """List the runs of one schedule, newest first.

    Exit codes: 0 listed, 4 not allowed, 5 not installed or no such schedule.
    """
    asyncio.run(_runs(begin(context), ExtensionRef.parse(extension), schedule, status, limit))


@command.command("run-now")
@click.argument("extension", metavar="EXT")
@_schedule
@global_flags
@click.pass_context
def run_now(context: click.Context, extension: str, schedule: str) -> None:
    """Run one schedule now, beside its times.

    Exit codes: 0 it will run, 4 not allowed, 5 not installed or no such schedule, 6 its last run has not
    ended, 8 too many by hand, 10 sent without an answer.
    """
    asyncio.run(_run_now(begin(context), ExtensionRef.parse(extension), schedule))


@command.command("pause")
@click.argument("extension", metavar="EXT")
@_schedule
@global_flags
@click.pass_context
def pause(context: click.Context, extension: str, schedule: str) -> None:
    """Let the times of one schedule pass without runs.

    Exit codes: 0 paused or so before, 4 not allowed, 5 not installed or no such schedule,
    8 too many changes, 10 sent without an answer.
    """
    asyncio.run(_switch(begin(context), ExtensionRef.parse(extension), schedule, is_enabled=False))


@command.command("resume")
@click.argument("extension", metavar="EXT")
@_schedule
@global_flags
@click.pass_context
def resume(context: click.Context, extension: str, schedule: str) -> None:
    """Let one schedule run at its times again, also one that the platform paused.

    Exit codes: 0 resumed or so before, 4 not allowed, 5 not installed or no such schedule,
    8 too many changes, 10 sent without an answer.
    """
    asyncio.run(_switch(begin(context), ExtensionRef.parse(extension), schedule, is_enabled=True))


async def _list(session: Session, extension: ExtensionRef) -> None:
    async with session.platform(Purpose.USE) as client:
        install = await require_install(client, extension)
        items = (await schedules(client, install.install_id)).items
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "items": [item.model_dump(mode="json") for item in items],
    }
    text = text_table(_HEAD, [_cells(item) for item in items]) if items else f"{extension} has no schedules."
    session.show(data, text)


async def _show(session: Session, extension: ExtensionRef, wanted: str) -> None:
    async with session.platform(Purpose.USE) as client:
        _, found = await _find(client, extension, wanted)
    facts = {
        "schedule": found.schedule_id,
        "name": found.name or _NONE,
        "endpoint": f"{found.method} {found.path}",
        "cron": f"{found.cron}   {found.timezone}",
        "state": _state(found),
        "next": moment(found.next_run_at) if found.next_run_at else _NONE,
        "last": _last(found),
        "failures": f"{found.failures_in_a_row} in a row",
        "payload": found.payload or _NONE,
    }
    lines = [f"{name:<12}{shown(text, limit=400)}" for name, text in facts.items()]
    if found.last_error:
        lines.append(f"{'last error':<12}{shown(found.last_error, limit=400)}")
    session.show({"extension": str(extension), **found.model_dump(mode="json")}, "\n".join(lines))


async def _runs(
    session: Session, extension: ExtensionRef, wanted: str, status: str | None, limit: int
) -> None:
    async with session.platform(Purpose.USE) as client:
        install, found = await _find(client, extension, wanted)
        query = {"state": status, "limit": limit}
        items = (await schedule_runs(client, install.install_id, found.schedule_id, query)).items
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "schedule_id": found.schedule_id,
        "items": [dispatch_document(item) for item in items],
    }
    session.show(data, dispatch_table(items, source=None) if items else "No run fits.")


async def _run_now(session: Session, extension: ExtensionRef, wanted: str) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        install, found = await _find(client, extension, wanted)
        session.if_stopped = "Stopped. The run may have been begun; see annex schedules runs."
        started = await answer_of(
            run_schedule(client, install.install_id, found.schedule_id), f"The run of {_name(found)}"
        )
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "schedule_id": found.schedule_id,
        "run_id": started.run_id,
        "result": "started",
    }
    next_step = f"           Next:  annex schedules runs {extension} {_name(found)}"
    session.show(data, f"{session.ok(f'{_name(found)} will run; run {started.run_id}')}\n{next_step}")


async def _switch(session: Session, extension: ExtensionRef, wanted: str, *, is_enabled: bool) -> None:
    word = "resumed" if is_enabled else "paused"
    async with session.platform(Purpose.ADMINISTER) as client:
        install, found = await _find(client, extension, wanted)
        after = found
        if found.is_enabled != is_enabled:
            session.if_stopped = f"Stopped. It may be {word}; see annex schedules show."
            change = ChangeSchedule.model_validate({"is_enabled": is_enabled})
            after = await answer_of(
                change_schedule(client, install.install_id, found.schedule_id, change),
                f"This of {_name(found)}",
            )
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        **after.model_dump(mode="json"),
        "result": "unchanged" if after is found else word,
    }
    sentence = f"{_name(found)} {'was' if after is found else 'is'} {word}"
    until = f"; next run {moment(after.next_run_at)}" if after.next_run_at else ""
    session.show(data, session.ok(f"{sentence}{until}"))


async def _find(
    client: PlatformClient, extension: ExtensionRef, wanted: str
) -> tuple[InstallView, ScheduleView]:
    """Look a schedule up by its name, its id or the end of that. Raises ScheduleNotFound, InvalidUsage."""
    install = await require_install(client, extension)
    items = (await schedules(client, install.install_id)).items
    fitting = [item for item in items if item.name == wanted] or [
        item for item in items if item.schedule_id.endswith(wanted.lower())
    ]
    if len(fitting) > 1:
        raise InvalidUsage(f'"{shown(wanted, limit=80)}" ends the ids of {len(fitting)} schedules.')
    if not fitting:
        raise ScheduleNotFound(
            f'{extension} has no schedule "{shown(wanted, limit=80)}".',
            hint=f"annex schedules list {extension}",
        )
    return install, fitting[0]


def _cells(item: ScheduleView) -> tuple[str, ...]:
    return (
        shown(item.name or item.schedule_id, limit=60),
        f"{item.method} {shown(item.path, limit=60)}",
        shown(item.cron, limit=40),
        shown(item.timezone, limit=40),
        "on" if item.is_enabled else "paused",
        moment(item.next_run_at) if item.next_run_at else _NONE,
        _last(item),
    )


def _state(item: ScheduleView) -> str:
    if item.is_enabled:
        return "on"
    return f"paused: {item.paused_reason}" if item.paused_reason else "paused"


def _last(item: ScheduleView) -> str:
    if item.last_run_at is None:
        return _NONE
    return f"{item.last_run_status or ''} {moment(item.last_run_at)}".strip()


def _name(item: ScheduleView) -> str:
    return shown(item.name or item.schedule_id, limit=80)
