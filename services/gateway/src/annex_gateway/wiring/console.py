"""The console as the settings want it: its files, what its page is told, and what the page may load."""

from importlib.metadata import version

from annex_gateway.api.console_files import BuiltConsole, ConsoleUnusable
from annex_gateway.api.dependencies import ConsoleDoor
from annex_gateway.settings import GatewaySettings
from annex_shared.settings import InvalidSettings


def console_door(settings: GatewaySettings) -> ConsoleDoor:
    """Read the console, if there is to be one. Raises InvalidSettings for one that cannot be served."""
    if settings.console_directory is None:
        return ConsoleDoor()
    told = {
        "version": version("annex-gateway"),
        "ui_host_url": settings.ui_host_url,
        "docs_url": settings.console_docs_url,
        "log_vkey": settings.console_log_vkey,
    }
    try:
        built = BuiltConsole.read(settings.console_directory, told=told)
    except ConsoleUnusable as error:
        raise InvalidSettings(error.message) from None
    return ConsoleDoor(built, page_policy(settings.ui_host_url))


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
