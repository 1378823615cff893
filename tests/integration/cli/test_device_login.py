"""`annex login` without a key: a code is shown and waited for, and nothing is kept before it is approved."""

from pathlib import Path

import pytest

from integration.cli.gateway import ADMIN_KEY, Gateway
from integration.cli.gateway_devices import DEVICE_CODE, USER_CODE
from integration.cli.program import Machine, assert_approved, transcript
from integration.cli.test_login import ROSA

DEVICE = ("--device", "--device-name", "rosa's box", "--insecure-storage")


@pytest.fixture
def stranger(tmp_path: Path) -> Machine:
    """Make a machine that knows no platform."""
    return Machine.at(tmp_path / "stranger")


@pytest.mark.parametrize("form", ["text", "json"])
async def test_a_login_that_is_approved_is_kept_and_its_key_withdrawn_at_logout(
    gateway: Gateway, stranger: Machine, form: str
) -> None:
    gateway.me = ROSA
    gateway.devices.answers = ["DEVICE_AUTHORIZATION_PENDING", ADMIN_KEY]
    flags = ["--json"] if form == "json" else []

    signed_in = await stranger.annex("login", "--gateway", gateway.url, *DEVICE, *flags)
    signed_out = await stranger.annex("logout", *flags)

    assert_approved(f"login-device-{form}", transcript("annex login --device", signed_in, stranger))
    assert_approved(f"logout-device-{form}", transcript("annex logout", signed_out, stranger))
    assert (signed_in.code, signed_out.code) == (0, 0)
    assert gateway.devices.wishes == [{"device_name": "rosa's box"}]
    assert gateway.withdrawn_keys == ["admin"]
    assert DEVICE_CODE not in signed_in.stdout + signed_in.stderr


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (["DEVICE_AUTHORIZATION_DENIED"], "DEVICE_AUTHORIZATION_DENIED"),
        (["DEVICE_POLL_TOO_FAST", "DEVICE_CODE_EXPIRED"], "DEVICE_CODE_EXPIRED"),
        (["cut", "DEVICE_CODE_USED"], "DEVICE_CODE_USED"),
    ],
    ids=["denied", "expired", "used"],
)
async def test_a_login_that_comes_to_nothing_keeps_nothing(
    gateway: Gateway, stranger: Machine, answers: list[str], code: str
) -> None:
    gateway.devices.answers = answers

    ran = await stranger.annex("login", "--gateway", gateway.url, *DEVICE, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (4, code)
    assert gateway.devices.polls == len(answers)
    assert not (stranger.folder / ".config" / "annex").exists()


async def test_a_network_that_fails_meanwhile_is_no_reason_to_give_up(
    gateway: Gateway, stranger: Machine
) -> None:
    gateway.me = ROSA
    gateway.devices.answers = ["cut", ADMIN_KEY]

    ran = await stranger.annex("login", "--gateway", gateway.url, *DEVICE)

    assert ran.code == 0
    assert "Asking again until the code expires." in ran.stderr


async def test_nobody_who_approves_in_time_is_an_end(gateway: Gateway, stranger: Machine) -> None:
    gateway.devices.answers = ["DEVICE_AUTHORIZATION_PENDING"]
    gateway.devices.lifetime_seconds = 2

    ran = await stranger.annex("login", "--gateway", gateway.url, *DEVICE)

    assert_approved("login-device-expired", transcript("annex login --device", ran, stranger))
    assert ran.code == 4


async def test_only_the_permissions_named_are_asked_for(gateway: Gateway, stranger: Machine) -> None:
    gateway.devices.answers = ["DEVICE_AUTHORIZATION_DENIED"]

    await stranger.annex(
        *("login", "--gateway", gateway.url, *DEVICE),
        *("--permissions", "extension:read, extension:debug", "--quiet"),
    )

    assert gateway.devices.wishes[0]["permissions"] == ["extension:read", "extension:debug"]


@pytest.mark.parametrize("place", ["a desktop", "over ssh", "another page", "no browser wanted"])
async def test_a_browser_is_opened_where_it_is_seen_and_at_the_platforms_own_page_only(
    gateway: Gateway, stranger: Machine, tmp_path: Path, place: str
) -> None:
    gateway.devices.answers = ["DEVICE_AUTHORIZATION_PENDING", "DEVICE_AUTHORIZATION_DENIED"]
    gateway.devices.page = "https://elsewhere.example/device" if place == "another page" else ""
    opened, script = tmp_path / "opened", tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    script.chmod(0o700)
    stranger.environment.update({"DISPLAY": ":7", "BROWSER": str(script)})
    if place == "over ssh":
        stranger.environment["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"
    flags = ["--no-browser"] if place == "no browser wanted" else []

    ran = await stranger.annex("login", "--gateway", gateway.url, *DEVICE, *flags)

    assert USER_CODE in ran.stderr
    if place == "a desktop":
        assert opened.read_text().strip() == f"{gateway.url}/device?user_code={USER_CODE}"
    else:
        assert not opened.exists()


async def test_an_address_that_is_no_page_is_not_shown(gateway: Gateway, stranger: Machine) -> None:
    gateway.devices.answers = ["DEVICE_AUTHORIZATION_PENDING"]
    gateway.devices.page = "https://a.example/\u001b]0;owned\u0007"

    ran = await stranger.annex("login", "--gateway", gateway.url, *DEVICE, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (9, "ANSWER_NOT_UNDERSTOOD")
    assert "owned" not in ran.stderr


async def test_a_platform_without_such_logins_and_no_terminal_is_told_at_once(
    gateway: Gateway, stranger: Machine
) -> None:
    ran = await stranger.annex("login", "--gateway", gateway.url, *DEVICE, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (2, "INVALID_USAGE")
    assert "--key-file" in ran.document()["error"]["message"]
