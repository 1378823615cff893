"""The program as a whole: usage, exit codes, credentials, terminals, pipes and failures nobody foresaw."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import ADMIN_KEY, TENANT, USER_KEY, Gateway
from integration.cli.program import SAMPLE, Machine, assert_approved, transcript
from support.terminals import on_a_terminal


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["publsh"], 2, "INVALID_USAGE"),
        (["publish", "--no-such-flag"], 2, "INVALID_USAGE"),
        (["call", "acme/notes"], 2, "INVALID_USAGE"),
        (["versions", "acme/notes", "--timeout", "soon"], 2, "INVALID_USAGE"),
        (["versions", "acme/notes", "--gateway", "console.example"], 2, "INVALID_USAGE"),
        (["versions", "acme/notes", "--tenant", "northwind"], 2, "INVALID_USAGE"),
        (["publish", "--cwd", "nowhere"], 2, "INVALID_USAGE"),
        (["publish", "nothing.tar.zst"], 3, "FILE_NOT_USABLE"),
        (["sign", str(SAMPLE), "--key-file", "nothing.pem"], 3, "FILE_NOT_USABLE"),
        (["install", "acme"], 3, "INVALID_EXTENSION_NAME"),
        (["install", "acme/notes@latest"], 3, "INVALID_VERSION_NUMBER"),
        (["versions", "acme/notes", "--token-file", "nothing"], 4, "CREDENTIAL_UNREADABLE"),
        (["versions", "acme/notes"], 5, "EXTENSION_NOT_FOUND"),
    ],
)
async def test_failure_is_one_document_and_its_exit_code(
    machine: Machine, arguments: list[str], code: int, error: str
) -> None:
    ran = await machine.annex(*arguments, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (code, error)
    assert ran.document()["ok"] is False


async def test_mistyped_command_is_answered_with_the_nearest_one(machine: Machine) -> None:
    ran = await machine.annex("publsh")

    assert_approved("did-you-mean", transcript("annex publsh", ran, machine))
    assert ran.code == 2


async def test_help_lists_every_command_and_needs_no_platform(tmp_path: Path) -> None:
    ran = await Machine.at(tmp_path).annex("--help")

    assert ran.code == 0
    assert all(
        f"  {name} " in ran.stdout
        for name in ("pack", "sign", "publish", "install", "versions", "deprecate", "yank", "call")
    )


async def test_flags_may_stand_before_the_command(machine: Machine) -> None:
    ran = await machine.annex("--json", "versions", "acme/notes")

    assert (ran.code, ran.document()["command"]) == (5, "versions")


async def test_without_any_credential_the_three_ways_are_named(tmp_path: Path) -> None:
    ran = await Machine.at(tmp_path).annex("versions", "acme/notes")

    assert ran.code == 4
    assert "--token-file" in ran.stderr
    assert "ANNEX_TOKEN" in ran.stderr
    assert "make run" in ran.stderr


async def test_refused_credential_says_where_it_came_from(gateway: Gateway, tmp_path: Path) -> None:
    machine = Machine.at(tmp_path, ANNEX_TOKEN="annex_wrong_key", ANNEX_GATEWAY=gateway.url)

    ran = await machine.annex("versions", "acme/notes", "--debug")

    assert ran.code == 4
    assert "credential  from ANNEX_TOKEN in the environment" in ran.stderr
    assert "GET http://127.0.0.1" in ran.stderr
    assert "annex_wrong_key" not in ran.stderr + ran.stdout


async def test_development_key_is_not_sent_to_another_gateway(gateway: Gateway, machine: Machine) -> None:
    ran = await machine.annex("versions", "acme/notes", "--gateway", "http://127.0.0.1:9", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (4, "CREDENTIAL_MISSING")
    assert gateway.requests == []


async def test_token_file_wins_over_the_environment(gateway: Gateway, tmp_path: Path) -> None:
    machine = Machine.at(tmp_path, ANNEX_TOKEN="annex_wrong_key", ANNEX_GATEWAY=gateway.url)
    (machine.work / "token").write_text(USER_KEY + "\n")
    gateway.add_version("1.0.0", ContentHash.of(b"x"))

    ran = await machine.annex("versions", "acme/notes", "--token-file", "token", "--json")

    assert ran.code == 0


async def test_closed_pipe_ends_quietly(gateway: Gateway, machine: Machine) -> None:
    for number in range(100):
        gateway.add_version(f"1.0.{number}", ContentHash.of(str(number).encode()))
    reading, writing = os.pipe()
    os.close(reading)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", "versions", "acme/notes", "--all", "-q"),
        cwd=machine.work,
        env=machine.environment,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    _, stderr = await process.communicate()

    assert (process.returncode, stderr) == (0, b"")


async def test_unforeseen_failure_leaves_a_report_without_secrets(gateway: Gateway, tmp_path: Path) -> None:
    machine = Machine.at(tmp_path, ANNEX_TOKEN=ADMIN_KEY, ANNEX_GATEWAY=gateway.url)
    # A state folder that is a file's child cannot be made; a working folder that is gone cannot be read.
    gone = machine.folder / "gone"
    gone.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            # Without the working folder on the path, as the installed program is.
            "-P",
            "-c",
            f"import os; os.rmdir({str(gone)!r}); from annex_cli.__main__ import main; main()",
        ),
        *("versions", f"acme/{ADMIN_KEY}", f"--tenant={TENANT}", "--json"),
        cwd=gone,
        env=machine.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    reports = list((machine.folder / "state" / "annex" / "reports").iterdir())

    assert process.returncode == 1
    document = json.loads(stdout)
    assert document["error"]["code"] == "UNEXPECTED_FAILURE"
    assert str(reports[0]) in document["error"]["message"]
    assert b"Traceback" not in stderr
    text = reports[0].read_text()
    assert "Traceback" in text
    assert ADMIN_KEY not in text
    assert TENANT not in text
    assert reports[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("environment", "flags", "colours"),
    [
        ({"TERM": "xterm"}, [], True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, [], False),
        ({"TERM": "xterm", "CI": "true"}, [], False),
        ({"TERM": "dumb"}, [], False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, ["--color", "always"], True),
        ({"TERM": "xterm"}, ["--color", "never"], False),
    ],
)
async def test_colour_follows_the_terminal_and_what_was_asked(
    machine: Machine, environment: dict[str, str], flags: list[str], *, colours: bool
) -> None:
    shown = await _on_a_terminal(machine, environment, ["versions", "acme/notes", *flags], b"")

    assert ("\x1b[31m" in shown) is colours
    assert "EXTENSION_NOT_FOUND" in shown


@pytest.mark.parametrize(("answer", "installed"), [(b"y\n", 1), (b"\n", 0), (b"no\n", 0)])
async def test_install_on_a_terminal_asks_once(
    gateway: Gateway, machine: Machine, answer: bytes, installed: int
) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"x"))
    gateway.capabilities["1.0.0"] = ["cap:storage.kv", "cap:http.fetch"]

    shown = await _on_a_terminal(machine, {"TERM": "xterm"}, ["install", "annex-demo/hello"], answer)

    assert shown.count("Grant these 2 to this tenant? [y/N]") == 1
    assert len(gateway.installs) == installed


async def test_install_with_no_input_asks_nothing(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"x"))
    gateway.capabilities["1.0.0"] = ["cap:storage.kv"]

    shown = await _on_a_terminal(
        machine, {"TERM": "xterm"}, ["install", "annex-demo/hello", "--no-input"], b"y\n"
    )

    assert "[y/N]" not in shown
    assert "CONSENT_REQUIRED" in shown
    assert gateway.installs == []


async def _on_a_terminal(
    machine: Machine, environment: dict[str, str], arguments: list[str], typed: bytes
) -> str:
    return await on_a_terminal(machine.work, machine.environment | environment, arguments, typed)
