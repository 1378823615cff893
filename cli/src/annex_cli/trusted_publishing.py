"""Act as a trusted publisher: exchange the build's id token for one that publishes one extension."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from annex_cli.ci_identity import CiIdentity
from annex_cli.credentials import TOKEN, find_dev_platform
from annex_cli.errors import InvalidUsage, PublisherNotNamed
from annex_cli.local_bundle import LocalBundle
from annex_cli.platform_client import PlatformClient
from annex_cli.retries import repeated
from annex_cli.session import Session
from annex_shared.contracts.trusted_publishing import ExchangeIdToken, PublishToken


def is_meant(session: Session, *, is_asked_for: bool) -> bool:
    """Whether to publish as the build: when asked to, or in a build that names a gateway and no key."""
    settings, environment = session.settings, session.environment
    has_key = settings.token_file is not None or TOKEN in environment
    if is_asked_for and has_key:
        raise InvalidUsage(f"--trusted publishes as this build, and a key is named too. Leave {TOKEN} out.")
    is_automatic = settings.gateway_url is not None and not has_key and CiIdentity(environment).is_there
    return is_asked_for or is_automatic


@asynccontextmanager
async def trusted_platform(session: Session, bundle: LocalBundle) -> AsyncIterator[PlatformClient]:
    """Open a client that may publish this bundle's extension for some minutes, and nothing else."""
    if bundle.manifest.publisher is None:
        raise PublisherNotNamed(
            "The manifest names no publisher, so it is not known who has to trust this build.",
            hint='Add "publisher" to manifest.json.',
        )
    identity = CiIdentity(session.environment)
    gateway_url = _gateway_url(session)
    session.credential = identity.source
    async with session.platform_as(gateway_url, "") as nobody:
        audience = (await nobody.trusted_publishing()).audience

        async def exchange(client: PlatformClient) -> PublishToken:
            # Asked for anew each time: a token whose exchange got no answer may be spent.
            id_token = await identity.id_token(audience, client.session)
            return await client.exchange_id_token(
                ExchangeIdToken(extension=bundle.extension, id_token=id_token)
            )

        token = await repeated(nobody, exchange, on_failure=lambda _: None, on_repeat=lambda _: None)
    session.terminal.say(f"trusted    {identity.source}, until {token.expires_at:%H:%M:%S} UTC")
    async with session.platform_as(gateway_url, token.token) as client:
        yield client


def _gateway_url(session: Session) -> str:
    if session.settings.gateway_url is not None:
        return session.settings.gateway_url
    found = find_dev_platform(session.environment, session.settings.folder)
    if found is None:
        raise InvalidUsage(
            "It is not known which gateway to talk to.", hint="Add --gateway URL, or set ANNEX_GATEWAY."
        )
    return found[1].gateway_url
