"""`annex --version`: this program, the protocol it speaks, and the platform if it answers at once."""

import asyncio
from importlib.metadata import version
from typing import Final

from pydantic import JsonValue

from annex_cli.credentials import find_dev_platform, find_profile
from annex_cli.identity import GatewayVersion
from annex_cli.session import Session
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

# The versions of the platform's API (/api/v1) that this annex speaks.
PROTOCOLS: Final = range(1, 2)
_PATIENCE_SECONDS: Final = 1.0


def show_program_version(session: Session) -> None:
    """Print all of it. A platform that does not answer at once is said not to, and is no failure."""
    gateway_url = known_gateway(session)
    answered = asyncio.run(_asked(session, gateway_url)) if gateway_url else None
    first, last = PROTOCOLS[0], PROTOCOLS[-1]
    data: dict[str, JsonValue] = {
        "annex": version("annex-cli"),
        "protocol": {"min": first, "max": last},
        "gateway_url": gateway_url,
        "gateway": answered.version if answered else None,
    }
    lines = [f"annex {version('annex-cli')}", f"protocol {first} to {last}"]
    if gateway_url is not None:
        told = shown(answered.version, limit=40) if answered else "did not answer"
        lines.append(f"gateway {told} ({gateway_url})")
    session.show(data, "\n".join(lines))


def known_gateway(session: Session) -> str | None:
    """Find the address that commands would talk to; nothing but a question is sent there."""
    settings = session.settings
    if settings.gateway_url or settings.project_gateway:
        return settings.gateway_url or settings.project_gateway
    try:
        profile = find_profile(session.credential_wish, session.environment)
        found = find_dev_platform(session.environment, settings.folder)
    except AnnexError:
        return None
    if profile is not None:
        return profile.gateway_url
    return found[1].gateway_url if found else None


async def _asked(session: Session, gateway_url: str) -> GatewayVersion | None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), session.platform_as(gateway_url, "") as client:
            return await client.gateway_version()
    except (AnnexError, TimeoutError):
        return None
