"""`annex build`: the real program over small projects; what a real tool chain makes is in the kept guests."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from integration.cli.program import ROOT, Machine, assert_approved, transcript

WORLDS = ROOT / "tests" / "guests" / "built" / "worlds"


@pytest.fixture
def project(tmp_path: Path) -> Machine:
    """Return a machine without a platform, in a project that copies a kept component."""
    machine = Machine.at(tmp_path)
    shutil.copy(WORLDS / "only-storage.wasm", machine.work / "source.wasm")
    _manifest(machine, ["cap:storage.kv"])
    _command(machine, "sh build.sh")
    (machine.work / "build.sh").write_text(
        'mkdir -p dist && cp source.wasm dist/main.wasm && echo "built for $ANNEX_BUILD"\n'
    )
    return machine


def _manifest(machine: Machine, capabilities: list[str], **more: Any) -> None:
    manifest = {
        "name": "notes",
        "publisher": "acme",
        "version": "1.4.0",
        "runtime": "wasm-js@1",
        "capabilities": capabilities,
        "api": {"endpoints": [{"method": "GET", "path": "/notes", "handler": "notes"}]},
        **more,
    }
    (machine.work / "manifest.json").write_text(json.dumps(manifest))


def _command(machine: Machine, words: str) -> None:
    (machine.work / "annex.toml").write_text(f"[build]\ncommand = {json.dumps(words)}\n")


@pytest.mark.parametrize("form", ["text", "json"])
async def test_build_says_what_came_out_and_what_it_asks_for(project: Machine, form: str) -> None:
    ran = await project.annex("build", *(["--json"] if form == "json" else []))

    assert_approved(f"build-{form}", transcript("annex build", ran, project))
    assert ran.code == 0


async def test_an_import_that_is_not_declared_and_one_that_is_not_used_are_said(project: Machine) -> None:
    _manifest(project, ["cap:http.fetch"])

    ran = await project.annex("build")
    as_json = await project.annex("build", "--json")

    assert_approved("build-not-declared", transcript("annex build", ran, project))
    document = as_json.document()
    assert [warning["code"] for warning in document["warnings"]] == [
        "CAPABILITY_NOT_DECLARED",
        "CAPABILITY_NOT_USED",
    ]
    assert document["data"]["capabilities_missing"] == ["cap:storage.kv"]


async def test_a_failed_build_says_first_where_and_then_what_else_it_printed(project: Machine) -> None:
    (project.work / "build.sh").write_text(
        "echo '> notes build'; echo '✘ [ERROR] Expected \";\"'; echo; echo '    src/main.js:3:14:'; exit 4\n"
    )

    ran = await project.annex("build")
    as_json = await project.annex("build", "--json")

    assert_approved("build-failed", transcript("annex build", ran, project))
    assert as_json.code == 3
    assert as_json.document()["error"]["details"]["place"] == "src/main.js:3:14"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param("no-such-tool --x", "BUILD_TOOL_MISSING", id="no program"),
        pytest.param("sh -c 'no-such-tool'", "BUILD_TOOL_MISSING", id="none inside"),
        pytest.param("true", "BUILD_FAILED", id="nothing written"),
        pytest.param("sh -c 'mkdir dist; echo text > dist/main.wasm'", "HANDLER_NOT_WASM", id="no wasm"),
    ],
)
async def test_a_build_that_cannot_be_used_is_3_and_names_why(
    project: Machine, words: str, code: str
) -> None:
    _command(project, words)

    ran = await project.annex("build", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (3, code)


async def test_a_project_that_does_not_say_how_it_is_built(project: Machine) -> None:
    (project.work / "annex.toml").unlink()

    ran = await project.annex("build")

    assert_approved("build-not-declared-at-all", transcript("annex build", ran, project))
    assert ran.code == 3


async def test_a_build_sees_no_credential_and_what_it_is_for(project: Machine, tmp_path: Path) -> None:
    (project.work / "build.sh").write_text(
        'mkdir -p dist && cp source.wasm dist/main.wasm && echo "token=$ANNEX_TOKEN for $ANNEX_BUILD"\n'
    )
    machine = Machine(project.folder, project.environment | {"ANNEX_TOKEN": "canary"})

    ran = await machine.annex("build", "--release", "--verbose", "--out", str(tmp_path / "out"))

    assert ran.code == 0, ran.stderr
    assert "token= for release" in ran.stderr
    assert (tmp_path / "out" / "dist" / "main.wasm").read_bytes() == (
        WORLDS / "only-storage.wasm"
    ).read_bytes()


async def test_what_the_project_lacks_is_installed_first_or_named(project: Machine) -> None:
    (project.work / "annex.toml").write_text(
        '[build]\ncommand = "sh build.sh"\nneeds = "tools/made"\n'
        'install = ["mkdir tools", "touch tools/made"]\n'
    )

    refused = await project.annex("build", "--no-install", "--json")
    built = await project.annex("build")
    again = await project.annex("build")

    error = refused.document()["error"]
    assert (refused.code, error["hint"]) == (3, "mkdir tools && touch tools/made")
    assert "tools/made is missing" in error["message"]
    assert (built.code, "Installing: touch tools/made" in built.stderr) == (0, True)
    assert (again.code, "Installing" in again.stderr) == (0, False)


async def test_watch_builds_again_when_a_source_changes_and_goes_on_after_a_failure(project: Machine) -> None:
    process = await project.start("build", "--watch", "--json")
    assert process.stdout is not None

    async def next_line() -> dict[str, Any]:
        async with asyncio.timeout(30):
            line: dict[str, Any] = json.loads(await process.stdout.readline())  # type: ignore[union-attr]
            return line

    begin = [(await next_line())["type"] for _ in range(2)]
    (project.work / "build.sh").write_text("echo broken; exit 1\n")
    broken = [(await next_line())["type"] for _ in range(2)]
    (project.work / "build.sh").write_text("cp source.wasm dist/main.wasm\n")
    mended = [await next_line() for _ in range(2)]
    process.send_signal(2)
    last = await next_line()
    async with asyncio.timeout(30):
        code = await process.wait()

    assert (begin, broken) == (["start", "built"], ["changed", "failed"])
    assert [line["type"] for line in mended] == ["changed", "built"]
    assert mended[0]["files"] == ["build.sh"]
    assert (last["type"], last["reason"], last["builds"], last["failed"]) == ("end", "interrupted", 3, 1)
    assert code == 130
