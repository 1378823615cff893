"""Deprecate, yank and block: whom it concerns is shown first, and nothing happens that nobody agreed to."""

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import Machine

EXT = "annex-demo/hello@1.0.0"
STATUS = "POST /api/v1/extensions/annex-demo/hello/versions/1.0.0/status"
REASON = ("--reason", "It loses notes.")


@pytest.fixture(autouse=True)
def published(gateway: Gateway) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"1"))


def status_of(gateway: Gateway) -> tuple[str, str | None]:
    return gateway.versions[0].status, gateway.versions[0].status_reason


async def test_a_yank_without_somebody_to_ask_says_whom_it_concerns_and_changes_nothing(
    machine: Machine, gateway: Gateway
) -> None:
    ran = await machine.annex("yank", EXT, *REASON)

    assert ran.code == 8
    assert "3 tenants run it" in ran.stderr
    assert "annex yank annex-demo/hello@1.0.0 --reason 'It loses notes.' --yes" in ran.stderr
    assert status_of(gateway) == ("published", None)


async def test_an_agreed_yank_is_recorded_after_the_number_was_shown(
    machine: Machine, gateway: Gateway
) -> None:
    ran = await machine.annex("yank", EXT, *REASON, "--yes")

    assert ran.code == 0
    assert "3 tenants run it" in ran.stderr
    assert ran.stdout == "ok         annex-demo/hello@1.0.0 is yanked; 3 tenants run it\n"
    assert status_of(gateway) == ("yanked", "It loses notes.")
    assert gateway.requests.count(STATUS) == 2


async def test_a_deprecation_is_recorded_without_a_question(machine: Machine, gateway: Gateway) -> None:
    ran = await machine.annex("deprecate", EXT, "--message", "Use 1.1.", "--json")

    data = ran.document()["data"]
    assert ran.code == 0
    assert (data["status_before"], data["status"], data["changed"]) == ("published", "deprecated", True)
    assert data["tenants_running"] == 3
    assert status_of(gateway) == ("deprecated", "Use 1.1.")


async def test_a_block_says_whom_it_stops_and_needs_somebody_to_agree(
    machine: Machine, gateway: Gateway
) -> None:
    refused = await machine.annex("block", EXT, *REASON)
    before = status_of(gateway)
    blocked = await machine.annex("block", EXT, *REASON, "--yes", "--json")

    assert refused.code == 8
    assert "3 tenants run it. It stops for them at once" in refused.stderr
    assert "annex block annex-demo/hello@1.0.0 --reason 'It loses notes.' --yes" in refused.stderr
    assert before == ("published", None)
    data = blocked.document()["data"]
    assert (blocked.code, data["status"], data["tenants_running"]) == (0, "blocked", 3)
    assert status_of(gateway) == ("blocked", "It loses notes.")


async def test_a_block_is_lifted_without_a_question(machine: Machine, gateway: Gateway) -> None:
    await machine.annex("block", EXT, *REASON, "--yes")

    ran = await machine.annex("unblock", EXT, "--reason", "It was another.")

    assert ran.code == 0
    assert ran.stdout == "ok         annex-demo/hello@1.0.0 is published; 3 tenants run it\n"
    assert status_of(gateway) == ("published", "It was another.")


@pytest.mark.parametrize("command", ["yank", "deprecate"])
async def test_what_was_said_is_taken_back(machine: Machine, gateway: Gateway, command: str) -> None:
    await machine.annex("yank", EXT, *REASON, "--yes")

    ran = await machine.annex(command, EXT, "--undo")

    assert ran.code == 0
    assert status_of(gateway) == ("published", "Taken back.")


async def test_a_lost_answer_is_settled_by_the_same_command(machine: Machine, gateway: Gateway) -> None:
    gateway.other_faults.append(Fault.CUT_AFTER_COMMIT)

    lost = await machine.annex("yank", EXT, *REASON, "--yes", "--json")
    again = await machine.annex("yank", EXT, *REASON, "--yes", "--json")

    assert (lost.code, lost.document()["error"]["code"]) == (10, "OUTCOME_UNKNOWN")
    assert (again.code, again.document()["data"]["changed"]) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("yank", "annex-demo/hello", *REASON), 2, "INVALID_USAGE"),
        (("yank", EXT), 2, "INVALID_USAGE"),
        (("block", EXT, "--yes"), 2, "INVALID_USAGE"),
        (("deprecate", EXT), 2, "INVALID_USAGE"),
        (("deprecate", "annex-demo/hello@9.0.0", "--message", "x"), 5, "VERSION_NOT_FOUND"),
    ],
)
async def test_a_mistake_is_named(
    machine: Machine, gateway: Gateway, arguments: tuple[str, ...], code: int, error: str
) -> None:
    ran = await machine.annex(*arguments, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (code, error)
    assert status_of(gateway) == ("published", None)


async def test_an_install_without_a_number_passes_over_withdrawn_versions(
    machine: Machine, gateway: Gateway
) -> None:
    # The gateway lists newest first.
    gateway.add_version("0.9.0", ContentHash.of(b"0"))
    gateway.versions[0] = gateway.versions[0].model_copy(update={"status": "yanked"})

    ran = await machine.annex("install", "annex-demo/hello", "--json")

    assert (ran.code, gateway.installs[0].version) == (0, "0.9.0")
