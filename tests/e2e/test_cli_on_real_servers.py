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

ANNEX = Path(sys.executable).with_name("annex")
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
