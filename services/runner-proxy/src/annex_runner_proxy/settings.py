"""Every setting of runner-proxy, read once at start."""

import os
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from annex_shared.log_verify_settings import LogVerifySettings
from annex_shared.settings import ServiceSettings, setting
from annex_shared.vault_settings import VaultSettings

_GIBIBYTE = 1 << 30
_MEBIBYTE = 1 << 20
_LEAST_WORKER_BYTES = 5 * _GIBIBYTE
_MOST_REQUEST_BYTES = 7 * _MEBIBYTE
_LEASE_ROOM_SECONDS = 20


class RunnerProxySettings(VaultSettings, LogVerifySettings):
    """Everything runner-proxy can be told."""

    service: ClassVar[str] = "runner-proxy"

    gateway_url: str | None = setting(
        None,
        doc="Base URL of the gateway, through which schedules run and events are delivered. Without it, or "
        "without DATABASE_URL, they are kept and wait.",
    )
    dispatch_poll_seconds: float = setting(
        1.0, doc="How often due schedules and waiting deliveries are looked for."
    )
    dispatch_at_once: int = setting(4, doc="Schedule runs and deliveries one process sends at the same time.")
    dispatch_timeout_ms: int = setting(30_000, doc="Time of one attempt of a run or a delivery.")
    dispatch_lease_seconds: float = setting(
        90.0, doc="After this long without an end an attempt counts as lost and another process tries again."
    )
    dispatch_first_wait_seconds: float = setting(
        15.0, doc="Wait before the second attempt; it grows fourfold with each one, up to an hour."
    )
    schedule_attempts: int = setting(3, doc="Attempts of one run of a schedule.")
    schedule_pause_after: int = setting(10, doc="Failed runs in a row after which a schedule is paused.")
    delivery_attempts: int = setting(8, doc="Attempts to deliver an event before it is given up.")
    dispatch_keep_days: float = setting(30.0, doc="How long runs and deliveries that ended are kept.")
    host: str = setting("0.0.0.0", doc="Address to listen on.")  # noqa: S104 - a container's own network
    port: int = setting(8082, doc="Port to listen on; 0 picks a free one.")
    registry_url: str = setting(
        doc="Base URL of the registry, without a path.", legacy=("REGISTRY_BASE_URL",)
    )
    bus_url: SecretStr | None = setting(
        None, doc="RabbitMQ, amqp://…; without it changes are noticed every REPAIR_INTERVAL_SECONDS."
    )
    database_url: SecretStr | None = setting(
        None,
        doc="PostgreSQL, as a role that owns nothing. Without it nothing that is stored is offered: storage, "
        "schedules and events answer internal.",
    )
    service_key_file: Path = setting(doc="PEM file with this service's private Ed25519 key.")
    service_keys_file: Path = setting(doc="JSON file with the public keys of the other services.")
    secrets_key_file: Path | None = setting(
        None, doc="Keyring that opens secret envelopes; without it and Vault secrets.get answers internal."
    )
    log_format: Literal["json", "console"] = setting("json", doc="Form of log lines.")

    cache_root: Path = setting(
        Path("/var/cache/annex-runner-proxy"),
        doc="Folder of compiled modules; created 0700, must belong to us alone.",
        legacy=("EXT_CACHE_ROOT",),
    )
    cache_max_bytes: int = setting(
        4 * _GIBIBYTE,
        doc="Size the compiled modules are kept within; the least recently used go first.",
        legacy=("EXT_CACHE_MAX_BYTES",),
    )
    allow_weak_isolation: bool = setting(
        default=False, doc="Start although workers cannot be kept from the network. For development only."
    )

    workers: int | None = setting(
        None, doc="Calls that run at once, each in its own process; one for each processor when not set."
    )
    spare_workers: int = setting(1, doc="Started workers beyond that, which replace spent ones at once.")
    worker_max_calls: int = setting(1_000, doc="Calls after which a worker is replaced.")
    worker_max_age_seconds: float = setting(600.0, doc="Age at which a worker is replaced.")
    worker_data_bytes: int = setting(
        6 * _GIBIBYTE, doc="Private memory a worker process may map; above the guest's 4 GiB of addresses."
    )
    queue_max_waiting: int = setting(64, doc="Calls that may wait for a worker; more are refused.")
    queue_max_wait_seconds: float = setting(2.0, doc="How long a call waits for a worker.")

    compile_at_once: int = setting(1, doc="Handlers compiled at the same time.")
    compile_timeout_seconds: float = setting(180.0, doc="Time one compilation may take.")
    warm_wait_seconds: float = setting(
        10.0, doc="How long a call waits for a version being made ready, within its own deadline."
    )
    prewarm: bool = setting(
        default=True, doc="Compile installed and newly published versions before they are called."
    )

    default_timeout_ms: int = setting(5_000, doc="Time of a call that names none.")
    max_timeout_ms: int = setting(30_000, doc="Longest time a call may name.")
    default_memory_mb: int = setting(256, doc="Memory of a call that names none, all memories together.")
    max_memory_mb: int = setting(512, doc="Most memory a call may name.")
    max_request_bytes: int = setting(4 * _MEBIBYTE, doc="Largest request body a guest is given.")
    max_response_bytes: int = setting(2 * _MEBIBYTE, doc="Largest answer a guest may give.")
    max_log_bytes: int = setting(256 * 1024, doc="Log text one call may write.")
    max_host_calls: int = setting(5_000, doc="Host calls one call may make.")

    repair_interval_seconds: float = setting(
        60.0, doc="How often the installs projection is read anew from the registry."
    )

    @field_validator(
        "workers",
        "worker_max_calls",
        "worker_max_age_seconds",
        "queue_max_wait_seconds",
        "compile_at_once",
        "compile_timeout_seconds",
        "default_timeout_ms",
        "max_timeout_ms",
        "default_memory_mb",
        "max_memory_mb",
        "max_request_bytes",
        "max_response_bytes",
        "repair_interval_seconds",
        "dispatch_poll_seconds",
        "dispatch_at_once",
        "dispatch_timeout_ms",
        "dispatch_first_wait_seconds",
        "schedule_attempts",
        "schedule_pause_after",
        "delivery_attempts",
        "dispatch_keep_days",
    )
    @classmethod
    def _is_positive(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("must be more than 0")
        return value

    @field_validator("max_request_bytes")
    @classmethod
    def _fits_a_worker(cls, value: int) -> int:
        if value > _MOST_REQUEST_BYTES:
            raise ValueError(
                f"must be at most {_MOST_REQUEST_BYTES}: a body takes some 70 times its size in a worker"
            )
        return value

    @model_validator(mode="after")
    def _workers_hold_their_guests(self) -> Self:
        if self.worker_data_bytes < _LEAST_WORKER_BYTES:
            raise ValueError(
                f"WORKER_DATA_BYTES must be at least {_LEAST_WORKER_BYTES}: a guest may ask for 4 GiB of "
                "addresses before it is measured"
            )
        return self

    @model_validator(mode="after")
    def _leases_outlive_attempts(self) -> Self:
        if self.dispatch_lease_seconds < self.dispatch_timeout_ms / 1000 + _LEASE_ROOM_SECONDS:
            raise ValueError(
                f"DISPATCH_LEASE_SECONDS must be {_LEASE_ROOM_SECONDS} above DISPATCH_TIMEOUT_MS: "
                "an attempt that is still going would be sent a second time"
            )
        return self

    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1


class MigrationSettings(ServiceSettings):
    """What `migrate` needs."""

    service: ClassVar[str] = "runner-proxy"

    log_format: Literal["json", "console"] = setting("json", doc="Form of log lines.")
    migration_database_url: SecretStr = setting(
        doc="PostgreSQL, as a role that may create schemas and roles."
    )
    database_role: str = setting("runner_proxy_app", doc="The role runner-proxy connects as.")
    database_owner_role: str = setting("runner_proxy_owner", doc="The role that owns runner-proxy's tables.")
