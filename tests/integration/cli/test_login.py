"""Logins: a key is kept after the platform took it, belongs to one gateway, and is never shown."""

import json
import os
import pty
import sys
from asyncio import create_subprocess_exec, to_thread
from pathlib import Path

import pytest

from integration.cli.gateway import ADMIN_KEY, TENANT, USER_KEY, Gateway, running_gateway
from integration.cli.program import ROOT, Machine, assert_approved, finished, transcript
from support.told_keyring import PLACE

ROSA = {
    "principal_id": "0192f0c1-2345-7abc-8def-0123456789ab",
    "name": "rosa",
    "tenant_id": TENANT,
    "kind": "user",
    "credential": "api_key",
    "key_id": "k1",
    "permissions": ["extension:publish", "extension:read"],
    "sources": [
        {"source": "credential", "permissions": ["extension:publish"]},
        {"source": "role:viewer", "permissions": ["extension:read"]},
    ],
    "roles": ["viewer"],
    "expires_at": None,
}


@pytest.fixture
def stranger(tmp_path: Path) -> Machine:
    """Make a machine that knows no platform."""
    return Machine.at(tmp_path / "stranger")


async def _login(machine: Machine, gateway: Gateway, *arguments: str, key: str = ADMIN_KEY) -> None:
    ran = await machine.annex(
        *("login", "--gateway", gateway.url, "--from-stdin", "--insecure-storage", *arguments),
        stdin=f"{key}\n".encode(),
    )
    assert ran.code == 0, ran.stderr


@pytest.mark.parametrize("form", ["text", "json"])
async def test_login_then_whoami_then_logout(gateway: Gateway, stranger: Machine, form: str) -> None:
    gateway.me = ROSA
    flags = ["--json"] if form == "json" else []

    signed_in = await stranger.annex(
        *("login", "--gateway", gateway.url, "--from-stdin", "--insecure-storage", *flags),
        stdin=ADMIN_KEY.encode(),
    )
    who = await stranger.annex("whoami", *flags)
    signed_out = await stranger.annex("logout", *flags)
    after = await stranger.annex("whoami", *flags)

    for name, ran in (
        ("login", signed_in),
        ("whoami", who),
        ("logout", signed_out),
        ("whoami-nobody", after),
    ):
        assert_approved(
            f"{name}-{form}", transcript(f"annex {name.split('-', maxsplit=1)[0]}", ran, stranger)
        )
    assert [ran.code for ran in (signed_in, who, signed_out, after)] == [0, 0, 0, 4]


async def test_the_key_is_kept_for_its_owner_only_and_shown_nowhere(
    gateway: Gateway, stranger: Machine
) -> None:
    await _login(stranger, gateway)

    kept = stranger.folder / ".config" / "annex" / "keys" / "default.key"
    ran = await stranger.annex("whoami", "--debug", "-v")

    assert kept.read_text().strip() == ADMIN_KEY
    assert kept.stat().st_mode & 0o777 == 0o600
    assert ADMIN_KEY not in (kept.parent.parent / "profiles.json").read_text()
    assert ADMIN_KEY not in ran.stdout + ran.stderr


async def test_a_key_that_others_can_read_is_not_used_until_it_is_mended(
    gateway: Gateway, stranger: Machine
) -> None:
    await _login(stranger, gateway)
    kept = stranger.folder / ".config" / "annex" / "keys" / "default.key"
    kept.chmod(0o644)

    refused = await stranger.annex("whoami", "--json")
    mended = await stranger.annex("doctor", "--only", "auth", "--fix", "--json")
    used = await stranger.annex("whoami")

    assert (refused.code, refused.document()["error"]["code"]) == (4, "CREDENTIAL_UNREADABLE")
    assert [
        check["fixed"] for check in mended.document()["data"]["checks"] if check["check"] == "storage"
    ] == [True]
    assert used.code == 0
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_a_key_that_the_platform_refuses_is_not_kept(gateway: Gateway, stranger: Machine) -> None:
    gateway.me = ROSA

    ran = await stranger.annex(
        *("login", "--gateway", gateway.url, "--from-stdin", "--insecure-storage", "--json"),
        stdin=b"annex_wrong_key",
    )

    assert (ran.code, ran.document()["error"]["code"]) == (4, "LOGIN_REFUSED")
    assert not (stranger.folder / ".config" / "annex").exists()


async def test_without_a_keyring_nothing_is_kept_and_three_ways_are_named(
    gateway: Gateway, stranger: Machine
) -> None:
    ran = await stranger.annex("login", "--gateway", gateway.url, "--from-stdin", stdin=ADMIN_KEY.encode())

    assert_approved("login-no-keyring", transcript("annex login", ran, stranger))
    assert ran.code == 4
    assert gateway.requests == []
    assert not (stranger.folder / ".config").exists()


@pytest.mark.parametrize("is_locked", [False, True])
async def test_the_system_keyring_keeps_the_key(
    gateway: Gateway, stranger: Machine, *, is_locked: bool
) -> None:
    place = stranger.folder / ("locked" if is_locked else "ring.json")
    stranger.environment.update(
        {
            "PYTHONPATH": str(ROOT / "tests"),
            "PYTHON_KEYRING_BACKEND": "support.told_keyring.ToldKeyring",
            PLACE: str(place),
        }
    )

    signed_in = await finished(
        await stranger.start("login", "--gateway", gateway.url, "--from-stdin", "--json"), ADMIN_KEY.encode()
    )
    who = await finished(await stranger.start("whoami", "--json"))
    signed_out = await finished(await stranger.start("logout", "--json"))

    if is_locked:
        assert signed_in.document()["error"]["code"] == "KEYRING_UNAVAILABLE"
        assert (signed_in.code, who.code, signed_out.code) == (4, 4, 4)
    else:
        assert signed_in.document()["data"]["stored_in"] == "keyring"
        assert who.document()["data"]["credential"] == "profile default, from the system keyring"
        assert signed_out.code == 0
        assert json.loads(place.read_text()) == {}
        assert not (stranger.folder / ".config" / "annex" / "keys").exists()


async def test_login_asks_for_the_key_unseen(gateway: Gateway, stranger: Machine) -> None:
    ours, theirs = pty.openpty()
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", "login", "--gateway", gateway.url, "--insecure-storage"),
        cwd=stranger.work,
        env=stranger.environment | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    while b"API key for" not in shown:
        shown += await to_thread(os.read, ours, 4096)
    os.write(ours, f"{ADMIN_KEY}\n".encode())
    try:
        while part := await to_thread(os.read, ours, 4096):
            shown += part
    except OSError:
        # Linux answers EIO once the other end of a pseudo terminal is closed.
        pass
    os.close(ours)

    assert await process.wait() == 0
    assert ADMIN_KEY not in shown.decode()
    assert (stranger.folder / ".config" / "annex" / "keys" / "default.key").is_file()


async def test_without_a_terminal_login_names_the_flags(gateway: Gateway, stranger: Machine) -> None:
    ran = await stranger.annex("login", "--gateway", gateway.url, "--insecure-storage", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (2, "INVALID_USAGE")
    assert "--key-file" in ran.document()["error"]["message"]


async def test_a_login_is_used_for_its_own_gateway_only(gateway: Gateway, stranger: Machine) -> None:
    await _login(stranger, gateway)
    async with running_gateway() as other:
        ran = await stranger.annex("versions", "acme/notes", "--gateway", other.url, "--json")

        assert (ran.code, ran.document()["error"]["code"]) == (4, "CREDENTIAL_MISSING")
        assert other.requests == []


async def test_profiles_are_chosen_by_name(gateway: Gateway, stranger: Machine) -> None:
    await _login(stranger, gateway)
    await _login(stranger, gateway, "--profile", "prod", key=USER_KEY)

    default = await stranger.annex("whoami", "--json")
    prod = await stranger.annex("whoami", "--profile", "prod", "--json")
    unknown = await stranger.annex("whoami", "--profile", "prud", "--json")

    assert "profile default" in default.document()["data"]["credential"]
    assert "profile prod" in prod.document()["data"]["credential"]
    assert (unknown.code, unknown.document()["error"]["code"]) == (4, "PROFILE_NOT_FOUND")


async def test_an_auth_failure_says_what_the_environment_overrides(
    gateway: Gateway, stranger: Machine
) -> None:
    gateway.me = ROSA
    await _login(stranger, gateway)
    stranger.environment.update({"ANNEX_TOKEN": "annex_wrong_key", "ANNEX_GATEWAY": gateway.url})

    ran = await stranger.annex("whoami")
    as_json = await stranger.annex("whoami", "--json")

    said = "from ANNEX_TOKEN in the environment, which overrides profile default"
    assert ran.code == 4
    assert f"  credential  {said}\n" in ran.stderr
    assert as_json.document()["error"]["credential"] == said


async def test_a_login_goes_before_a_development_platform_and_says_so(
    gateway: Gateway, stranger: Machine
) -> None:
    async with running_gateway() as mine:
        stranger.knows(mine)
        await _login(stranger, gateway)

        by_login = await stranger.annex("whoami")
        by_name = await stranger.annex("whoami", "--profile", "dev", "--json")

        assert "--profile dev uses the platform of" in by_login.stderr
        assert by_login.stdout.splitlines()[1].split()[1] == gateway.url
        assert by_name.document()["data"]["gateway_url"] == mine.url


async def test_a_projects_file_cannot_send_a_key_to_its_own_gateway(
    gateway: Gateway, stranger: Machine
) -> None:
    await _login(stranger, gateway)
    async with running_gateway() as thief:
        (stranger.work / "annex.toml").write_text(f'gateway = "{thief.url}"\n')

        by_login = await stranger.annex("whoami", "--json")
        stranger.environment["ANNEX_TOKEN"] = ADMIN_KEY
        by_token = await stranger.annex("whoami", "--json")
        by_typing = await stranger.annex(
            "login", "--from-stdin", "--insecure-storage", "--profile", "new", stdin=ADMIN_KEY.encode()
        )

        assert (by_login.code, by_token.code, by_typing.code) == (4, 2, 2)
        assert f"--gateway {thief.url}" in by_token.document()["error"]["hint"]
        assert thief.requests == []


async def test_logout_can_withdraw_the_key(gateway: Gateway, stranger: Machine) -> None:
    await _login(stranger, gateway)

    ran = await stranger.annex("logout", "--revoke", "--json")

    assert (ran.code, ran.document()["data"]["revoked"]) == (0, True)
    assert gateway.withdrawn_keys == ["admin"]
    assert not (stranger.folder / ".config" / "annex" / "keys" / "default.key").exists()
