"""Versions and bundles in PostgreSQL: inserted, read, never updated."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.rows import to_status, to_version
from annex_registry.adapters.postgres.statements import VERSIONS
from annex_registry.domain.ports import StoredBundle
from annex_registry.domain.trusted_publishing import TrustedActor
from annex_registry.domain.version import (
    NewVersion,
    PublishedVersion,
    Signature,
    VersionContents,
)
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import EndpointRecord, EventSubscriptionRecord, VersionRecord
from annex_shared.ids import ExtensionId, VersionId
from annex_shared.signing import SignerCertificate
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class PostgresVersions:
    """Meets ``Versions`` inside one transaction."""

    connection: Connection

    async def claim(self, version: NewVersion) -> bool:
        claimed = await self.connection.fetchval(
            VERSIONS["claim_version"],
            version.id,
            version.extension.id,
            version.number.text,
            version.manifest.runtime,
            list(version.manifest.capabilities),
            version.manifest.ui_entry,
            version.has_handler,
            version.published_by,
            version.published_at,
        )
        return claimed is not None

    async def add_bundle(self, version: NewVersion) -> None:
        signature = version.signature
        await self.connection.execute(
            VERSIONS["add_bundle"],
            version.id,
            version.content_hash.digest,
            version.size_bytes,
            dict(version.document),
            signature.text if signature else None,
            signature.signer if signature else None,
            version.bundle_count,
            version.imported_at,
            _certificate_document(signature),
        )
        actor = version.trusted_actor
        if actor is not None:
            await self.connection.execute(
                VERSIONS["add_trusted_actor"],
                version.id,
                actor.trusted_publisher_id,
                actor.issuer,
                actor.subject,
                dict(actor.claims),
            )
        endpoints = version.manifest.endpoints
        if not endpoints:
            return
        await self.connection.execute(
            VERSIONS["add_endpoints"],
            version.id,
            [endpoint.method for endpoint in endpoints],
            [endpoint.path for endpoint in endpoints],
            [endpoint.handler for endpoint in endpoints],
        )

    async def lock_head(self, extension_id: ExtensionId) -> int:
        ext_seq: int = await self.connection.fetchval(VERSIONS["lock_head"], extension_id)
        return ext_seq

    async def place(self, version: NewVersion, *, ext_seq: int, serial: int, log_index: int | None) -> None:
        await self.connection.execute(
            VERSIONS["place_version"], version.id, version.extension.id, ext_seq, serial, log_index
        )

    async def holder(self, extension_id: ExtensionId, number: VersionNumber) -> PublishedVersion | None:
        row = await self.connection.fetchrow(VERSIONS["holder_of_number"], extension_id, number.key)
        return None if row is None else to_version(row)

    async def highest_patch(self, extension_id: ExtensionId, number: VersionNumber) -> int | None:
        major, minor, _ = number.key.split(".", 2)
        patch = await self.connection.fetchval(VERSIONS["highest_patch"], extension_id, f"{major}.{minor}.")
        return None if patch is None else int(patch)

    async def newest(self, extension_id: ExtensionId) -> PublishedVersion | None:
        page = await self.page(extension_id, before=None, limit=1)
        return page[0] if page else None

    async def newest_installable(self, extension_id: ExtensionId) -> PublishedVersion | None:
        row = await self.connection.fetchrow(VERSIONS["newest_installable"], extension_id)
        return None if row is None else to_version(row)

    async def page(
        self, extension_id: ExtensionId, *, before: int | None, limit: int
    ) -> list[PublishedVersion]:
        rows = await self.connection.fetch(VERSIONS["page_of_versions"], extension_id, before, limit)
        extension = to_version(rows[0]).extension if rows else None
        return [to_version(row, extension=extension) for row in rows]

    async def etag_serial(self, extension_id: ExtensionId) -> int:
        serial: int | None = await self.connection.fetchval(VERSIONS["etag_serial"], extension_id)
        return serial or 0

    async def contents(self, version_id: VersionId) -> VersionContents:
        row = await self.connection.fetchrow(VERSIONS["contents_of_version"], version_id)
        is_signed = row["signature"] is not None
        return VersionContents(
            row["manifest"],
            Signature(row["signature"], row["signer"], _to_certificate(row["signer_certificate"]))
            if is_signed
            else None,
            _to_trusted_actor(row),
        )

    async def stored_bundle(
        self, content_hash: ContentHash, *, extension_id: ExtensionId | None = None
    ) -> StoredBundle | None:
        row = await self.connection.fetchrow(VERSIONS["stored_bundle"], content_hash.digest, extension_id)
        return None if row is None else StoredBundle(row["size_bytes"], row["is_blocked"])

    async def hold_blob(self, content_hash: ContentHash) -> None:
        await self.connection.execute(VERSIONS["hold_blob"], content_hash.hex)

    async def claim_orphan(self, content_hash: ContentHash) -> bool:
        # Two statements: the second must see what was committed before the first returned.
        if not await self.connection.fetchval(VERSIONS["claim_blob"], content_hash.hex):
            return False
        is_recorded: bool = await self.connection.fetchval(VERSIONS["blob_is_recorded"], content_hash.digest)
        return not is_recorded

    async def records(self, *, after: int, limit: int, as_of: int) -> list[VersionRecord]:
        rows = await self.connection.fetch(VERSIONS["version_records"], after, limit, as_of)
        return await self._records(rows)

    async def records_of_hash(self, content_hash: ContentHash) -> list[VersionRecord]:
        rows = await self.connection.fetch(VERSIONS["version_records_of_hash"], content_hash.digest)
        return await self._records(rows)

    async def _records(self, rows: Sequence[Record]) -> list[VersionRecord]:
        endpoints: defaultdict[UUID, list[EndpointRecord]] = defaultdict(list)
        ids = [row["id"] for row in rows]
        for row in await self.connection.fetch(VERSIONS["endpoints_of_versions"], ids):
            endpoints[row["version_id"]].append(
                EndpointRecord(method=row["method"], path=row["path"], handler=row["handler"])
            )
        return [_to_record(row, endpoints[row["id"]]) for row in rows]


def _certificate_document(signature: Signature | None) -> dict[str, str] | None:
    certificate = signature.certificate if signature else None
    if certificate is None:
        return None
    return {
        "subject": certificate.subject,
        "fingerprint": certificate.fingerprint,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
    }


def _to_certificate(document: dict[str, str] | None) -> SignerCertificate | None:
    if document is None:
        return None
    return SignerCertificate(
        subject=document["subject"],
        fingerprint=document["fingerprint"],
        not_before=datetime.fromisoformat(document["not_before"]),
        not_after=datetime.fromisoformat(document["not_after"]),
    )


def _to_trusted_actor(row: Record) -> TrustedActor | None:
    if row["trusted_publisher_id"] is None:
        return None
    return TrustedActor(row["trusted_publisher_id"], row["issuer"], row["subject"], row["claims"])


def _to_record(row: Record, endpoints: list[EndpointRecord]) -> VersionRecord:
    return VersionRecord(
        serial=row["serial"],
        version_id=str(row["id"]),
        extension_id=str(row["extension_id"]),
        publisher=row["publisher"],
        name=row["name"],
        version=row["version"],
        content_hash=ContentHash(row["content_hash"]),
        size_bytes=row["size_bytes"],
        published_at=row["published_at"],
        status=to_status(row["status"]),
        signer=row["signer"],
        endpoints=endpoints,
        capabilities=row["capabilities"],
        ui_entry=row["ui_entry"],
        has_handler=row["has_handler"],
        events=[EventSubscriptionRecord.model_validate(event) for event in row["events"] or ()],
        client_portal_label=row["client_portal_label"],
    )
