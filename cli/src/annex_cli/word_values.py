"""Words that only the platform knows, for completion: at once from a cache, or within a third of a second."""

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from annex_cli.credentials import Purpose, find_credential
from annex_cli.platform_client import PlatformClient
from annex_cli.profiles import DEVELOPMENT, Profiles
from annex_cli.session import Session
from annex_cli.word_lists import EXTENSIONS, PROFILES
from annex_shared.clock import SystemClock
from annex_shared.errors import AnnexError

_BUDGET_SECONDS: Final = 0.3
_FRESH_SECONDS: Final = 60
_MOST_VERSIONS: Final = 50
_MAX_CACHE_BYTES: Final = 256 * 1024


def words_for(session: Session, kind: str, typed: str) -> list[str]:
    """List what may stand there; nothing where it is not known. Raises nothing that a person should see."""
    if kind == PROFILES:
        return [*sorted(Profiles.of(session.environment).all()), DEVELOPMENT]
    if kind != EXTENSIONS:
        return []
    extension = typed.partition("@")[0] if "@" in typed else None
    cache = _cache(session, extension)
    known, age_seconds = _read(cache)
    if known is None or age_seconds > _FRESH_SECONDS:
        asked = asyncio.run(_asked(session, extension))
        if asked is not None:
            _write(cache, asked)
            known = asked
    return [word for word in known or [] if word.startswith(typed)]


async def _asked(session: Session, extension: str | None) -> list[str] | None:
    """Ask the platform; None if it does not answer in time, or not at all."""
    try:
        async with asyncio.timeout(_BUDGET_SECONDS), session.platform(Purpose.USE) as client:
            return await (_versions(client, extension) if extension else _extensions(client))
    except (AnnexError, TimeoutError):
        return None


async def _extensions(client: PlatformClient) -> list[str]:
    return sorted({install.extension for install in (await client.installs()).items})


async def _versions(client: PlatformClient, extension: str) -> list[str]:
    rows = (await client.versions(extension, limit=_MOST_VERSIONS)).items
    return [f"{extension}@{row.version}" for row in rows]


def _cache(session: Session, extension: str | None) -> Path:
    """Name a file of its own for each platform, tenant and key; the name tells none of them."""
    credential = find_credential(
        session.credential_wish,
        Purpose.USE,
        environment=session.environment,
        folder=session.settings.folder,
    )
    of = (credential.gateway_url, credential.tenant_id or "", credential.token, extension or "")
    name = hashlib.sha256("\n".join(of).encode()).hexdigest()[:32]
    return cache_folder(session.environment) / "completion" / f"{name}.json"


def cache_folder(environment: Mapping[str, str]) -> Path:
    home = environment.get("XDG_CACHE_HOME")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".cache") / "annex"


def _read(path: Path) -> tuple[list[str] | None, float]:
    try:
        with path.open("rb") as file:
            words = json.loads(file.read(_MAX_CACHE_BYTES))
            age_seconds = SystemClock().now().timestamp() - os.fstat(file.fileno()).st_mtime
        return [str(word) for word in words], age_seconds
    except (OSError, ValueError, TypeError):
        return None, 0.0


def _write(path: Path, words: list[str]) -> None:
    """Keep words for the next key; without a place for them the next one asks again."""
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(json.dumps(words), encoding="utf-8")
        draft.replace(path)
    except OSError:
        return
