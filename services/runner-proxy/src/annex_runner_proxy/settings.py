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
# The predecessor's examples (local-runner-key, changeme, secret) are all shorter.
_LEAST_TOKEN_CHARACTERS = 20
_MOST_REQUEST_BYTES = 7 * _MEBIBYTE


class RunnerProxySettings(VaultSettings, LogVerifySettings):
    """Everything runner-proxy can be told."""

    service: ClassVar[str] = "runner-proxy"

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

    execute_compat: Literal["alga"] | None = setting(
        None,
        doc="alga: answer every call of /v1/execute as the predecessor does, 200 with an error text; "
        "a request decides for itself with X-Execute-Compat.",
    )
    runner_service_token: SecretStr | None = setting(
        None,
        doc="Shared token of a predecessor's gateway (x-runner-service-token), taken in compatibility mode "
        "only; at least 20 characters.",
    )
    runner_mode: Literal["local", "remote"] = setting(
        "local",
        doc="Where extensions run: in workers of this process, or at the runner of REMOTE_RUNNER_URL.",
    )
    remote_runner_url: str | None = setting(
        None, doc="Base URL of the runner that takes the executions of RUNNER_MODE=remote, without a path."
    )
    remote_runner_dialect: Literal["annex", "alga"] = setting(
        "annex",
        doc="annex: another runner-proxy, called with our service token. alga: a predecessor's runner.",
    )
    remote_runner_token: SecretStr | None = setting(
        None, doc="x-runner-service-token for a remote runner of dialect alga."
    )

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

    @field_validator("runner_service_token")
    @classmethod
    def _is_no_example(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _LEAST_TOKEN_CHARACTERS:
            raise ValueError(f"must have at least {_LEAST_TOKEN_CHARACTERS} characters")
        return value

    @model_validator(mode="after")
    def _remote_runner_is_named(self) -> Self:
        if self.runner_mode == "remote" and self.remote_runner_url is None:
            raise ValueError("RUNNER_MODE=remote needs REMOTE_RUNNER_URL")
        return self

    @model_validator(mode="after")
    def _workers_hold_their_guests(self) -> Self:
        if self.worker_data_bytes < _LEAST_WORKER_BYTES:
            raise ValueError(
                f"WORKER_DATA_BYTES must be at least {_LEAST_WORKER_BYTES}: a guest may ask for 4 GiB of "
                "addresses before it is measured"
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
