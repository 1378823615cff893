"""What a newcomer needs once the platform runs: `.annex/dev.json`, the printed block, the curl to paste."""

import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from annex_standalone.home import Home

_HEADER_FILE = "api-key.header"
SIGN_IN_FILE = "sign-in-link"


@dataclass(frozen=True, slots=True)
class DevFacts:
    """The members of `.annex/dev.json`; ``log_vkey`` verifies the transparency log."""

    gateway_url: str
    registry_url: str
    runner_proxy_url: str
    ui_host_url: str
    tenant_id: str
    api_key: str
    admin_api_key: str
    publisher_key_path: str
    log_vkey: str
    hello_url: str
    hello_ui_url: str | None


def write_facts(home: Home, facts: DevFacts) -> None:
    """Write the facts and a header file for curl, both readable by their owner only."""
    home.write_private(_HEADER_FILE, f"x-api-key: {facts.api_key}\n")
    home.write_private("dev.json", json.dumps(asdict(facts), indent=2) + "\n")


def curl_command(home: Home, facts: DevFacts) -> str:
    """Return a command that can be pasted where `make run` was typed, with no key in it."""
    header = shlex.quote(f"@{_seen_from_here(home.path / _HEADER_FILE)}")
    return f"curl -H {header} {shlex.quote(f'{facts.hello_url}?name=you')}"


def console_lines(home: Home, facts: DevFacts, sign_in_url: str | None) -> list[str]:
    """Say how to open the console, or how to come by one."""
    if sign_in_url is None:
        return [
            f"  Console       not built; it takes Node 20 or newer (make web). {facts.gateway_url}/ says how."
        ]
    kept = _seen_from_here(home.path / SIGN_IN_FILE)
    return [f"  Console       {sign_in_url}", f"                signs in once, within a day; also in {kept}"]


def block(home: Home, facts: DevFacts, *, sign_in_url: str | None, ready_seconds: float) -> str:
    """Lay the facts out for a terminal."""
    place = _seen_from_here(home.path)
    annex = _seen_from_here(Path(".venv/bin/annex").absolute())
    return "\n".join(
        [
            f"Annex is running.{f'ready in {ready_seconds:.1f} s':>70}",
            "",
            *console_lines(home, facts, sign_in_url),
            f"  Try it        {curl_command(home, facts)}",
            f"                {annex} call annex-demo/hello GET /hello",
            f"  Its screen    {_screen(facts, has_console=sign_in_url is not None)}",
            f"  Its versions  {annex} versions annex-demo/hello",
            f"  Once, ever    {annex} publish examples/hello/annex-demo.hello-1.0.0.tar.zst   (refused: 409)",
            f"  Make yours    {annex} init my-extension && cd my-extension && ../{annex} dev",
            f"  Gateway       {facts.gateway_url}/",
            f"  Its log       {facts.gateway_url}/log/checkpoint   (key: log_vkey in {place}/dev.json)",
            f"  Everything    {place}/dev.json     logs: {place}/logs/annex.log     docs: docs/",
            "",
            "  Local mode: signatures are optional and keys live in files. Not for production.",
            "  Ctrl-C stops it; data stays. `make clean-data` erases it (asks first).",
        ]
    )


def _screen(facts: DevFacts, *, has_console: bool) -> str | None:
    """Name the sample's page where it can call its handler: inside the console, if there is one."""
    return (
        f"{facts.gateway_url}/t/dev/extensions/annex-demo/hello/open" if has_console else facts.hello_ui_url
    )


def json_line(home: Home, facts: DevFacts, *, has_console: bool, ready_seconds: float) -> str:
    """Say the same in one line for programs; the keys stay in the file it names."""
    shown = {name: value for name, value in asdict(facts).items() if not name.endswith("api_key")}
    return json.dumps(
        {
            "type": "ready",
            "ready_seconds": round(ready_seconds, 1),
            "dev_json": str(home.path / "dev.json"),
            "curl": curl_command(home, facts),
            "sign_in_link_file": str(home.path / SIGN_IN_FILE) if has_console else None,
            **shown,
        }
    )


def _seen_from_here(path: Path) -> str:
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)
