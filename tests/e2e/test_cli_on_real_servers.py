"""An extension author with nothing but the `annex` program and a key, against the whole platform."""

import asyncio
import json
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.platform.bundles import guest_archive
from support.platform.eventually import eventually
from support.platform.real import RealPlatform
from support.warm_program import WarmProgram

ANNEX = Path(sys.executable).with_name("annex")
WARM = WarmProgram("annex_cli")
COMMAND_SECONDS = 60
SOON_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Author:
    """A project folder, a publisher's key, and the settings a shell would hold."""

    extension: str
    archive: Path
    key_file: Path
    environment: dict[str, str]

    async def annex(self, *arguments: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            ANNEX,
            *arguments,
            cwd=self.archive.parent,
            env=self.environment,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(COMMAND_SECONDS):
            output, errors = await process.communicate()
        return Said(process.returncode or 0, output.decode(), errors.decode())

    async def quick(self, *arguments: str) -> Said:
        """Run the same program in a process that has not to import it anew."""
        ended = await asyncio.to_thread(
            WARM.run, arguments, folder=self.archive.parent, environment=self.environment, stdin=b""
        )
        return Said(ended.code, ended.stdout.decode(), ended.stderr.decode())


@pytest.fixture
async def author(real: RealPlatform, tmp_path: Path) -> Author:
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    key_file, token_file = tmp_path / "publisher.pem", tmp_path / "token"
    for file, content in (
        (key_file, key.to_pem()),
        (token_file, real.platform.admin.api_key.encode()),
    ):
        file.touch(mode=0o600)
        file.write_bytes(content)
    return Author(
        f"{slug}/reads-config",
        guest_archive(tmp_path, "reads_config", publisher=slug, capabilities=["cap:config.read"]),
        key_file,
        {
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "ANNEX_GATEWAY": real.platform.gateway_url,
            "ANNEX_TOKEN_FILE": str(token_file),
            "NO_COLOR": "1",
        },
    )


async def test_publish_install_call_and_a_second_publish_as_an_author_types_them(author: Author) -> None:
    settings = author.archive.with_name("settings.json")
    settings.write_text(json.dumps({"greeting": "Good morning"}))
    publish = ("publish", str(author.archive), "--key-file", str(author.key_file))

    published = await author.annex(*publish)
    refused = await author.annex(*publish)
    tolerated = await author.annex(*publish, "--skip-existing")
    unasked = await author.annex("install", author.extension)
    installed = await author.annex(
        "install", author.extension, "--grant", "cap:config.read", "--config", str(settings)
    )
    called = await author.annex("call", author.extension, "GET", "/run")
    listed = await author.annex("--json", "versions", author.extension)

    assert published.code == 0, published.errors
    assert refused.code == 6
    said = " ".join(refused.errors.split())
    assert f'Version "1.0.0" of {author.extension} is already published and cannot be changed.' in said
    assert "VERSION_ALREADY_EXISTS" in said
    assert tolerated.code == 0, tolerated.errors
    assert unasked.code == 8
    assert installed.code == 0, installed.errors
    assert (called.code, called.output) == (0, "Good morning")
    assert listed.code == 0
    assert '"1.0.0"' in listed.output
    json.loads(listed.output)


async def test_a_yanked_version_runs_on_and_a_blocked_one_stops_everywhere_until_it_is_unblocked(
    author: Author, real: RealPlatform
) -> None:
    grant = ("install", author.extension, "--grant", "cap:config.read")
    target = f"{author.extension}@1.0.0"
    status = f"/api/v1/extensions/{author.extension}/versions/1.0.0/status"
    await author.annex("publish", str(author.archive), "--key-file", str(author.key_file))
    await author.annex(*grant)
    await author.annex("call", author.extension, "GET", "/run")

    yanked = await author.annex("yank", target, "--reason", "It loses notes.", "--yes")
    while_yanked = await author.annex("call", author.extension, "GET", "/run")
    again = await author.annex("install", target, "--grant", "cap:config.read")
    republished = await author.annex("publish", str(author.archive), "--key-file", str(author.key_file))
    blocked = await real.operator.post(status, {"status": "blocked", "reason": "It mines coins."})

    async def called_with(code: int) -> Said | None:
        said = await author.annex("call", author.extension, "GET", "/run")
        return said if said.code == code else None

    while_blocked = await eventually(lambda: called_with(8), seconds=SOON_SECONDS)
    await real.operator.post(status, {"status": "active", "reason": "It does not."})
    after = await eventually(lambda: called_with(while_yanked.code), seconds=SOON_SECONDS)

    assert yanked.code == 0, yanked.errors
    assert "1 tenant runs it" in yanked.errors
    assert again.code == 0, again.errors
    assert republished.code == 6
    assert blocked["tenants_running"] == 1
    assert "VERSION_BLOCKED" in while_blocked.errors
    assert after.code == while_yanked.code


async def test_a_call_to_nothing_and_a_call_without_a_valid_key_end_by_their_own_numbers(
    author: Author, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("annex_nobody_nothing")

    nothing = await author.annex("call", author.extension, "GET", "/run")
    nobody = await author.annex("--token-file", str(wrong), "versions", author.extension)

    assert (nothing.code, nobody.code) == (5, 4)
    assert "EXTENSION_NOT_INSTALLED" in nothing.errors


async def test_an_author_configures_switches_and_removes_an_install_and_sees_what_it_did(
    author: Author, tmp_path: Path
) -> None:
    capabilities = ["cap:config.read", "cap:debug.logs"]
    slug = author.extension.partition("/")[0]
    shows_lines = guest_archive(
        tmp_path, "reads_config", publisher=slug, version="1.1.0", capabilities=capabilities
    )
    await author.quick("publish", str(shows_lines), "--key-file", str(author.key_file))
    await author.quick("install", author.extension, "--grant", ",".join(capabilities))

    differs = await author.quick("config", "diff", author.extension, "greeting=Good evening")
    configured = await author.quick("config", "set", author.extension, "greeting=Good evening", "--json")
    revision = json.loads(configured.output)["data"]["revision"]
    stale = await author.quick(
        "config", "set", author.extension, "greeting=No", "--if-version", str(revision - 1)
    )
    read = await author.quick("config", "get", author.extension, "greeting")
    called = await author.quick("call", author.extension, "GET", "/run", "--show", "logs")
    disabled = await author.quick("disable", author.extension)

    async def refused() -> Said | None:
        said = await author.quick("call", author.extension, "GET", "/run")
        return said if said.code == 8 else None

    while_disabled = await eventually(refused, seconds=SOON_SECONDS)
    enabled = await author.quick("enable", author.extension)
    logged = await author.quick("logs", author.extension, "--grep", "answered 200", "--since", "1h", "--json")
    removed = await author.quick("uninstall", author.extension, "--yes")
    gone = await author.quick("config", "get", author.extension)

    assert (differs.code, differs.output) == (12, '+ greeting = "Good evening"\n')
    assert (configured.code, stale.code, read.output) == (0, 6, "Good evening\n"), stale.errors
    assert (called.code, called.output) == (0, "Good evening"), called.errors
    assert "GET /run answered 200" in called.errors
    assert (disabled.code, enabled.code, removed.code, gone.code) == (0, 0, 0, 5)
    assert "INSTALL_DISABLED" in while_disabled.errors
    types = [json.loads(line)["type"] for line in logged.output.splitlines()]
    assert types == ["start", "line", "end"]


async def test_an_author_follows_replays_and_verifies_what_the_platform_says(
    author: Author, tmp_path: Path
) -> None:
    await author.quick("publish", str(author.archive), "--key-file", str(author.key_file))

    tail = ("events", "tail", "--since", "5m", "--type", "version.published", "--no-follow", "--json")
    lines = [json.loads(line) for line in (await author.quick(*tail)).output.splitlines()]
    ours = [one for one in lines if one["type"] == "event" and author.extension in one["event"]["subject"]]
    captured = tmp_path / "event.json"
    captured.write_text(json.dumps(ours[0]["event"]))
    genuine = await author.quick("events", "verify", str(captured), "--compare")
    captured.write_text(json.dumps(ours[0]["event"]).replace("1.0.0", "1.0.1"))
    changed = await author.quick("events", "verify", str(captured), "--compare")
    serial = str(ours[0]["serial"])
    nobody = ("events", "replay", "--from", serial, "--to", serial, "--to-url", "http://127.0.0.1:9/")
    rehearsed = await author.quick(*nobody, "--dry-run", "--json")

    assert (lines[0]["type"], lines[-1]["reason"], len(ours)) == ("start", "done", 1)
    assert genuine.code == 0, genuine.output
    assert "the feed registry says the same" in genuine.output
    assert changed.code == 7
    assert json.loads(rehearsed.output)["data"]["events"] == 1


async def test_an_author_runs_pauses_and_resumes_a_schedule(author: Author, real: RealPlatform) -> None:
    await author.quick("publish", str(author.archive), "--key-file", str(author.key_file))
    installed = await author.quick("install", author.extension, "--grant", "cap:config.read", "--json")
    install_id = json.loads(installed.output)["data"]["install_id"]
    await author.quick("call", author.extension, "GET", "/run")
    wish = {"endpoint": "GET /run", "cron": "0 3 * * *", "name": "nightly"}
    await real.operator.post(f"/api/v1/installs/{install_id}/schedules", wish)

    listed = await author.quick("schedules", "list", author.extension)
    started = await author.quick("schedules", "run-now", author.extension, "nightly")

    async def ended() -> list[str] | None:
        runs = await author.quick("schedules", "runs", author.extension, "nightly", "--json")
        states = [item["state"] for item in json.loads(runs.output)["data"]["items"]]
        return states if states and not {"waiting", "running"} & {*states} else None

    states = await eventually(ended, seconds=SOON_SECONDS)
    paused = await author.quick("schedules", "pause", author.extension, "nightly")
    shown = await author.quick("schedules", "show", author.extension, "nightly", "--json")
    resumed = await author.quick("schedules", "resume", author.extension, "nightly")
    nothing = await author.quick("events", "deliveries", author.extension)

    assert listed.code == 0, listed.errors
    assert "nightly" in listed.output
    assert (started.code, len(states)) == (0, 1), started.errors
    assert (paused.code, resumed.code) == (0, 0)
    assert json.loads(shown.output)["data"]["is_enabled"] is False
    assert (nothing.code, nothing.output) == (0, "No delivery fits.\n")


async def test_an_author_sees_how_runs_ended(author: Author) -> None:
    await author.quick("publish", str(author.archive), "--key-file", str(author.key_file))
    await author.quick("install", author.extension, "--grant", "cap:config.read")
    called = await author.quick("call", author.extension, "GET", "/run", "--show", "host-calls", "--json")
    execution_id = json.loads(called.output)["error"]["details"]["execution"]["execution_id"]

    listed = await author.quick("executions", author.extension, "--since", "1h", "--json")
    failed = await author.quick("executions", author.extension, "--status", "timeout")
    shown = await author.quick("executions", "show", execution_id)

    assert called.code == 11, called.errors
    items = json.loads(listed.output)["data"]["items"]
    assert [item["execution_id"] for item in items][-1:] == [execution_id]
    assert (failed.code, failed.output) == (0, "No execution fits.\n")
    assert shown.code == 0, shown.errors
    assert "host_calls 1" in shown.output
