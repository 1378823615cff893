"""`annex init` and `annex types`: the real program; that the projects build and run is in tests/e2e."""

import json
from pathlib import Path

import pytest

from integration.cli.program import Machine, assert_approved, transcript


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine.at(tmp_path)


@pytest.mark.parametrize("form", ["text", "json"])
async def test_init_says_what_it_wrote_and_how_it_goes_on(machine: Machine, form: str) -> None:
    flags = ["--template", "full", "--publisher", "acme", "--no-git"]

    ran = await machine.annex("init", "ticket-notes", *flags, *(["--json"] if form == "json" else []))

    command = f"annex init ticket-notes {' '.join(flags)}"
    assert_approved(f"init-{form}", transcript(command, ran, machine))
    assert json.loads((machine.work / "ticket-notes" / "manifest.json").read_text())["publisher"] == "acme"


async def test_init_leaves_a_folder_with_files_alone(machine: Machine) -> None:
    (machine.work / "notes").mkdir()
    (machine.work / "notes" / "mine.txt").write_text("mine")

    ran = await machine.annex("init", "notes", "--template", "handler", "--publisher", "acme")

    assert_approved("init-not-empty", transcript("annex init notes", ran, machine))
    assert ran.code == 3


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([], "annex init my-extension"),
        (["notes"], "--template full"),
        (["notes", "--template", "handler"], "--publisher my-company"),
        (["My Notes", "--template", "handler"], "annex init my-notes"),
        (["notes", "--template", "handlr"], "annex init --help"),
    ],
    ids=["no name", "no template", "no publisher", "no name for an extension", "no such template"],
)
async def test_without_a_terminal_what_is_missing_is_named(
    machine: Machine, arguments: list[str], hint: str
) -> None:
    ran = await machine.annex("init", *arguments, "--json")

    error = ran.document()["error"]
    assert (ran.code, error["code"]) == (2, "INVALID_USAGE")
    assert hint in error.get("hint", "annex init --help")
    assert [path.name for path in machine.work.iterdir()] == []


async def test_yes_takes_what_comes_first_and_near_a_development_platform_its_publisher(
    machine: Machine,
) -> None:
    (machine.work / ".annex").mkdir()
    (machine.work / ".annex" / "dev.json").write_text("{}")

    ran = await machine.annex("init", "notes", "--yes", "--json")

    data = ran.document()["data"]
    assert (data["extension"], data["template"], data["lang"]) == ("annex-demo/notes", "handler", "ts")
    assert data["git"] == (machine.work / "notes" / ".git").is_dir()


async def test_types_are_written_and_checked_against_the_manifest(machine: Machine) -> None:
    await machine.annex("init", "notes", "--template", "full", "--publisher", "acme", "--no-git")
    project = str(machine.work / "notes")

    printed = await machine.annex("types", "--cwd", project)
    fresh = await machine.annex("types", "--cwd", project, "--out", "src/ui/endpoints.d.ts", "--check")
    manifest = machine.work / "notes" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"/notes"', '"/note"', 1))
    stale = await machine.annex(
        "types", "--cwd", project, "--out", "src/ui/endpoints.d.ts", "--check", "--json"
    )
    written = await machine.annex("types", "--cwd", project, "--out", "src/ui/endpoints.d.ts", "--json")

    assert '| "POST /notes"' in printed.stdout
    assert fresh.code == 0
    assert (stale.code, stale.document()["error"]["code"]) == (3, "FILE_NOT_USABLE")
    assert written.document()["data"]["changed"] is True
    assert '"GET /note"' in (machine.work / "notes" / "src" / "ui" / "endpoints.d.ts").read_text()
