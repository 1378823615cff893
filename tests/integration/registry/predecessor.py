"""An Alga v2 database and object store as they were left, with the tables of the contract."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import asyncpg
import boto3
from botocore.config import Config

from annex_registry.app import import_predecessor
from annex_registry.domain.carried_install import GrantPolicy
from annex_registry.domain.importation import ImportRow
from annex_registry.settings import ImportSettings
from annex_shared.content_hash import ContentHash
from integration.registry.world import World, bundle, manifest
from support.stack.addresses import S3Bucket

SCHEMA = """
CREATE TABLE extension_registry(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), publisher text, name text, display_name text,
  description text, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
  UNIQUE (publisher, name));
CREATE TABLE extension_version(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  registry_id uuid NOT NULL REFERENCES extension_registry ON DELETE CASCADE,
  version text NOT NULL, runtime text, main_entry text NOT NULL DEFAULT 'dist/main.wasm',
  api jsonb DEFAULT '{}', ui jsonb, capabilities jsonb DEFAULT '[]', api_endpoints jsonb DEFAULT '[]',
  created_at timestamptz DEFAULT now(), UNIQUE (registry_id, version));
CREATE TABLE extension_bundle(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  version_id uuid NOT NULL REFERENCES extension_version ON DELETE CASCADE,
  content_hash text NOT NULL, signature text, precompiled jsonb, storage_url text, size_bytes bigint,
  created_at timestamptz DEFAULT now(), UNIQUE (version_id, content_hash));
CREATE TABLE tenant_extension_install(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id text NOT NULL,
  registry_id uuid NOT NULL REFERENCES extension_registry,
  version_id uuid NOT NULL REFERENCES extension_version,
  granted_caps jsonb DEFAULT '[]', config jsonb DEFAULT '{}', is_enabled boolean DEFAULT true,
  status text CHECK (status IN ('enabled', 'disabled', 'pending')), runner_domain text UNIQUE,
  runner_status jsonb DEFAULT '{"state":"pending"}', runner_ref jsonb,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
  UNIQUE (tenant_id, registry_id));
CREATE TABLE tenant_extension_install_config(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  install_id uuid NOT NULL UNIQUE REFERENCES tenant_extension_install ON DELETE CASCADE,
  tenant_id text NOT NULL, config jsonb, providers jsonb, version text DEFAULT gen_random_uuid()::text,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE tenant_extension_install_secrets(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  install_id uuid NOT NULL UNIQUE REFERENCES tenant_extension_install ON DELETE CASCADE,
  tenant_id text NOT NULL, ciphertext text NOT NULL, algorithm text DEFAULT 'inline/base64',
  transit_key text, transit_mount text, version text, expires_at timestamptz,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
"""
BEGINNING = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
PUBLISHING_TENANT = "5f1c2f6e-3a63-4d0e-9a58-0c3a4b1f0001"


@dataclass(slots=True)
class Rows:
    """Takes the rows of a report."""

    rows: list[ImportRow] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def add(self, row: ImportRow) -> None:
        self.rows.append(row)

    def progress(self, done: int, total: int, subject: str) -> None:
        self.seen.append(f"{done}/{total} {subject}")

    def of(self, subject: str) -> ImportRow:
        (row,) = [row for row in self.rows if row.subject == subject]
        return row

    def said(self) -> dict[str, tuple[str, str | None]]:
        return {row.subject: (row.outcome.value, row.code) for row in self.rows}


@dataclass(slots=True)
class OldPlatform:
    """The predecessor's side; rows get a later date each, so their order is that in which they are made."""

    url: str
    folder: Path
    bucket: S3Bucket | None = None
    moment: datetime = BEGINNING

    def later(self) -> datetime:
        self.moment += timedelta(hours=1)
        return self.moment

    async def insert(self, table: str, **columns: Any) -> UUID:
        connection = await asyncpg.connect(self.url)
        try:
            values = [
                json.dumps(value) if isinstance(value, dict | list) else value for value in columns.values()
            ]
            places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
            id_: UUID = await connection.fetchval(
                f"INSERT INTO {table}({', '.join(columns)}) VALUES ({places}) RETURNING id",  # noqa: S608
                *values,
            )
        finally:
            await connection.close()
        return id_

    async def execute(self, statement: str, *values: Any) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def extension(self, publisher: str = "acme", name: str = "invoice-notes") -> UUID:
        return await self.insert(
            "extension_registry", publisher=publisher, name=name, created_at=self.later()
        )

    async def version(self, extension: UUID, number: str = "1.4.0", **columns: Any) -> UUID:
        return await self.insert(
            "extension_version",
            registry_id=extension,
            version=number,
            **{
                "runtime": "wasm-js@1",
                "capabilities": ["cap:http.fetch", "cap:storage.kv"],
                "created_at": self.later(),
                **columns,
            },
        )

    async def bundle(
        self,
        extension: UUID,
        version: UUID,
        content: bytes,
        *,
        stored: bytes | None = b"same",
        **columns: Any,
    ) -> ContentHash:
        """Record a bundle and store it, or other bytes, or with ``stored=None`` nothing."""
        content_hash = ContentHash.of(content)
        key = f"tenants/{PUBLISHING_TENANT}/extensions/{extension}/sha256/{content_hash.hex}/bundle.tar.zst"
        await self.insert(
            "extension_bundle",
            version_id=version,
            **{
                "content_hash": str(content_hash),
                "storage_url": key,
                "size_bytes": len(content),
                "created_at": self.later(),
                **columns,
            },
        )
        if stored is not None:
            self.store(key, content if stored == b"same" else stored)
        return content_hash

    def store(self, key: str, content: bytes) -> None:
        if self.bucket is not None:
            with client_of(self.bucket) as client:
                client.put_object(Bucket=self.bucket.name, Key=key, Body=content)
            return
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    async def published(
        self,
        extension: UUID,
        number: str = "1.4.0",
        *,
        fields: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> UUID:
        """Publish one version with one bundle, as it went when nothing went wrong."""
        version = await self.version(extension, number)
        packed = bundle(manifest(**{"version": number, **(fields or {})})) if content is None else content
        await self.bundle(extension, version, packed)
        return version

    async def install(
        self,
        extension: UUID,
        version: UUID,
        tenant: str,
        *,
        settings: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> UUID:
        install = await self.insert(
            "tenant_extension_install",
            registry_id=extension,
            version_id=version,
            tenant_id=tenant,
            **{"status": "enabled", "created_at": self.later(), **columns},
        )
        if settings is not None:
            await self.insert(
                "tenant_extension_install_config", install_id=install, tenant_id=tenant, **settings
            )
        return install

    async def secrets(self, install: UUID, tenant: str, values: Any, **columns: Any) -> None:
        text = base64.b64encode(json.dumps(values).encode()).decode()
        await self.insert(
            "tenant_extension_install_secrets",
            install_id=install,
            tenant_id=tenant,
            **{"ciphertext": text, **columns},
        )

    def settings(self) -> ImportSettings:
        if self.bucket is None:
            store: dict[str, str] = {"import_store_url": self.folder.as_uri()}
        else:
            query = urlencode({"endpoint": self.bucket.endpoint_url, "region": self.bucket.region})
            store = {
                "import_store_url": f"s3://{self.bucket.name}?{query}",
                "import_store_access_key": self.bucket.access_key,
                "import_store_secret_key": self.bucket.secret_key,
            }
        return ImportSettings.model_validate({"import_database_url": self.url, **store})

    async def imported(
        self,
        world: World,
        *,
        is_rehearsal: bool = False,
        grants: GrantPolicy = GrantPolicy.EFFECTIVE,
        **changes: Any,
    ) -> Rows:
        """Import into the world's registry, whether it runs or not."""
        rows = Rows()
        await import_predecessor(
            world.settings(**changes), self.settings(), rows, grants=grants, is_rehearsal=is_rehearsal
        )
        return rows


@contextmanager
def client_of(bucket: S3Bucket) -> Iterator[Any]:
    client = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint_url,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=bucket.secret_key,
        region_name=bucket.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    try:
        yield client
    finally:
        client.close()


def a_tenant() -> str:
    return str(uuid4())
