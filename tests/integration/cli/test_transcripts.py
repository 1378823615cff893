"""What every command prints, approved as text; a difference is reviewed like code."""

import json
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.debug_lines import DebugEvent, DebugLine
from annex_shared.signing import SigningKey
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import SAMPLE, Machine, assert_approved, transcript

OTHER_BYTES = ContentHash.of(b"another publisher's bundle")
Guest = Callable[[web.Request], Awaitable[web.Response]]


def _published(gateway: Gateway, *, capabilities: list[str]) -> None:
    gateway.add_version("1.0.0", ContentHash.of(SAMPLE.read_bytes()))
    gateway.capabilities["1.0.0"] = capabilities


def _answering(status: int, text: str) -> Guest:
    async def answer(request: web.Request) -> web.Response:
        greeted = request.query.get("name", "you")
        return web.Response(status=status, text=text.format(name=greeted, body=await request.text()))

    return answer


async def _approve(name: str, machine: Machine, *arguments: str, stdin: bytes = b"") -> int:
    """Approve one command as people read it, and the same command as programs do."""
    command = " ".join(
        ["annex", *(argument if " " not in argument else f"'{argument}'" for argument in arguments)]
    )
    ran = await machine.annex(*arguments, stdin=stdin)
    assert_approved(name, transcript(machine.told(command), ran, machine))
    return ran.code


@pytest.mark.parametrize("form", ["text", "json"])
async def test_publish(gateway: Gateway, machine: Machine, form: str) -> None:
    shutil.copy(SAMPLE, machine.work / "hello.tar.zst")
    flags = ["--json"] if form == "json" else []

    first = await _approve(f"publish-{form}", machine, "publish", "hello.tar.zst", *flags)
    again = await _approve(f"publish-again-{form}", machine, "publish", "hello.tar.zst", *flags)
    skipped = await _approve(
        f"publish-skip-existing-{form}", machine, "publish", "hello.tar.zst", "--skip-existing", *flags
    )

    assert (first, again, skipped) == (0, 6, 0)
    assert gateway.commits == 1


async def test_publish_with_a_key_sends_a_signature(gateway: Gateway, machine: Machine) -> None:
    (machine.work / "acme.pem").write_bytes(SigningKey.generate().to_pem())

    ran = await machine.annex("publish", str(SAMPLE), "--key-file", "acme.pem")

    assert ran.code == 0
    assert "not signed" not in ran.stderr
    assert json.loads(gateway.signatures[0] or "")["payloadType"] == "application/vnd.annex.bundle+json"


async def test_publish_uses_the_signature_beside_the_bundle(gateway: Gateway, machine: Machine) -> None:
    bundle = machine.work / "hello.tar.zst"
    shutil.copy(SAMPLE, bundle)
    (machine.work / "acme.pem").write_bytes(SigningKey.generate().to_pem())
    signed = await machine.annex("sign", "hello.tar.zst", "--key-file", "acme.pem", "--json")

    ran = await machine.annex("publish", "hello.tar.zst")

    assert (signed.code, ran.code) == (0, 0)
    assert gateway.signatures == [(machine.work / "hello.tar.zst.sig").read_text().strip()]
    assert signed.document()["data"]["content_hash"] == str(ContentHash.of(bundle.read_bytes()))


async def test_publish_when_other_bytes_won(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("1.0.0", OTHER_BYTES)

    code = await _approve("publish-other-content", machine, "publish", str(SAMPLE))

    assert code == 6


async def test_publish_dry_run_sends_nothing(gateway: Gateway, machine: Machine) -> None:
    code = await _approve("publish-dry-run", machine, "publish", str(SAMPLE), "--dry-run")

    assert code == 0
    assert {request.partition(" ")[0] for request in gateway.requests} == {"GET"}


async def test_publish_dry_run_ends_as_the_real_run_would(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("1.0.0", OTHER_BYTES)

    ran = await machine.annex("publish", str(SAMPLE), "--dry-run", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (6, "VERSION_ALREADY_EXISTS")


async def test_publish_without_a_file_packs_the_project(gateway: Gateway, machine: Machine) -> None:
    project = _page_project(machine.work / "notes")

    ran = await machine.annex("publish", "--cwd", str(project), "--json")

    assert ran.code == 0
    assert (project / ".annex-project" / "acme.notes-1.4.0.tar.zst").is_file()
    assert ran.document()["data"]["extension"] == "acme/notes"
    assert gateway.commits == 1


async def test_publish_says_when_the_outcome_is_unknown(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.CUT_AFTER_COMMIT] * 9
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9

    code = await _approve("publish-outcome-unknown", machine, "publish", str(SAMPLE), "--timeout", "2s", "-q")

    assert code == 10


async def test_pack_twice_gives_the_same_bytes(machine: Machine) -> None:
    _page_project(machine.work / "notes")

    packed = await machine.annex("pack", "notes", "--check")
    as_json = await machine.annex("pack", "notes", "--out", "n.tar.zst", "--json")

    first, second = machine.work / "acme.notes-1.4.0.tar.zst", machine.work / "n.tar.zst"
    # Another zstd library may find shorter matches: hash and size are no part of what is approved.
    content_hash = str(ContentHash.of(first.read_bytes()))
    for name, ran in (("pack", packed), ("pack-json", as_json)):
        text = transcript("annex pack notes", ran, machine).replace(content_hash, "sha256:HASH")
        text = re.sub(r"\b\d+ B,", "N B,", text)
        assert_approved(name, re.sub(r'"size_bytes": \d+', '"size_bytes": N', text))
    assert (packed.code, as_json.code) == (0, 0)
    assert first.read_bytes() == second.read_bytes()


async def test_pack_names_the_field_to_mend(machine: Machine) -> None:
    project = _page_project(machine.work / "notes")
    manifest = json.loads((project / "manifest.json").read_text())
    (project / "manifest.json").write_text(json.dumps(manifest | {"version": "1.4.*", "runtim": "x"}))

    code = await _approve("pack-invalid-manifest", machine, "pack", "notes")

    assert code == 3
    assert list(machine.work.glob("*.zst")) == []


@pytest.mark.parametrize("form", ["text", "json"])
async def test_versions(gateway: Gateway, machine: Machine, form: str) -> None:
    for number in ("1.4.0", "1.3.2", "1.3.1"):
        row = gateway.add_version(number, ContentHash.of(number.encode()))
        gateway.versions[-1] = row.model_copy(update={"installed": number == "1.3.2"})
    flags = ["--json"] if form == "json" else []

    some = await _approve(f"versions-{form}", machine, "versions", "acme/notes", "--limit", "2", *flags)
    every = await _approve(f"versions-all-{form}", machine, "versions", "acme/notes", "--all", *flags)
    installed = await _approve(
        f"versions-installed-{form}", machine, "versions", "acme/notes", "--installed", *flags
    )

    assert (some, every, installed) == (0, 0, 0)


async def test_versions_reads_every_page(gateway: Gateway, machine: Machine) -> None:
    for number in range(230):
        gateway.add_version(f"1.0.{number}", ContentHash.of(str(number).encode()))

    ran = await machine.annex("versions", "acme/notes", "--all", "--json")

    assert len(ran.document()["data"]["items"]) == 230
    assert ran.document()["data"]["next_cursor"] is None


async def test_versions_of_an_unknown_extension(machine: Machine) -> None:
    code = await _approve("versions-not-found", machine, "versions", "acme/nothing")

    assert code == 5


async def test_install_without_a_terminal_names_the_command_to_paste(
    gateway: Gateway, machine: Machine
) -> None:
    _published(gateway, capabilities=["cap:http.fetch", "cap:storage.kv", "cap:log.emit"])

    code = await _approve("install-consent", machine, "install", "annex-demo/hello")

    assert code == 8
    assert gateway.installs == []


@pytest.mark.parametrize("grants", ["http.fetch", "http.fetch,storage.kv,metrics", ""])
async def test_install_with_another_list_is_refused(gateway: Gateway, machine: Machine, grants: str) -> None:
    _published(gateway, capabilities=["cap:http.fetch", "cap:storage.kv", "cap:log.emit"])

    ran = await machine.annex("install", "annex-demo/hello", "--grant", grants, "--yes", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (8, "CONSENT_REQUIRED")
    assert ran.document()["error"]["hint"] == "annex install annex-demo/hello --grant http.fetch,storage.kv"
    assert gateway.installs == []


@pytest.mark.parametrize("form", ["text", "json"])
async def test_install_with_the_exact_list(gateway: Gateway, machine: Machine, form: str) -> None:
    _published(gateway, capabilities=["cap:http.fetch", "cap:storage.kv", "cap:log.emit"])
    (machine.work / "config.json").write_text('{"greeting": "Moin"}')
    flags = ["--json"] if form == "json" else []

    arguments = ["annex-demo/hello@1.0.0", "--grant", "storage.kv,http.fetch", "--config", "config.json"]
    first = await _approve(f"install-{form}", machine, "install", *arguments, *flags)
    again = await _approve(f"install-again-{form}", machine, "install", *arguments, *flags)

    assert (first, again) == (0, 0)
    assert gateway.installs[0].grants == ["cap:http.fetch", "cap:log.emit", "cap:storage.kv"]
    assert gateway.installs[0].config == {"greeting": "Moin"}


async def test_install_asks_nothing_for_what_is_granted_to_everybody(
    gateway: Gateway, machine: Machine
) -> None:
    _published(gateway, capabilities=["cap:context.read", "cap:log.emit"])

    ran = await machine.annex("install", "annex-demo/hello", "--json")

    assert (ran.code, ran.document()["data"]["grants"]) == (0, ["cap:context.read", "cap:log.emit"])


async def test_install_dry_run_changes_nothing(gateway: Gateway, machine: Machine) -> None:
    _published(gateway, capabilities=["cap:storage.kv"])

    ran = await machine.annex("install", "annex-demo/hello", "--dry-run", "--grant", "storage.kv", "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "would_install")
    assert gateway.installs == []


async def test_install_whose_answer_is_lost_is_settled_by_the_next_run(
    gateway: Gateway, machine: Machine
) -> None:
    _published(gateway, capabilities=[])
    gateway.install_faults = [Fault.CUT_AFTER_COMMIT]
    lost = await machine.annex("install", "annex-demo/hello@1.0.0", "--json")

    ran = await machine.annex("install", "annex-demo/hello@1.0.0", "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "unchanged")
    assert lost.code == 10


async def test_install_of_another_version_is_a_conflict(gateway: Gateway, machine: Machine) -> None:
    _published(gateway, capabilities=[])
    await machine.annex("install", "annex-demo/hello")
    gateway.add_version("1.1.0", OTHER_BYTES)

    ran = await machine.annex("install", "annex-demo/hello@1.1.0", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (6, "EXTENSION_ALREADY_INSTALLED")


async def test_install_where_the_platform_does_not_tell_capabilities(
    gateway: Gateway, machine: Machine
) -> None:
    _published(gateway, capabilities=["cap:storage.kv"])
    gateway.tells_capabilities = False

    asked = await machine.annex("install", "annex-demo/hello", "--json")
    named = await machine.annex("install", "annex-demo/hello", "--grant", "storage.kv", "--json")

    assert (asked.code, asked.document()["error"]["code"]) == (8, "CONSENT_REQUIRED")
    assert (named.code, named.document()["data"]["grants"]) == (0, ["cap:storage.kv"])


async def test_call_gives_the_body_alone_to_stdout(gateway: Gateway, machine: Machine) -> None:
    gateway.guest = _answering(200, "Hello {name}\n")

    code = await _approve("call", machine, "call", "annex-demo/hello", "GET", "/hello?name=Ada Lovelace")

    assert code == 0
    assert gateway.requests == ["GET /api/ext/annex-demo.hello/hello"]


async def test_call_sends_standard_input(gateway: Gateway, machine: Machine) -> None:
    gateway.guest = _answering(200, "{body}")

    ran = await machine.annex(
        "call", "annex-demo/hello", "post", "/echo", "--body", "-", "--json", stdin="größer".encode()
    )

    assert ran.code == 0
    assert ran.document()["data"]["body"] == "größer"


async def test_call_of_a_failing_handler_is_11(gateway: Gateway, machine: Machine) -> None:
    gateway.guest = _answering(500, "it broke\n")

    code = await _approve("call-failed", machine, "call", "annex-demo/hello", "GET", "/hello")
    as_json = await machine.annex("call", "annex-demo/hello", "GET", "/hello", "--json")

    assert (code, as_json.code) == (11, 11)
    assert as_json.document()["error"]["details"]["body"] == "it broke\n"


async def test_call_of_an_endpoint_that_is_not_there(machine: Machine) -> None:
    code = await _approve("call-no-endpoint", machine, "call", "annex-demo/hello", "GET", "/nothing")

    assert code == 5


def _page_project(folder: Path) -> Path:
    """Write a project with a page and no handler."""
    (folder / "ui").mkdir(parents=True)
    (folder / "ui" / "index.html").write_text("<!doctype html><title>Notes</title>")
    manifest = {
        "name": "notes",
        "publisher": "acme",
        "version": "1.4.0",
        "runtime": "wasm-js@1",
        "ui": {"type": "iframe", "entry": "ui/index.html"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _lines() -> list[DebugEvent]:
    facts = {"ts": "1795219200123", "execution": "66666666-4444-4444-8444-4444444444aa", "stream": "log"}
    return [
        DebugEvent.of(DebugLine.of_fields(facts | {"level": level, "message": text, "line": text, **more}))
        for level, text, more in (
            ("info", "GET /notes began", {"stream": "platform"}),
            ("warn", "tax lookup \x1b[31mslow", {"truncated": "1"}),
            ("error", "GET /notes ended with GUEST_TRAP", {"stream": "platform"}),
        )
    ]


@pytest.mark.parametrize("form", ["text", "json"])
async def test_logs_shows_the_last_lines(gateway: Gateway, machine: Machine, form: str) -> None:
    gateway.debug_lines = _lines()
    flags = ["--json"] if form == "json" else []

    ran = await machine.annex("logs", "annex-demo/hello", "--level", "warn", *flags)

    text = transcript("annex logs annex-demo/hello --level warn", ran, machine)
    assert_approved(f"logs-{form}", re.sub(r'(start|end)", "time": "[^"]+"', r'\1", "time": "NOW"', text))
    assert ran.code == 0


async def test_logs_follows_over_lost_connections_until_the_session_ends(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.debug_lines = _lines()

    code = await _approve("logs-follow", machine, "logs", "annex-demo/hello", "--follow")

    assert code == 8
    assert gateway.requests.count("GET /api/ext-debug/stream") == 4


async def test_a_key_that_is_revoked_while_lines_are_watched_ends_with_4(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.debug_lines, gateway.debug_ending = _lines(), "refused"

    ran = await machine.annex("logs", "annex-demo/hello", "--follow", "--json")

    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (ran.code, lines[-1]["reason"], lines[-1]["error"]["code"]) == (4, "error", "API_KEY_REVOKED")
