"""Enable or disable an install: what both commands do."""

import asyncio

from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.installing import answer_of, require_install
from annex_cli.session import Session
from annex_shared.contracts.installs import ChangeInstall
from annex_shared.names import ExtensionRef


def switch(session: Session, extension: str, *, is_enabled: bool) -> None:
    asyncio.run(_switch(session, ExtensionRef.parse(extension), is_enabled=is_enabled))


async def _switch(session: Session, extension: ExtensionRef, *, is_enabled: bool) -> None:
    word = "enabled" if is_enabled else "disabled"
    async with session.platform(Purpose.ADMINISTER) as client:
        before = await require_install(client, extension)
        session.if_stopped = f"Stopped. It may be {word} already; run the same command again to settle it."
        change = ChangeInstall.model_validate({"is_enabled": is_enabled})
        after = await answer_of(client.change_install(before.install_id, change), f"This of {extension}")
    is_same = after.revision == before.revision
    data: dict[str, JsonValue] = {
        **after.model_dump(mode="json"),
        "result": "unchanged" if is_same else word,
    }
    session.show(data, session.ok(f"{extension}@{after.version} {'was' if is_same else 'is'} {word}"))
