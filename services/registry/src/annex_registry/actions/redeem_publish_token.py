"""Find out what a publish token stands for."""

from annex_registry.domain.errors import PublishTokenExpired
from annex_registry.domain.ports import Records
from annex_registry.domain.trusted_publishing import PublishGrant, PublishTokenText, publish_token_refused
from annex_shared.clock import Clock


async def redeem_publish_token(text: str, *, records: Records, clock: Clock) -> PublishGrant:
    """Return the grant. Raises PublishTokenRefused, PublishTokenExpired; both cost one look-up."""
    token = PublishTokenText.parse(text)
    async with records.work() as work:
        grant = await work.trusted_publishing.grant(token.token_id)
    if grant is None or not token.opens(grant):
        raise publish_token_refused()
    if grant.expires_at <= clock.now():
        raise PublishTokenExpired(
            f"The publish token expired at {grant.expires_at:%Y-%m-%d %H:%M:%S} UTC. Get another.",
            details={"expired_at": grant.expires_at.isoformat()},
        )
    return grant
