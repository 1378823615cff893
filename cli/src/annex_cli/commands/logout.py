"""`annex logout`: forget a login, and withdraw its key at the platform first where that is wanted."""

import asyncio

import click

from annex_cli.credentials import CredentialWish, find_profile
from annex_cli.errors import InvalidUsage, PlatformRefused, ProfileNotFound
from annex_cli.options import global_flags
from annex_cli.profiles import Profile, Profiles
from annex_cli.program import begin
from annex_cli.session import Session

_PARTS = 3
# A key that opens nothing any more needs no withdrawal.
_OVER = frozenset({"API_KEY_REVOKED", "API_KEY_EXPIRED", "API_KEY_REFUSED"})


@click.command("logout")
@click.option(
    "--revoke/--no-revoke",
    default=None,
    help="Withdraw the key at the platform first; nobody can use it then. Keys made for this machine are.",
)
@global_flags
@click.pass_context
def command(context: click.Context, revoke: bool | None) -> None:
    """Forget a login. A key made for this machine is withdrawn; any other only with --revoke.

    \b
    annex logout                    forget the login that would be used
    annex logout --profile prod     forget another one
    annex logout --revoke           withdraw the key too
    annex logout --no-revoke        only forget it, as when the platform is away

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
    is_revoked = profile.is_device if revoke is None else revoke
    if is_revoked:
        asyncio.run(_revoke(session, profile, profiles.key_of(profile)))
    profiles.forget(profile)
    withdrawn = "and its key is withdrawn" if is_revoked else "its key stays valid at the platform"
    session.show(
        {"profile": profile.name, "gateway_url": profile.gateway_url, "revoked": is_revoked},
        session.ok(f"profile {profile.name} is forgotten here; {withdrawn}"),
    )


async def _revoke(session: Session, profile: Profile, key: str) -> None:
    """Withdraw the key by its own authority; its id is the part that is no secret."""
    parts = key.split("_", _PARTS - 1)
    if len(parts) != _PARTS:
        raise InvalidUsage("This key does not tell its id, so it cannot be withdrawn from here.")
    session.credential = f"profile {profile.name}"
    async with session.platform_as(profile.gateway_url, key, tenant_id=profile.tenant_id) as client:
        try:
            await client.request("DELETE", f"/api/v1/api-keys/{parts[1]}")
        except PlatformRefused as refused:
            if refused.code not in _OVER:
                raise
