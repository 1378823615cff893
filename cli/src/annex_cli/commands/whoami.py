"""`annex whoami`: who commands act as here, what that may do, and where its key came from."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.identity import Me
from annex_cli.logging_in import Identity, identity_of
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.display_text import shown

_LABEL_WIDTH = 12


@click.command("whoami")
@global_flags
@click.pass_context
def command(context: click.Context) -> None:
    """Show who commands act as here, what that may do, and where its key came from.

    \b
    annex whoami
    annex whoami --profile prod
    annex whoami --json          every permission with its source

    Exit codes: 0 accepted, 4 there is no key, or it is not accepted.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)

    async def ask() -> tuple[Identity, str]:
        async with session.platform(Purpose.ADMINISTER) as client:
            return await identity_of(client), client.gateway_url

    identity, gateway_url = asyncio.run(ask())
    _show(session, identity, gateway_url)


def _show(session: Session, identity: Identity, gateway_url: str) -> None:
    me = identity.me
    data: dict[str, JsonValue] = {
        "gateway_url": gateway_url,
        "credential": session.credential,
        "principal_id": me.principal_id if me else None,
        "name": me.name if me else None,
        "tenant_id": me.tenant_id if me else None,
        "kind": me.kind if me else None,
        "roles": [*me.roles] if me else None,
        "key_id": me.key_id if me else None,
        "expires_at": me.expires_at if me else None,
        "permissions": _permissions(me),
    }
    rows = [("as", _sentence(identity)), ("platform", gateway_url), ("credential", session.credential or "")]
    if me is not None and me.expires_at:
        rows.append(("expires", shown(me.expires_at)))
    rows += [("may", f"{shown(one.permission)}, from {shown(one.source)}") for one in me.held] if me else []
    if me is None:
        may = "read" if identity.can_read else "not read"
        rows.append(("may", f"{may} what is installed; this platform does not tell what else"))
    session.show(data, "\n".join(f"{label:<{_LABEL_WIDTH}}{text}" for label, text in rows))


def _sentence(identity: Identity) -> str:
    return shown(identity.sentence)


def _permissions(me: Me | None) -> JsonValue:
    """List them with their source; None where the platform does not tell."""
    if me is None:
        return None
    return [{"permission": one.permission, "source": one.source} for one in me.held]
