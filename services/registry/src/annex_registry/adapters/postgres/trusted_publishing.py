"""Trusted publishing in PostgreSQL: identities, tokens, what was spent, and the switch of each extension."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.rows import to_ref
from annex_registry.adapters.postgres.statements import TRUSTED_PUBLISHING
from annex_registry.domain.trusted_publishing import (
    PublishGrant,
    TrustedActor,
    TrustedOnlyFact,
    TrustedPublisher,
)
from annex_shared.ids import ExtensionId
from annex_shared.names import ExtensionName, PublisherSlug


@dataclass(frozen=True, slots=True)
class PostgresTrustedPublishing:
    """Meets ``TrustedPublishing`` inside one transaction."""

    connection: Connection

    async def add(self, trusted: TrustedPublisher, *, by: str) -> None:
        await self.connection.execute(
            TRUSTED_PUBLISHING["add_trusted_publisher"],
            trusted.id,
            trusted.publisher.text,
            trusted.name.text if trusted.name else None,
            trusted.issuer,
            trusted.audience,
            dict(trusted.claims),
            by,
            trusted.created_at,
        )

    async def of_publisher(self, slug: PublisherSlug) -> list[TrustedPublisher]:
        rows = await self.connection.fetch(TRUSTED_PUBLISHING["trusted_publishers_of"], slug.text)
        return [_to_trusted(row) for row in rows]

    async def remove(self, slug: PublisherSlug, trusted_id: UUID, *, by: str, at: datetime) -> bool:
        removed = await self.connection.fetchval(
            TRUSTED_PUBLISHING["remove_trusted_publisher"], slug.text, trusted_id, by, at
        )
        return removed is not None

    async def spend(self, issuer: str, jti: str, *, forget_at: datetime) -> bool:
        # Of fixed size whatever the issuer writes; a line break cannot stand in an issuer's address.
        digest = hashlib.sha256(f"{issuer}\n{jti}".encode()).digest()
        spent = await self.connection.fetchval(TRUSTED_PUBLISHING["spend_id_token"], digest, forget_at)
        return spent is not None

    async def add_grant(self, grant: PublishGrant) -> None:
        await self.connection.execute(
            TRUSTED_PUBLISHING["add_publish_token"],
            grant.token_id,
            grant.secret_hash,
            grant.actor.trusted_publisher_id,
            grant.extension.publisher.text,
            grant.extension.name.text,
            grant.actor.issuer,
            grant.actor.subject,
            dict(grant.actor.claims),
            grant.created_at,
            grant.expires_at,
        )

    async def grant(self, token_id: UUID) -> PublishGrant | None:
        row = await self.connection.fetchrow(TRUSTED_PUBLISHING["find_publish_token"], token_id)
        return None if row is None else _to_grant(row)

    async def forget(self, *, spent_before: datetime, tokens_before: datetime) -> int:
        spent: int = await self.connection.fetchval(
            TRUSTED_PUBLISHING["forget_spent_id_tokens"], spent_before
        )
        tokens: int = await self.connection.fetchval(
            TRUSTED_PUBLISHING["forget_publish_tokens"], tokens_before
        )
        return spent + tokens

    async def say_trusted_only(self, extension_id: ExtensionId, fact: TrustedOnlyFact) -> None:
        await self.connection.execute(
            TRUSTED_PUBLISHING["add_trusted_only"],
            extension_id,
            fact.is_trusted_only,
            fact.reason,
            fact.actor,
            fact.recorded_at,
        )

    async def is_trusted_only(self, extension_id: ExtensionId) -> bool:
        return bool(await self.connection.fetchval(TRUSTED_PUBLISHING["is_trusted_only"], extension_id))

    async def trusted_only_facts(self, extension_id: ExtensionId, *, limit: int) -> list[TrustedOnlyFact]:
        rows = await self.connection.fetch(TRUSTED_PUBLISHING["trusted_only_changes"], extension_id, limit)
        return [
            TrustedOnlyFact(row["trusted_only"], row["reason"], row["actor"], row["recorded_at"])
            for row in rows
        ]


def _to_trusted(row: Record) -> TrustedPublisher:
    return TrustedPublisher(
        id=row["id"],
        publisher=PublisherSlug(row["publisher"]),
        name=ExtensionName(row["name"]) if row["name"] else None,
        issuer=row["issuer"],
        audience=row["audience"],
        claims=row["claims"],
        created_at=row["added_at"],
    )


def _to_grant(row: Record) -> PublishGrant:
    return PublishGrant(
        token_id=row["id"],
        secret_hash=row["secret_hash"],
        extension=to_ref(row),
        actor=TrustedActor(row["trusted_publisher_id"], row["issuer"], row["subject"], row["claims"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
