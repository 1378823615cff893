"""`annex controls`, `annex kill-switch` and `annex limits`: what is set, what is shown, what is refused."""

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import TENANT, Gateway
from integration.cli.program import Machine, assert_approved, transcript

EXT = "annex-demo/hello"


async def _session(machine: Machine, name: str, lines: dict[str, list[str]], form: str) -> list[int]:
    """Run lines in order and hold each against its approved text."""
    flags = ["--json"] if form == "json" else []
    codes = []
    for step, arguments in lines.items():
        ran = await machine.annex(*arguments, *flags)
        codes.append(ran.code)
        command = machine.told(" ".join(["annex", *arguments, *flags]))
        assert_approved(f"{name}-{step}-{form}", transcript(command, ran, machine))
    return codes


async def test_controls_are_set_shown_and_remembered(machine: Machine) -> None:
    of_tenant = ["--of-tenant", TENANT]
    lines = {
        "nothing": ["controls", "show"],
        "platform": ["controls", "set", "--platform", "--rate", "user=5:10", "--reason", "for all"],
        "allow": [
            *("controls", "set", *of_tenant, "--quota", "tenant.invocations.month=1000000"),
            *("--egress", "*.example.com", "--entitled", "--reason", "contract 14"),
        ],
        "narrow": [
            *("controls", "set", EXT, "--egress", "api.example.com", "--limit", "memory_mb=64"),
            *("--reason", "no other partner"),
        ],
        "too-wide": ["controls", "set", "--egress", "example.org", "--reason", "more"],
        "show": ["controls", "show", EXT],
        "history": ["controls", "history", *of_tenant],
        "limits": ["limits", EXT],
        "unset": ["controls", "set", EXT, "--unset", "egress", "--reason", "back again"],
    }

    codes = await _session(machine, "controls", lines, "text")

    assert codes == [0, 0, 0, 0, 8, 0, 0, 0, 0]
    documents = {name: lines[name] for name in ("show", "history", "limits")}
    assert await _session(machine, "controls", documents, "json") == [0, 0, 0]


async def test_a_kill_switch_is_turned_on_listed_and_turned_off(machine: Machine, gateway: Gateway) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"1.0.0"))
    version = f"{EXT}@1.0.0"
    lines = {
        "none": ["kill-switch", "list"],
        "unasked": ["kill-switch", "on", version, "--reason", "It leaks."],
        "on": ["kill-switch", "on", version, "--reason", "It leaks.", "--yes"],
        "on-in-tenant": [
            *("kill-switch", "on", EXT, "--in-tenant", TENANT),
            *("--reason", "They asked for it.", "--yes"),
        ],
        "list": ["kill-switch", "list"],
        "off": ["kill-switch", "off", version, "--reason", "1.0.1 is out."],
        "off-again": ["kill-switch", "off", version],
        "no-version": ["kill-switch", "on", f"{EXT}@9.9.9", "--reason", "x", "--yes"],
    }

    codes = await _session(machine, "kill-switch", lines, "text")

    assert codes == [0, 8, 0, 0, 0, 0, 0, 5]
    documents = {name: lines[name] for name in ("on", "list", "off")}
    assert await _session(machine, "kill-switch", documents, "json") == [0, 0, 0]


async def test_the_platforms_limits_are_shown_to_anybody(machine: Machine) -> None:
    codes = [*await _session(machine, "limits", {"platform": ["limits"]}, "text")]

    assert codes == [0]


async def test_a_change_without_an_answer_says_where_to_look(machine: Machine, gateway: Gateway) -> None:
    gateway.controls.cuts_off = True

    lost = await machine.annex("controls", "set", EXT, "--egress", "none", "--reason", "x")

    assert lost.code == 10
    assert f"annex controls show {EXT}" in lost.stderr
    assert len(gateway.controls.book.changes) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("controls", "set", "--rate", "tenant=fast", "--reason", "x"), 2, "INVALID_USAGE"),
        (("controls", "set", "--entitled", "--reason", "x"), 3, "INVALID_CONTROLS"),
        (("controls", "show", "acme/other"), 5, "EXTENSION_NOT_INSTALLED"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
async def test_a_mistake_is_named(
    machine: Machine, arguments: tuple[str, ...], code: int, error: str
) -> None:
    ran = await machine.annex(*arguments, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (code, error)
