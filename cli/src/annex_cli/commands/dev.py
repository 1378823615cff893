"""`annex dev`: the project in the real platform on this machine, with a page that plays the host."""

import asyncio
import json
import socket
import webbrowser
from contextlib import ExitStack
from pathlib import Path

import click
from pydantic import JsonValue

from annex_cli.dev.calls import Calls
from annex_cli.dev.development import Development, attempts_of
from annex_cli.dev.hub import Hub
from annex_cli.dev.installation import Installation
from annex_cli.dev.keyboard import MEANINGS, typed_keys
from annex_cli.dev.platform_process import DevPlatform, running_platform
from annex_cli.dev.project_lock import project_folder
from annex_cli.dev.simulator import HOST, Simulator, listening_socket, serving
from annex_cli.dev.snapshots import Snapshots
from annex_cli.device_login import has_browser
from annex_cli.durable_file import replace_durably
from annex_cli.errors import DevPlatformFailed
from annex_cli.json_stream import JsonStream
from annex_cli.options import global_flags
from annex_cli.packing import project_manifest
from annex_cli.platform_client import platform_client
from annex_cli.program import begin

_PORT = 4600
_CALL_SECONDS = 700.0
_DEV_FILE = "dev.json"


@click.command("dev")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=_PORT,
    show_default=True,
    help="Port of the page; 0 takes a free one.",
)
@click.option("--no-limits", is_flag=True, help="Take the limits of calls away; a banner says so.")
@click.option("--open", "is_opened", is_flag=True, help="Open the page in a browser.")
@global_flags
@click.pass_context
def command(context: click.Context, port: int, no_limits: bool, is_opened: bool) -> None:
    """Run the project here: its handlers in the real sandbox, its pages in a page that plays the host.

    No account, no tunnel. Sources are watched: pages are shown anew at once, handlers after their build;
    what was built last goes on being served while a build runs or fails. `.annex/dev/config.toml`,
    `secrets.toml` and `storage.toml` say what the install begins with.

    \b
    annex dev
    annex dev --port 0 --json          everything that happens, one JSON object on each line
    annex dev --no-limits              with a banner that says so

    Exit codes: 0 quit, 3 no platform is installed here, 8 it runs already or the port is taken,
    9 the platform did not start, 130 stopped.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    session.if_stopped = "Stopped. Data stays in .annex/dev."
    project = session.settings.folder.resolve()
    project_manifest(project)
    with ExitStack() as held, JsonStream(session).shown({"folder": str(project)}) as stream:
        folder = held.enter_context(project_folder(project))
        listening = held.enter_context(listening_socket(port))
        hub = Hub(session, stream)
        hub.state.has_limits = not no_limits
        stream.counted = {"calls": 0, "reloads": 0}
        asyncio.run(_develop(hub, project, folder, listening, is_opened=is_opened))
        stream.reason = "quit"


async def _develop(
    hub: Hub, project: Path, folder: Path, listening: socket.socket, *, is_opened: bool
) -> None:
    session, port = hub.session, listening.getsockname()[1]
    address = f"http://{HOST}:{port}"
    session.terminal.say("starting   the platform on this machine")
    async with (
        running_platform(
            folder / "platform", address, session.environment, has_limits=hub.state.has_limits
        ) as platform,
        platform_client(
            platform.facts.gateway_url, platform.facts.admin_api_key, timeout_seconds=_CALL_SECONDS
        ) as client,
    ):
        hub.state.ui_host_url, hub.state.tenant_id = platform.facts.ui_host_url, platform.facts.tenant_id
        calls = Calls(client, hub)
        development = Development(
            project,
            folder,
            f"{address}/",
            hub,
            Snapshots(project, folder / "snapshots"),
            Installation(client, platform, attempts_of(folder)),
            calls,
            client,
        )
        dev_file = _noted(project, platform)
        try:
            async with serving(Simulator(hub, calls, port, development.switch), listening):
                await _run(hub, development, platform, is_opened=is_opened)
        finally:
            dev_file.unlink(missing_ok=True)


async def _run(hub: Hub, development: Development, platform: DevPlatform, *, is_opened: bool) -> None:
    session = hub.session
    await development.first()
    _say_ready(hub, development.address)
    if is_opened and has_browser(session.environment, "linux"):
        await asyncio.to_thread(webbrowser.open, development.address)
    ended = asyncio.create_task(platform.ended())
    running = asyncio.create_task(development.run())
    try:
        async with typed_keys(session.terminal.stdin, development.press):
            await asyncio.wait({ended, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
            return
        raise DevPlatformFailed("The platform ended unexpectedly. See .annex/dev/platform.log.")
    finally:
        ended.cancel()
        running.cancel()


def _say_ready(hub: Hub, address: str) -> None:
    facts: dict[str, JsonValue] = {
        "url": address,
        "api_url": f"{address}api/",
        "extension": hub.state.extension,
        "limits": hub.state.has_limits,
    }
    keys = "  ".join(f"{key.value} {meaning}" for key, meaning in MEANINGS.items())
    lines = [
        f"  ready      {address:<32} host simulator (theme, role, failures)",
        f"             {address + 'api/…':<32} handlers, direct",
    ]
    if not hub.state.has_limits:
        lines.append("  warning    limits are off (--no-limits): what works here may be refused elsewhere")
    if hub.session.terminal.is_interactive:
        lines.append(f"  keys       {keys}")
    hub.tell("ready", facts, "\n".join(lines))


def _noted(project: Path, platform: DevPlatform) -> Path:
    """Let other commands find the platform while it runs, as they find that of `make run`."""
    facts = platform.facts
    path = project / ".annex" / _DEV_FILE
    replace_durably(
        path,
        json.dumps(
            {
                "gateway_url": facts.gateway_url,
                "tenant_id": facts.tenant_id,
                "api_key": facts.api_key,
                "admin_api_key": facts.admin_api_key,
                "log_vkey": facts.log_vkey,
            }
        ).encode(),
    )
    return path
