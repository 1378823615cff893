"""The console as the settings want it: its files, what its page is told, and what the page may load."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from annex_gateway.api.console_files import BuiltConsole, ConsoleUnusable
from annex_gateway.api.dependencies import ConsoleDoor
from annex_shared.settings import InvalidSettings


@dataclass(frozen=True, slots=True)
class ConsoleWish:
    """What the settings say of the console; without a directory there is none."""

    directory: Path | None
    ui_host_url: str | None
    docs_url: str | None
    log_vkey: str | None


def console_door(wish: ConsoleWish) -> ConsoleDoor:
    """Read the console, if there is to be one. Raises InvalidSettings for one that cannot be served."""
    if wish.directory is None:
        return ConsoleDoor()
    told = {
        "version": version("annex-gateway"),
        "ui_host_url": wish.ui_host_url,
        "docs_url": wish.docs_url,
        "log_vkey": wish.log_vkey,
    }
    try:
        built = BuiltConsole.read(wish.directory, told=told)
    except ConsoleUnusable as error:
        raise InvalidSettings(error.message) from None
    return ConsoleDoor(built, page_policy(wish.ui_host_url))


def page_policy(ui_host_url: str | None) -> str:
    """Let the page run its own scripts, talk to its own gateway and frame the ui-host; nothing else."""
    framed = ui_host_url or "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            f"frame-src {framed}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
