"""What a second `annex publish` finds and does: every cell of situation by what is left of the first run."""

import shutil

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import SAMPLE, Machine, Ran

BRIEF = "--timeout=3s"
OTHER_BYTES = ContentHash.of(b"another publisher's bundle")
OURS = ContentHash.of(SAMPLE.read_bytes())
PUBLISHED, RECOVERED, ALREADY = (0, "published"), (0, "recovered"), (0, "already_published")
REFUSED = (6, "VERSION_ALREADY_EXISTS")
# What the second run ends with: with the state file, without it, without it and with --skip-existing.
MATRIX = {
    "success-seen": (REFUSED, REFUSED, ALREADY),
    "success-answer-lost": (RECOVERED, REFUSED, ALREADY),
    "never-reached-the-server": (PUBLISHED, PUBLISHED, PUBLISHED),
    "another-publisher-won": (REFUSED, REFUSED, REFUSED),
}
DOORS = ("state-file", "no-state-file", "skip-existing")
CELLS = [
    pytest.param(situation, door, ending, id=f"{situation}-{door}")
    for situation, endings in MATRIX.items()
    for door, ending in zip(DOORS, endings, strict=True)
]


async def first_run(gateway: Gateway, machine: Machine, situation: str) -> None:
    """Bring about the situation; afterwards the platform is well again."""
    if situation == "success-seen":
        assert (await machine.annex("publish", str(SAMPLE))).code == 0
        return
    fault = Fault.CUT_AFTER_COMMIT if situation == "success-answer-lost" else Fault.CUT_BEFORE_COMMIT
    gateway.finalize_faults = [fault] * 9
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9
    ran = await machine.annex("publish", str(SAMPLE), BRIEF)
    gateway.finalize_faults, gateway.other_faults = [], []
    assert (ran.code, len(machine.attempts)) == (10, 1)
    if situation == "another-publisher-won":
        gateway.add_version("1.0.0", OTHER_BYTES)


async def second_run(machine: Machine, door: str, *flags: str) -> Ran:
    if door != "state-file":
        shutil.rmtree(machine.folder / "state")
    more = ["--skip-existing"] if door == "skip-existing" else []
    return await machine.annex("publish", str(SAMPLE), BRIEF, *more, *flags)


@pytest.mark.parametrize(("situation", "door", "ending"), CELLS)
async def test_a_second_run_ends_as_the_matrix_says(
    gateway: Gateway, machine: Machine, situation: str, door: str, ending: tuple[int, str]
) -> None:
    await first_run(gateway, machine, situation)

    ran = await second_run(machine, door, "--json")

    document = ran.document()
    said = document["error"]["code"] if ran.code else document["data"]["result"]
    assert (ran.code, said) == ending
    assert gateway.commits == (0 if situation == "another-publisher-won" else 1)
    assert machine.attempts == []


@pytest.mark.parametrize("door", DOORS)
async def test_bytes_of_somebody_else_are_shown_beside_ours_whatever_is_left(
    gateway: Gateway, machine: Machine, door: str
) -> None:
    await first_run(gateway, machine, "another-publisher-won")

    ran = await second_run(machine, door)

    assert ran.code == 6
    assert OTHER_BYTES.short in ran.stderr
    assert OURS.short in ran.stderr
    assert "most likely your earlier attempt" not in ran.stderr


async def test_the_same_bytes_without_a_state_file_are_told_apart_with_the_way_out(
    gateway: Gateway, machine: Machine
) -> None:
    await first_run(gateway, machine, "success-answer-lost")

    ran = await second_run(machine, "no-state-file")

    assert ran.code == 6
    assert "the same content, most likely your earlier attempt" in ran.stderr
    assert f"annex publish {SAMPLE} {BRIEF} --skip-existing" in " ".join(ran.stderr.split())
