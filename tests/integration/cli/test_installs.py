"""`annex install|upgrade|rollback|pin|secrets`: the real program against a gateway of the tests' own."""

from typing import Any

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import Machine

EXT = "annex-demo/hello"


def _published(gateway: Gateway, number: str, *capabilities: str, status: str = "published") -> None:
    """Publish a version newer than those there are; the gateway lists the newest first."""
    row = gateway.add_version(number, ContentHash.of(number.encode()))
    gateway.versions.remove(row)
    gateway.versions.insert(0, row.model_copy(update={"status": status}))
    gateway.capabilities[number] = [f"cap:{name}" for name in capabilities]


@pytest.fixture
async def installed(gateway: Gateway, machine: Machine) -> Machine:
    """Return a machine whose tenant has 1.0.0, with one capability granted and one denied."""
    _published(gateway, "1.0.0", "storage.kv", "http.fetch", "log.emit")
    ran = await machine.annex("install", EXT, "--grant", "storage.kv", "--deny", "http.fetch")
    assert ran.code == 0, ran.stderr
    return machine


def _data(ran: Any) -> Any:
    return ran.document()["data"]


async def test_install_says_what_was_granted_and_what_denied(gateway: Gateway, installed: Machine) -> None:
    ran = await installed.annex("install", EXT)

    assert ran.code == 0
    assert "granted: log.emit, storage.kv" in ran.stdout
    assert "denied: http.fetch" in ran.stdout
    assert (gateway.installs[0].grants, gateway.installs[0].denied) == (
        ["cap:log.emit", "cap:storage.kv"],
        ["cap:http.fetch"],
    )


@pytest.mark.parametrize(
    "flags", [["--deny", "http.fetch"], ["--grant", "storage.kv,http.fetch", "--deny", "http.fetch"]]
)
async def test_install_with_lists_that_do_not_cover_everything_once_is_refused(
    gateway: Gateway, machine: Machine, flags: list[str]
) -> None:
    _published(gateway, "1.0.0", "storage.kv", "http.fetch")

    ran = await machine.annex("install", EXT, *flags, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (8, "CONSENT_REQUIRED")
    assert gateway.installs == []


@pytest.mark.parametrize("status", ["yanked", "blocked"])
async def test_install_never_picks_an_older_version_than_the_installed_one(
    gateway: Gateway, machine: Machine, status: str
) -> None:
    _published(gateway, "1.0.0")
    _published(gateway, "1.1.0")
    await machine.annex("install", EXT)
    gateway.versions[0] = gateway.versions[0].model_copy(update={"status": status})

    ran = await machine.annex("install", EXT, "--json")

    assert (ran.code, _data(ran)["result"], _data(ran)["version"]) == (0, "unchanged", "1.1.0")


async def test_install_passes_over_a_withdrawn_version_where_nothing_is_installed(
    gateway: Gateway, machine: Machine
) -> None:
    _published(gateway, "1.0.0")
    _published(gateway, "1.1.0", status="yanked")

    ran = await machine.annex("install", EXT, "--json")

    assert _data(ran)["version"] == "1.0.0"


# Upgrade.


async def test_upgrade_carries_decisions_over_and_asks_only_for_what_is_new(
    gateway: Gateway, installed: Machine
) -> None:
    _published(gateway, "1.1.0", "storage.kv", "http.fetch", "secrets.get")

    asked = await installed.annex("upgrade", EXT, "--json")
    done = await installed.annex("upgrade", EXT, "--grant", "secrets.get", "--json")

    error = asked.document()["error"]
    assert (asked.code, error["code"]) == (8, "CONSENT_REQUIRED")
    assert error["details"] == {"new_capabilities": ["cap:secrets.get"]}
    assert error["hint"] == "annex upgrade annex-demo/hello --to 1.1.0 --grant secrets.get"
    assert (done.code, _data(done)["version_before"], _data(done)["version"]) == (0, "1.0.0", "1.1.0")
    assert gateway.installs[0].grants == ["cap:secrets.get", "cap:storage.kv"]
    assert gateway.installs[0].denied == ["cap:http.fetch"]


async def test_upgrade_may_deny_what_is_new_and_grant_what_was_denied(
    gateway: Gateway, installed: Machine
) -> None:
    _published(gateway, "1.1.0", "storage.kv", "http.fetch", "secrets.get")

    ran = await installed.annex("upgrade", EXT, "--grant", "http.fetch", "--deny", "secrets.get")

    assert ran.code == 0
    assert "1.0.0 -> 1.1.0" in ran.stderr
    assert gateway.installs[0].grants == ["cap:http.fetch", "cap:storage.kv"]
    assert gateway.installs[0].denied == ["cap:secrets.get"]


async def test_upgrade_check_only_looks(gateway: Gateway, installed: Machine) -> None:
    up_to_date = await installed.annex("upgrade", EXT, "--check", "--json")
    _published(gateway, "1.1.0", "secrets.get")

    ran = await installed.annex("upgrade", EXT, "--check", "--json")

    assert (up_to_date.code, _data(up_to_date)["result"]) == (0, "unchanged")
    assert (ran.code, _data(ran)["result"]) == (12, "upgrade_exists")
    assert _data(ran)["new_capabilities"] == ["cap:secrets.get"]
    assert gateway.installs[0].version == "1.0.0"


async def test_upgrade_dry_run_changes_nothing(gateway: Gateway, installed: Machine) -> None:
    _published(gateway, "1.1.0", "storage.kv")

    ran = await installed.annex("upgrade", EXT, "--dry-run", "--json")

    assert (ran.code, _data(ran)["result"], _data(ran)["removed_capabilities"]) == (
        0,
        "would_upgrade",
        ["cap:log.emit"],
    )
    assert gateway.installs[0].version == "1.0.0"


async def test_an_upgrade_whose_answer_is_lost_is_settled_by_the_next_run(
    gateway: Gateway, installed: Machine
) -> None:
    _published(gateway, "1.1.0", "storage.kv")
    gateway.install_faults = [Fault.CUT_AFTER_COMMIT]

    lost = await installed.annex("upgrade", EXT, "--json")
    ran = await installed.annex("upgrade", EXT, "--json")

    assert (lost.code, lost.document()["error"]["code"]) == (10, "OUTCOME_UNKNOWN")
    assert (ran.code, _data(ran)["result"]) == (0, "unchanged")


@pytest.mark.parametrize("words", [["upgrade"], ["rollback"], ["pin"], ["secrets", "list"]])
async def test_what_is_not_installed_is_said(gateway: Gateway, machine: Machine, words: list[str]) -> None:
    _published(gateway, "1.0.0")

    ran = await machine.annex(*words, EXT, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (5, "EXTENSION_NOT_INSTALLED")
    assert ran.document()["command"] == " ".join(words)


# Pin and rollback.


async def test_a_pinned_install_is_not_upgraded_until_the_pin_is_undone(
    gateway: Gateway, installed: Machine
) -> None:
    _published(gateway, "1.1.0", "storage.kv")

    pinned = await installed.annex("pin", EXT)
    again = await installed.annex("pin", EXT, "--json")
    refused = await installed.annex("upgrade", EXT, "--json")
    await installed.annex("pin", EXT, "--undo")
    done = await installed.annex("upgrade", EXT)

    assert "is pinned to 1.0.0" in pinned.stdout
    assert (again.code, _data(again)["result"]) == (0, "unchanged")
    assert (refused.code, refused.document()["error"]["code"]) == (8, "INSTALL_PINNED")
    assert done.code == 0


async def test_rollback_returns_to_the_version_before(gateway: Gateway, installed: Machine) -> None:
    _published(gateway, "1.1.0", "storage.kv")
    none = await installed.annex("rollback", EXT, "--json")
    await installed.annex("upgrade", EXT)

    ran = await installed.annex("rollback", EXT, "--json")

    assert (none.code, none.document()["error"]["code"]) == (5, "NO_EARLIER_VERSION")
    assert (ran.code, _data(ran)["version_before"], _data(ran)["version"]) == (0, "1.1.0", "1.0.0")
    assert gateway.installs[0].denied == ["cap:http.fetch"]


# Secrets.


async def test_a_secret_goes_in_by_file_or_stdin_and_never_comes_out(
    gateway: Gateway, installed: Machine
) -> None:
    (installed.work / "token.txt").write_text("hunter2\n")

    one = await installed.annex(
        "secrets", "set", EXT, "TOKEN", "--from-file", "token.txt", "--expires-at", "2099-01-31T12:00:00Z"
    )
    listed = await installed.annex("secrets", "list", EXT)
    as_json = await installed.annex("secrets", "list", EXT, "--json")

    assert one.code == 0
    assert gateway.secrets["TOKEN"][0] == "hunter2"
    assert listed.stdout.splitlines()[0].split() == ["NAME", "STATUS", "SET", "DUE", "EXPIRES", "HOSTS"]
    assert "2099-01-31 12:00 UTC" in listed.stdout
    assert _data(as_json)["items"][0]["name"] == "TOKEN"
    assert "hunter2" not in one.stdout + one.stderr + listed.stdout + as_json.stdout


async def test_a_value_on_the_command_line_is_refused_and_not_repeated(
    gateway: Gateway, installed: Machine
) -> None:
    ran = await installed.annex("secrets", "set", EXT, "TOKEN", "hunter2")

    assert ran.code == 2
    assert "never an argument" in ran.stderr
    assert "hunter2" not in ran.stdout + ran.stderr
    assert gateway.secrets == {}


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--from-stdin", "--from-file", "token.txt"],
        ["--from-stdin"],
        ["--from-file", "token.txt", "--expires-at", "tomorrow"],
        ["--from-file", "token.txt", "--expires-at", "2099-01-31T12:00:00"],
    ],
)
async def test_a_bad_secrets_command_sets_nothing(
    gateway: Gateway, installed: Machine, flags: list[str]
) -> None:
    (installed.work / "token.txt").write_text("hunter2")

    ran = await installed.annex("secrets", "set", EXT, "TOKEN", *flags)

    assert ran.code == 2
    assert gateway.secrets == {}


async def test_a_secret_is_deleted_only_by_who_says_yes(gateway: Gateway, installed: Machine) -> None:
    (installed.work / "token.txt").write_text("hunter2")
    await installed.annex("secrets", "set", EXT, "TOKEN", "--from-file", "token.txt")

    asked = await installed.annex("secrets", "delete", EXT, "TOKEN", "--json")
    kept = dict(gateway.secrets)
    done = await installed.annex("secrets", "delete", EXT, "TOKEN", "--yes", "--json")
    again = await installed.annex("secrets", "delete", EXT, "TOKEN", "--yes", "--json")

    assert (asked.code, asked.document()["error"]["code"], len(kept)) == (8, "CONSENT_REQUIRED", 1)
    assert (done.code, _data(done)["result"], gateway.secrets) == (0, "deleted", {})
    assert (again.code, again.document()["error"]["code"]) == (5, "SECRET_NOT_FOUND")
