"""`annex enable|disable|uninstall|config|secrets rotate`: the real program against the tests' own gateway."""

import json
from typing import Any

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import Machine, assert_approved, transcript

EXT = "annex-demo/hello"


@pytest.fixture
async def installed(gateway: Gateway, machine: Machine) -> Machine:
    """Return a machine whose tenant has 1.0.0, with two settings."""
    gateway.add_version("1.0.0", ContentHash.of(b"1.0.0"))
    (machine.work / "config.json").write_text(json.dumps({"greeting": "Hello", "limit": "5"}))
    ran = await machine.annex("install", EXT, "--config", "config.json")
    assert ran.code == 0, ran.stderr
    return machine


async def _approve(name: str, machine: Machine, *words: str) -> int:
    ran = await machine.annex(*words)
    assert_approved(name, transcript(" ".join(["annex", *words]), ran, machine))
    return ran.code


def _data(ran: Any) -> Any:
    return ran.document()["data"]


async def test_disable_and_enable_are_done_once(gateway: Gateway, installed: Machine) -> None:
    disabled = await _approve("disable", installed, "disable", EXT)
    was = gateway.installs[0].is_enabled
    again = await installed.annex("disable", EXT, "--json")
    enabled = await installed.annex("enable", EXT, "--json")

    assert (disabled, was) == (0, False)
    assert (_data(again)["result"], _data(enabled)["result"]) == ("unchanged", "enabled")
    assert gateway.installs[0].is_enabled


async def test_uninstall_says_what_goes_with_it_and_asks(gateway: Gateway, installed: Machine) -> None:
    rehearsed = await _approve("uninstall-dry-run", installed, "uninstall", EXT, "--dry-run")
    unasked = await _approve("uninstall-unasked", installed, "uninstall", EXT)
    kept = len(gateway.installs)
    done = await _approve("uninstall", installed, "uninstall", EXT, "--yes")
    again = await installed.annex("uninstall", EXT, "--yes", "--json")

    assert (rehearsed, unasked, kept, done) == (0, 8, 1, 0)
    assert gateway.installs == []
    assert (again.code, again.document()["error"]["code"]) == (5, "EXTENSION_NOT_INSTALLED")


async def test_an_uninstall_whose_answer_is_lost_is_not_told_as_a_failure(
    gateway: Gateway, installed: Machine
) -> None:
    gateway.install_faults = [Fault.CUT_AFTER_COMMIT]

    ran = await installed.annex("uninstall", EXT, "--yes", "--json")

    assert ran.code in {0, 10}
    assert gateway.installs == []


async def test_a_change_whose_answer_is_lost_is_10(gateway: Gateway, installed: Machine) -> None:
    gateway.install_faults = [Fault.CUT_AFTER_COMMIT]

    lost = await installed.annex("config", "set", EXT, "greeting=Hi", "--json")
    ran = await installed.annex("config", "set", EXT, "greeting=Hi", "--json")

    assert (lost.code, lost.document()["error"]["code"]) == (10, "OUTCOME_UNKNOWN")
    assert (ran.code, _data(ran)["result"]) == (0, "unchanged")


@pytest.mark.parametrize("form", ["text", "json"])
async def test_config_is_read_changed_and_compared(gateway: Gateway, installed: Machine, form: str) -> None:
    flags = ["--json"] if form == "json" else []

    codes = [
        await _approve(f"config-get-{form}", installed, "config", "get", EXT, *flags),
        await _approve(f"config-get-one-{form}", installed, "config", "get", EXT, "greeting", *flags),
        await _approve(f"config-diff-{form}", installed, "config", "diff", EXT, "limit:=7", *flags),
        await _approve(f"config-set-{form}", installed, "config", "set", EXT, "limit:=7", "x=y", *flags),
        await _approve(f"config-unset-{form}", installed, "config", "unset", EXT, "greeting", *flags),
        await _approve(f"config-same-{form}", installed, "config", "diff", EXT, "x=y", *flags),
    ]

    assert codes == [0, 0, 12, 0, 0, 0]
    assert gateway.installs[0].config == {"limit": 7, "x": "y"}


@pytest.mark.parametrize("form", ["text", "json"])
async def test_words_become_what_the_installed_version_says_they_are(
    gateway: Gateway, installed: Machine, form: str
) -> None:
    whole, flag = {"type": "integer"}, {"type": "boolean"}
    gateway.config_schemas["1.0.0"] = {"type": "object", "properties": {"limit": whole, "loud": flag}}
    flags = ["--json"] if form == "json" else []

    codes = [
        await _approve(f"config-typed-diff-{form}", installed, "config", "diff", EXT, "limit=7", *flags),
        await _approve(
            f"config-typed-{form}", installed, "config", "set", EXT, "limit=7", "loud=true", *flags
        ),
        await _approve(f"config-not-typed-{form}", installed, "config", "set", EXT, "limit=many", *flags),
    ]

    assert codes == [12, 0, 3]
    assert gateway.installs[0].config == {"greeting": "Hello", "limit": 7, "loud": True}


async def test_who_may_not_read_the_schema_sets_texts(gateway: Gateway, installed: Machine) -> None:
    gateway.config_schemas["1.0.0"] = {"type": "object", "properties": {"limit": {"type": "integer"}}}
    gateway.versions.clear()

    ran = await installed.annex("config", "set", EXT, "limit=7")

    assert ran.code == 0
    assert gateway.installs[0].config["limit"] == "7"


async def test_a_file_is_the_whole_configuration(gateway: Gateway, installed: Machine) -> None:
    (installed.work / "new.json").write_text('{"only": "this"}')

    ran = await installed.annex("config", "set", EXT, "--file", "new.json", "--json")

    assert (ran.code, _data(ran)["removed"]) == (0, {"greeting": "Hello", "limit": "5"})
    assert gateway.installs[0].config == {"only": "this"}


async def test_a_change_of_a_revision_that_is_gone_is_a_conflict(
    gateway: Gateway, installed: Machine
) -> None:
    before = gateway.installs[0].revision
    await installed.annex("config", "set", EXT, "greeting=Hi")

    ran = await installed.annex("config", "set", EXT, "greeting=No", "--if-version", str(before), "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (6, "INSTALL_CHANGED_MEANWHILE")
    assert gateway.installs[0].config["greeting"] == "Hi"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["config", "set", EXT], 2, id="nothing named"),
        pytest.param(["config", "set", EXT, "a=b", "--file", "config.json"], 2, id="both"),
        pytest.param(["config", "set", EXT, "a"], 2, id="no value"),
        pytest.param(["config", "set", EXT, "--file", "absent.json"], 3, id="no file"),
        pytest.param(["config", "get", EXT, "absent"], 5, id="no setting"),
    ],
)
async def test_a_config_command_that_cannot_be_meant_changes_nothing(
    gateway: Gateway, installed: Machine, words: list[str], code: int
) -> None:
    ran = await installed.annex(*words)

    assert ran.code == code
    assert gateway.installs[0].revision == 1


async def test_a_rotation_replaces_what_is_there_and_nothing_else(
    gateway: Gateway, installed: Machine
) -> None:
    (installed.work / "new.txt").write_text("hunter3\n")
    rotate = ("secrets", "rotate", EXT, "TOKEN", "--from-file", "new.txt")

    absent = await installed.annex(*rotate, "--json")
    await installed.annex("secrets", "set", EXT, "TOKEN", "--from-file", "new.txt")
    code = await _approve("secrets-rotate", installed, *rotate)
    in_words = await installed.annex("secrets", "rotate", EXT, "TOKEN", "hunter4")
    unset = await installed.annex("secrets", "unset", EXT, "TOKEN", "--yes", "--json")

    assert (absent.code, absent.document()["error"]["code"]) == (5, "SECRET_NOT_FOUND")
    assert (code, in_words.code, unset.code) == (0, 2, 0)
    assert "hunter4" not in in_words.stdout + in_words.stderr
    assert gateway.secrets == {}


async def test_a_rollback_says_what_changes_with_it(gateway: Gateway, installed: Machine) -> None:
    row = gateway.add_version("1.1.0", ContentHash.of(b"1.1.0"))
    gateway.versions.remove(row)
    gateway.versions.insert(0, row)
    await installed.annex("upgrade", EXT)
    await installed.annex("config", "set", EXT, "greeting=Hi")

    code = await _approve("rollback", installed, "rollback", EXT)

    assert code == 0
    assert gateway.installs[0].config["greeting"] == "Hello"
