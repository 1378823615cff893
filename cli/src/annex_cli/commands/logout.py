"""`annex logout`: forget a login, and with --revoke withdraw its key at the platform first."""

import asyncio

import click

from annex_cli.credentials import CredentialWish, find_profile
from annex_cli.errors import InvalidUsage, ProfileNotFound
from annex_cli.options import global_flags
from annex_cli.profiles import Profile, Profiles
from annex_cli.program import begin
from annex_cli.session import Session

_PARTS = 3


@click.command("logout")
@click.option(
    "--revoke", is_flag=True, help="Withdraw the key at the platform first; nobody can use it then."
)
@global_flags
@click.pass_context
def command(context: click.Context, revoke: bool) -> None:
    """Forget a login. Its key stays valid at the platform unless --revoke withdraws it.

    \b
    annex logout                    forget the login that would be used
    annex logout --profile prod     forget another one
    annex logout --revoke           withdraw the key too (takes platform:admin)

    Exit codes: 0 forgotten, 4 there is no such login, or the key may not be withdrawn.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    settings = session.settings
    wish = CredentialWish(
        settings.gateway_url, None, None, settings.profile, project_gateway=settings.project_gateway
    )
    profile = find_profile(wish, session.environment)
    if profile is None:
        raise ProfileNotFound("You are not signed in here.", hint="annex login")
    profiles = Profiles.of(session.environment)
    if revoke:
        asyncio.run(_revoke(session, profile, profiles.key_of(profile)))
    profiles.forget(profile)
    withdrawn = "and its key is withdrawn" if revoke else "its key stays valid at the platform"
    session.show(
        {"profile": profile.name, "gateway_url": profile.gateway_url, "revoked": revoke},
        session.ok(f"profile {profile.name} is forgotten here; {withdrawn}"),
    )


async def _revoke(session: Session, profile: Profile, key: str) -> None:
    """Withdraw the key by its own authority; its id is the part that is no secret."""
    parts = key.split("_", _PARTS - 1)
    if len(parts) != _PARTS:
        raise InvalidUsage("This key does not tell its id, so it cannot be withdrawn from here.")
    session.credential = f"profile {profile.name}"
    async with session.platform_as(profile.gateway_url, key, tenant_id=profile.tenant_id) as client:
        await client.request("DELETE", f"/api/v1/api-keys/{parts[1]}")
