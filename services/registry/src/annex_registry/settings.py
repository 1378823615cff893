"""The registry's settings; read once in ``__main__`` and passed down."""

from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr, field_validator

from annex_shared.migration_settings import MigrationPhaseSettings
from annex_shared.settings import InvalidSettings, ServiceSettings, setting
from annex_shared.vault_settings import VaultSettings

# Longer than what the predecessor refused in production, such as changeme and local-runner-key.
_RUNNER_KEY_LENGTH = 20


class MigrationSettings(MigrationPhaseSettings):
    """What `migrate` needs and `serve` must not have."""

    service: ClassVar[str] = "registry"

    log_format: Literal["json", "console"] = setting("json", doc="How log lines are written.")


class ImportSettings(ServiceSettings):
    """What `import` needs beside the settings of `serve`."""

    service: ClassVar[str] = "registry"

    import_database_url: SecretStr = setting(
        doc="PostgreSQL of the predecessor; only `import` uses it, and only reads."
    )
    import_store_url: str = setting(
        doc="Object store of the predecessor: file:///absolute/path or s3://bucket?endpoint=https://host&region=name."
    )
    import_store_access_key: str | None = setting(
        None, doc="S3 access key of the predecessor's object store."
    )
    import_store_secret_key: SecretStr | None = setting(
        None, doc="S3 secret key of the predecessor's object store."
    )


class ResealSettings(VaultSettings):
    """What opens and seals secrets, as `reseal` and `serve` need it."""

    service: ClassVar[str] = "registry"

    database_url: SecretStr = setting(doc="PostgreSQL, as the role registry_app, which owns nothing.")
    log_format: Literal["json", "console"] = setting("json", doc="How log lines are written.")
    secrets_key_file: Path | None = setting(None, doc="Keyring that seals the secrets of installs.")


class RegistrySettings(ResealSettings):
    host: str = setting("0.0.0.0", doc="Address to listen on.")  # noqa: S104 - a container listens everywhere
    port: int = setting(8081, doc="Port to listen on; 0 picks a free one.")
    database_pool_size: int = Field(default=10, ge=1, le=200, description="Most database connections.")
    service_keys_file: Path = setting(doc="JSON of service names and their public keys (PEM).")
    bus_url: SecretStr | None = setting(None, doc="amqp:// address of RabbitMQ; embedded mode passes a bus.")
    bundle_store_url: str | None = setting(
        None, doc="file:///absolute/path or s3://bucket?endpoint=https://host&region=name."
    )
    bundle_store_bucket: str | None = setting(
        None,
        doc="Bucket, where BUNDLE_STORE_URL is not set.",
        legacy=("STORAGE_S3_BUNDLE_BUCKET", "STORAGE_S3_BUCKET"),
    )
    bundle_store_endpoint: str | None = setting(
        None, doc="S3 endpoint, where BUNDLE_STORE_URL is not set.", legacy=("STORAGE_S3_ENDPOINT",)
    )
    bundle_store_region: str = setting(
        "us-east-1", doc="S3 region, where BUNDLE_STORE_URL is not set.", legacy=("STORAGE_S3_REGION",)
    )
    bundle_store_access_key: str | None = setting(
        None, doc="S3 access key.", legacy=("STORAGE_S3_ACCESS_KEY",)
    )
    bundle_store_secret_key: SecretStr | None = setting(
        None, doc="S3 secret key.", legacy=("STORAGE_S3_SECRET_KEY",)
    )
    bundle_object_lock: Literal["off", "auto", "governance", "compliance"] = setting(
        "auto",
        doc="Lock that blobs and fence are written with: off, auto (governance where the bucket has object "
        "lock), governance or compliance (refuse a bucket without).",
    )
    bundle_retention_days: int = Field(
        default=3650, ge=1, le=36500, description="How long an object lock keeps what is written with it."
    )
    secret_max_age_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Age in days from which a secret of an install is overdue; unset: never, unless the "
        "extension or the tenant says so.",
    )
    overdue_secrets: Literal["warn", "refuse"] = setting(
        "warn", doc="Whether overdue secrets are only shown as such, or no longer handed to extensions."
    )
    signature_policy: Literal["required", "required-unless-trusted", "optional"] = setting(
        "required",
        doc="Whether a bundle without a signature is published: never, if trusted publishers do, or always.",
    )
    signing_trust_bundle: Path | None = setting(
        None,
        doc="PEM file of keys trusted for every publisher, and of authorities (CA certificates, RSA or EC) "
        "whose certificates sign for the publishers they name.",
    )
    trusted_publishing_issuers: str = setting(
        "",
        doc="Issuers whose OIDC tokens may publish, with commas between: https:// addresses as in `iss`.",
    )
    trusted_publishing_audience: str = setting(
        "annex", doc="Audience an id token must be made for; name the deployment, so that it fits no other."
    )
    trusted_publishing_key_hosts: str = setting(
        "", doc="Further hosts that issuers may keep their keys on, separated by commas."
    )
    trusted_publishing_token_seconds: int = Field(
        default=900, ge=60, le=900, description="How long a publish token is good for."
    )
    publisher_auto_create: bool = setting(
        default=False, doc="Whether a platform administrator's first publish creates the publisher."
    )
    max_bundle_bytes: int = Field(
        default=200 * 1024 * 1024, ge=1, description="Largest archive accepted, in bytes."
    )
    max_one_shot_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1,
        description="Largest archive published in one request, in bytes; larger ones are uploaded in chunks.",
    )
    upload_expiry_hours: int = Field(default=24, ge=1, description="How long an upload waits for finalize.")
    publish_burst: int = Field(
        default=30, ge=0, description="Publish attempts a principal may make at once; 0 is no limit."
    )
    publish_per_minute: float = Field(
        default=1, gt=0, description="Publish attempts a principal regains per minute."
    )
    new_extension_burst: int = Field(
        default=5, ge=0, description="Extensions a principal may create at once; 0 is no limit."
    )
    new_extensions_per_hour: float = Field(
        default=6, gt=0, description="New extensions a principal regains per hour."
    )
    sweep_interval_seconds: float = Field(
        default=60, gt=0, description="How often stale uploads are looked for."
    )
    orphan_sweep_interval_seconds: float = Field(
        default=3600, gt=0, description="How often the store is searched for bytes that nothing refers to."
    )
    relay_poll_seconds: float = Field(
        default=1, gt=0, description="How often the outbox is read without a wake-up."
    )
    feed_max_waiters: int = Field(
        default=200, ge=1, description="Most requests that wait for the next event of a feed at once."
    )
    feed_max_waiters_per_caller: int = Field(
        default=20, ge=1, description="Most of them for one tenant, or for one service."
    )
    log_key_file: Path | None = setting(
        None,
        doc="Private note key that signs the transparency log; without it nothing is signed.",
    )
    log_origin: str | None = setting(
        None, doc="Name of the transparency log; must be the one in its key. Unset: the key's."
    )
    log_proof_wait_seconds: float = Field(
        default=5, ge=0, le=60, description="How long a publish waits for the signature over its leaf."
    )
    log_policy_file: Path | None = setting(
        None,
        doc="Transparency log policy (c2sp.org/tlog-policy): the witnesses that are asked to cosign, at "
        "their URLs, and the quorum a checkpoint needs before it is shown. Unset: no witnesses.",
    )
    log_witness_timeout_seconds: float = Field(
        default=5, gt=0, le=60, description="How long one request to a witness may take."
    )
    log_witness_max_rest_seconds: float = Field(
        default=30, gt=0, description="Longest pause before a witness that failed is asked again."
    )
    log_witness_refresh_seconds: float = Field(
        default=3600, gt=0, description="How often an unchanged checkpoint is cosigned anew."
    )
    app_domain_root: str | None = setting(
        None,
        doc="Domain below which installs get host names of their own, such as apps.example.com; unset: only "
        "names that a platform administrator gives.",
        legacy=("EXT_DOMAIN_ROOT",),
    )
    runner_api_key: SecretStr | None = setting(
        None,
        doc="Key (20 characters or more) by which a runner of the predecessor asks `/api/installs/validate` "
        "and `/api/installs/lookup-by-host`, in `x-api-key`; unset: they need a service token.",
        legacy=("ALGA_AUTH_KEY",),
    )
    extensions_enabled: bool = setting(default=True, doc="Switch of the whole feature.")

    @field_validator("runner_api_key")
    @classmethod
    def _require_long_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not (
            len(key.get_secret_value()) >= _RUNNER_KEY_LENGTH and key.get_secret_value().isascii()
        ):
            raise ValueError(f"must have {_RUNNER_KEY_LENGTH} ASCII characters or more")
        return key

    @field_validator("trusted_publishing_audience")
    @classmethod
    def _require_audience(cls, audience: str) -> str:
        if not audience.strip():
            raise ValueError("must not be empty")
        return audience.strip()

    def issuers(self) -> tuple[str, ...]:
        return _split(self.trusted_publishing_issuers)

    def key_hosts(self) -> tuple[str, ...]:
        return _split(self.trusted_publishing_key_hosts)

    def store_url(self) -> str:
        """Return the bundle store's address, also from the predecessor's settings. Raises InvalidSettings."""
        if self.bundle_store_url:
            return self.bundle_store_url
        if self.bundle_store_bucket is None:
            raise InvalidSettings("BUNDLE_STORE_URL is missing: set file:///… or s3://bucket?endpoint=….")
        query = {"region": self.bundle_store_region}
        if self.bundle_store_endpoint:
            query["endpoint"] = self.bundle_store_endpoint
        return f"s3://{self.bundle_store_bucket}?{urlencode(query)}"


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
