"""Publishers, members and keys in PostgreSQL."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.statements import PUBLISHERS
from annex_registry.domain.publisher import KeyWindow, MemberRole, Publisher, PublisherKey
from annex_shared.names import PublisherSlug


@dataclass(frozen=True, slots=True)
class PostgresPublishers:
    """Meets ``Publishers`` inside one transaction."""

    connection: Connection

    async def find(self, slug: PublisherSlug) -> Publisher | None:
        row = await self.connection.fetchrow(PUBLISHERS["find_publisher"], slug.text)
        return None if row is None else (await self._with_keys([row]))[0]

    async def page(self, *, after: str | None, limit: int) -> list[Publisher]:
        return await self._with_keys(
            await self.connection.fetch(PUBLISHERS["page_of_publishers"], after, limit)
        )

    async def add(self, slug: PublisherSlug, *, by: str, at: datetime) -> bool:
        return await self.connection.fetchval(PUBLISHERS["add_publisher"], slug.text, by, at) is not None

    async def role_of(self, principal: str, slug: PublisherSlug) -> MemberRole | None:
        role = await self.connection.fetchval(PUBLISHERS["role_of_member"], slug.text, principal)
        return None if role is None else MemberRole(role)

    async def slugs_of(self, principal: str) -> list[PublisherSlug]:
        rows = await self.connection.fetch(PUBLISHERS["slugs_of_principal"], principal)
        return [PublisherSlug(row["publisher"]) for row in rows]

    async def state(self) -> int:
        state: int = await self.connection.fetchval(PUBLISHERS["state_of_publishers"])
        return state

    async def set_member(
        self, slug: PublisherSlug, principal: str, role: MemberRole, *, at: datetime
    ) -> None:
        await self.connection.execute(PUBLISHERS["set_member"], slug.text, principal, role.value, at)

    async def add_key(self, slug: PublisherSlug, key: PublisherKey, *, by: str) -> bool:
        added = await self.connection.fetchval(
            PUBLISHERS["add_publisher_key"],
            slug.text,
            key.key_id,
            key.public_key_pem,
            by,
            key.added_at,
            key.window.begin,
            key.window.end,
        )
        return added is not None

    async def revoke_key(self, slug: PublisherSlug, key_id: str, *, at: datetime) -> bool:
        revoked = await self.connection.fetchval(PUBLISHERS["revoke_publisher_key"], slug.text, key_id, at)
        return revoked is not None

    async def _with_keys(self, rows: Sequence[Record]) -> list[Publisher]:
        slugs = [row["slug"] for row in rows]
        keys: defaultdict[str, list[PublisherKey]] = defaultdict(list)
        for row in await self.connection.fetch(PUBLISHERS["keys_of_publishers"], slugs):
            keys[row["publisher"]].append(
                PublisherKey(
                    row["key_id"],
                    row["public_key_pem"],
                    row["added_at"],
                    row["revoked_at"],
                    KeyWindow(row["valid_from"], row["valid_until"]),
                    row["log_index"],
                )
            )
        return [
            Publisher(PublisherSlug(row["slug"]), row["created_at"], tuple(keys[row["slug"]])) for row in rows
        ]
