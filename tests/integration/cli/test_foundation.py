"""Settings, doctor, explain, schema, completion, version: what asks a platform, and what does not."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from annex_cli.document_schemas import document_names, general_schema, schema_of
from annex_cli.documents.table import STREAMS
from annex_cli.program import COMMANDS
from annex_shared.content_hash import ContentHash
from integration.cli.gateway import ADMIN_KEY, USER_KEY, Gateway
from integration.cli.program import GOLDEN, Machine, assert_approved, transcript
from support.terminals import on_a_terminal

MANIFEST = '{\r\n\t"name": "notes", "extra": {"version": "9"},\r\n\t"version" : "1.4.0"\r\n}'


@pytest.fixture
def alone(tmp_path: Path) -> Machine:
    """Make a machine that knows no platform."""
    return Machine.at(tmp_path / "alone")


async def _approve(name: str, machine: Machine, *arguments: str) -> int:
    ran = await machine.annex(*arguments)
    assert_approved(name, transcript(machine.told(" ".join(["annex", *arguments])), ran, machine))
    return ran.code


# Settings.


async def test_settings_say_where_each_came_from(alone: Machine) -> None:
    (alone.work / "annex.toml").write_text(
        'gateway = "https://annex.example"\ntimeot = "3s"\ncolor = "never"\n'
    )
    await alone.annex("settings", "set", "timeout", "5s")
    alone.environment["ANNEX_COLOR"] = "auto"

    code = await _approve("settings-list-text", alone, "settings", "list", "--origin", "--verbose")
    as_json = await _approve("settings-list-json", alone, "settings", "list", "--json")

    assert (code, as_json) == (0, 0)


async def test_set_keeps_comments_and_order(alone: Machine) -> None:
    file = alone.folder / ".config" / "annex" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('# mine\ncolor = "never"  # quiet please\n\n[later]\ncolor = "x"\n')

    added = await alone.annex("settings", "set", "tenant", "dev")
    changed = await alone.annex("settings", "set", "color", "always")
    removed = await alone.annex("settings", "unset", "tenant", "--json")

    assert (added.code, changed.code, removed.code) == (0, 0, 0)
    assert removed.document()["data"]["changed"] is True
    assert file.read_text() == '# mine\ncolor = "always"\n\n[later]\ncolor = "x"\n'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('api_key = "x"', "SETTING_REFUSED"),
        (f'gateway = "{ADMIN_KEY}"', "SETTING_REFUSED"),
        ('[tool]\npassword = "x"', "SETTING_REFUSED"),
        ('token_file = "/etc/key"', "SETTING_REFUSED"),
        ("yes = true", "SETTING_REFUSED"),
        ("quiet = 1", "SETTING_REFUSED"),
        ("quiet = ", "FILE_NOT_USABLE"),
    ],
    ids=["secret-name", "secret-value", "secret-below", "token-file", "yes", "wrong-kind", "no-toml"],
)
async def test_a_project_may_not_say_everything(alone: Machine, line: str, code: str) -> None:
    (alone.work / "annex.toml").write_text(f"{line}\n")

    ran = await alone.annex("settings", "list", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (3, code)
    assert ADMIN_KEY not in ran.stdout + ran.stderr


async def test_settings_of_a_project_are_written_beside_it(alone: Machine) -> None:
    ran = await alone.annex("settings", "set", "--project", "tenant", "dev", "--json")
    refused = await alone.annex("settings", "set", "--project", "yes", "true", "--json")

    assert ran.code == 0
    assert (alone.work / "annex.toml").read_text() == 'tenant = "dev"\n'
    assert (refused.code, refused.document()["error"]["code"]) == (3, "SETTING_REFUSED")


async def test_every_flag_has_a_variable(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"1"))
    gateway.add_version("1.0.1", ContentHash.of(b"2"))
    machine.environment.update({"ANNEX_VERSIONS_LIMIT": "1", "ANNEX_JSON": "1"})

    ran = await machine.annex("versions", "annex-demo/hello")
    told = await machine.annex("versions", "--help")

    assert len(ran.document()["data"]["items"]) == 1
    assert "[ANNEX_VERSIONS_LIMIT]" in told.stdout
    assert told.stdout.count("ANNEX_LOG_VKEY") == 1


# Explain.


async def test_explain(alone: Machine) -> None:
    codes = [
        await _approve("explain-text", alone, "explain", "version-already-exists"),
        await _approve("explain-json", alone, "explain", "VERSION_ALREADY_EXISTS", "--json"),
        await _approve("explain-exit-code", alone, "explain", "10"),
        await _approve("explain-unknown", alone, "explain", "VERSION_NOT_FOUN"),
    ]

    assert codes == [0, 0, 0, 5]


# Schema.


def _documents() -> list[tuple[str, dict[str, object]]]:
    found = []
    for path in sorted(GOLDEN.glob("*.txt")):
        stdout = path.read_text(encoding="utf-8").partition("--- stdout\n")[2].partition("--- stderr\n")[0]
        # Approved with a name in the place of what differs between machines.
        lines = re.sub(r'"size_bytes": N\b', '"size_bytes": 1', stdout).splitlines()
        lines = [line.replace("sha256:HASH", f"sha256:{'0' * 64}") for line in lines]
        command = "--json"
        for line in lines:
            if line.startswith('{"'):
                document = json.loads(line)
                # Of a stream, only the first line says whose it is.
                command = str(document.get("command", command))
                found.append((command, document))
    return found


def test_every_approved_document_follows_its_schema() -> None:
    schemas = {name: jsonschema.Draft202012Validator(schema_of(name)) for name in document_names()}
    general = jsonschema.Draft202012Validator(general_schema())
    checked = set()
    for command, document in _documents():
        schemas.get(command, general).validate(document)
        checked.add(command)

    assert {"publish", "install", "logs", "whoami", "doctor", "versions", "events tail"} <= checked


@pytest.mark.parametrize("name", document_names())
def test_every_schema_is_a_schema(name: str) -> None:
    schema = schema_of(name)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert name in STREAMS or schema["oneOf"][0]["properties"]["command"] == {"const": name}


async def test_schema_is_printed_as_the_result(alone: Machine) -> None:
    of_one = await alone.annex("schema", "keys", "add")
    of_all = await alone.annex("schema", "--json")
    of_none = await alone.annex("schema", "publsh", "--json")

    assert json.loads(of_one.stdout) == schema_of("keys add")
    assert json.loads(of_all.stdout) == general_schema()
    assert (of_none.code, of_none.document()["error"]["hint"]) == (2, "annex schema publish")


# Completion.


def _completed(machine: Machine, script: str, *lines: str) -> list[list[str]]:
    """Let bash complete lines, as it does when Tab is pressed; no program is found."""
    asks = "".join(
        f"COMP_LINE={json.dumps(line)}; COMP_POINT=${{#COMP_LINE}}; COMPREPLY=(); _annex_complete; "
        'echo "${COMPREPLY[*]}"\n'
        for line in lines
    )
    bash = shutil.which("bash")
    assert bash is not None
    told = subprocess.run(
        [bash, "--norc"],
        input=f"{script}\n{asks}",
        env={"PATH": ""},
        cwd=machine.work,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr == ""
    return [line.split() for line in told.stdout.splitlines()]


async def test_bash_completes_commands_flags_and_values_without_a_network(alone: Machine) -> None:
    script = (await alone.annex("completion", "bash")).stdout

    completed = _completed(
        alone,
        script,
        "annex publ",
        "annex keys re",
        "annex publish --ke",
        "annex --color ",
        "annex --json explain VERSION_A",
        "annex install acme/",
    )

    assert completed == [
        ["publish"],
        ["revoke"],
        ["--key-file"],
        ["auto", "always", "never"],
        ["VERSION_ALREADY_EXISTS"],
        [],
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
async def test_scripts_name_every_command_and_what_is_asked_for(alone: Machine, shell: str) -> None:
    ran = await alone.annex("completion", shell, "--json")

    script = ran.document()["data"]["script"]
    assert all(name in script for name in COMMANDS)
    assert "complete-words" in script
    assert re.findall(r"@[A-Z]+@", script) == []


async def test_dynamic_words_come_from_the_platform_and_then_from_a_cache(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"1"))

    first = await machine.annex("complete-words", "extensions", "annex-demo/hello@1")
    asked = len(gateway.requests)
    again = await machine.annex("complete-words", "extensions", "annex-demo/hello@1")

    assert (first.stdout, again.stdout) == ("annex-demo/hello@1.0.0\n", "annex-demo/hello@1.0.0\n")
    assert len(gateway.requests) == asked


async def test_completion_without_a_platform_is_quiet(alone: Machine) -> None:
    ran = await alone.annex("complete-words", "extensions", "a")

    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")


# Doctor.


async def test_doctor_stops_a_chain_at_its_root(alone: Machine) -> None:
    alone.environment["ANNEX_GATEWAY"] = "http://127.0.0.1:9"

    code = await _approve("doctor-unreachable-text", alone, "doctor", "--only", "network,platform,auth")

    assert code == 12


@pytest.mark.parametrize("form", ["text", "json"])
async def test_doctor_of_a_healthy_machine(machine: Machine, form: str) -> None:
    flags = ["--json"] if form == "json" else []

    code = await _approve(f"doctor-{form}", machine, "doctor", "--only", "network,auth,project", *flags)

    assert code == 0


async def test_doctor_mends_the_ignore_file(alone: Machine) -> None:
    (alone.work / "manifest.json").write_text(
        '{"name": "notes", "publisher": "acme", "version": "1.4.0", "runtime": "wasm-js@1", '
        '"ui": {"type": "iframe", "entry": "ui/index.html"}}'
    )
    (alone.work / ".git").mkdir()
    (alone.work / ".gitignore").write_text("dist/\n")

    before = await alone.annex("doctor", "--only", "project", "--json")
    mended = await alone.annex("doctor", "--only", "project", "--fix", "--json")

    assert (before.code, before.document()["data"]["warnings"]) == (0, 1)
    assert (mended.code, mended.document()["data"]["warnings"]) == (0, 0)
    assert (alone.work / ".gitignore").read_text() == "dist/\n.annex-project/\n"


# Version.


async def test_version_changes_the_number_and_nothing_else(alone: Machine) -> None:
    manifest = alone.work / "manifest.json"
    manifest.write_bytes(MANIFEST.encode())

    shown = await _approve("version-text", alone, "version")
    rehearsed = await alone.annex("version", "major", "--dry-run", "--json")
    raised = await _approve("version-patch", alone, "version", "patch")
    as_json = await _approve("version-json", alone, "version", "2.0.0-rc.1", "--json")
    refused = await alone.annex("version", "v3", "--json")

    assert (shown, raised, as_json) == (0, 0, 0)
    assert rehearsed.document()["data"] == {"version": "2.0.0", "before": "1.4.0", "changed": False}
    assert (refused.code, refused.document()["error"]["code"]) == (2, "INVALID_USAGE")
    assert manifest.read_bytes() == MANIFEST.replace('"1.4.0"', '"2.0.0-rc.1"').encode()


async def test_program_version_names_protocol_and_gateway(machine: Machine, alone: Machine) -> None:
    codes = [
        await _approve("program-version-text", machine, "--version"),
        await _approve("program-version-json", machine, "--version", "--json"),
        await _approve("program-version-alone", alone, "--version"),
    ]

    assert codes == [0, 0, 0]


# Where words go.


@pytest.mark.parametrize("columns", [60, 80, 120])
async def test_failures_fit_the_terminal(gateway: Gateway, machine: Machine, columns: int) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"another"))
    machine.environment.update({"TERM": "xterm", "COLUMNS": str(columns), "NO_COLOR": "1"})

    shown = await on_a_terminal(machine.work, machine.environment, ["explain", "VERSION_ALREADY_EXISTS"])

    assert max(map(len, shown.splitlines())) <= columns


async def test_a_locale_without_our_glyphs_gets_plain_ones(alone: Machine) -> None:
    (alone.work / "manifest.json").write_text(MANIFEST)
    alone.environment["PYTHONIOENCODING"] = "latin-1"
    process = await alone.start("version", "patch")
    stdout, _ = await process.communicate()

    assert process.returncode == 0
    assert stdout == b"ok         1.4.0 -> 1.4.1\n"


async def test_an_unreachable_platform_is_said_with_host_phase_and_proxy(alone: Machine) -> None:
    alone.environment.update({"ANNEX_TOKEN": ADMIN_KEY, "ANNEX_GATEWAY": "http://127.0.0.1:9"})

    text = await _approve("unreachable-text", alone, "versions", "acme/notes")
    as_json = await _approve("unreachable-json", alone, "versions", "acme/notes", "--json")

    assert (text, as_json) == (9, 9)


async def test_a_missing_permission_is_named_with_who_can_give_it(gateway: Gateway, alone: Machine) -> None:
    gateway.add_version("1.0.0", ContentHash.of(b"x"))
    alone.environment.update({"ANNEX_TOKEN": "annex_wrong_key", "ANNEX_GATEWAY": gateway.url})

    code = await _approve("permission-denied", alone, "versions", "annex-demo/hello")

    assert code == 4


def test_no_golden_holds_a_key() -> None:
    texts = [path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")]

    assert texts
    assert [text for text in texts if ADMIN_KEY in text or USER_KEY in text] == []
