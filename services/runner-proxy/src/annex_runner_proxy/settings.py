"""Every setting of runner-proxy, read once at start."""

import os
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from annex_runner_proxy.domain.addresses import parse_networks
from annex_runner_proxy.domain.egress import EgressPolicy, parse_denied_hosts
from annex_shared.log_verify_settings import LogVerifySettings
from annex_shared.migration_settings import MigrationPhaseSettings
from annex_shared.settings import setting
from annex_shared.vault_settings import VaultSettings
from annex_shared.web_hosts import InvalidHost, normalise_host

_GIBIBYTE = 1 << 30
_MEBIBYTE = 1 << 20
_LEAST_WORKER_BYTES = 5 * _GIBIBYTE
# The predecessor's examples (local-runner-key, changeme, secret) are all shorter.
_LEAST_TOKEN_CHARACTERS = 20
_MOST_REQUEST_BYTES = 7 * _MEBIBYTE
# Workers cut at twice that, so a longer line would be cut without a mark.
_MOST_LINE_BYTES = 8_192
_MOST_REDIRECTS = 5
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
    worker_max_resident_bytes: int = setting(
        256 * _MEBIBYTE, doc="Private memory a worker may keep between two calls; above it, it is replaced."
    )
    engine_allocator: Literal["on-demand", "pooling"] = setting(
        "on-demand", doc="How workers get the memory of instances; `make bench-allocator` compares the two."
    )
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
    default_cpu_ms: int = setting(5_000, doc="Processor time of a call that names none.")
    max_cpu_ms: int = setting(10_000, doc="Most processor time a call may name.")
    default_memory_mb: int = setting(256, doc="Memory of a call that names none, all memories together.")
    max_memory_mb: int = setting(512, doc="Most memory a call may name.")
    max_request_bytes: int = setting(4 * _MEBIBYTE, doc="Largest request body a guest is given.")
    max_response_bytes: int = setting(2 * _MEBIBYTE, doc="Largest answer a guest may give.")
    max_log_bytes: int = setting(256 * 1024, doc="Log text one call may write.")
    max_host_calls: int = setting(5_000, doc="Host calls one call may make.")
    max_table_elements: int = setting(1_000_000, doc="Elements of all tables of one call together.")
    max_fuel: int = setting(100_000_000_000, doc="Most fuel a call may name; without one none is counted.")
    max_subrequests: int = setting(50, doc="Outgoing requests one call may make, redirects included.")
    max_subrequests_at_once: int = setting(6, doc="Outgoing requests of one call at the same time.")
    max_subrequest_bytes: int = setting(
        10 * _MEBIBYTE, doc="Decoded body of one answer to an outgoing request."
    )
    max_egress_bytes: int = setting(
        20 * _MEBIBYTE, doc="Bytes sent and received by all outgoing requests of one call together."
    )
    limit_overrides_file: Path | None = setting(
        None, doc="JSON file with limits and reuse of single installs, extensions, tenants; docs/limits.md."
    )

    storage_timeout_seconds: float = setting(
        3.0, doc="How long one storage call of an extension may take, within the call's own time."
    )
    storage_writes_per_minute: float = setting(60.0, doc="Storage writes of one install in the long run.")
    storage_writes_burst: int = setting(
        180, doc="Storage writes of one install at once, for each replica; 0 is no limit."
    )
    storage_reads_per_minute: float = setting(200.0, doc="Storage reads of one install in the long run.")
    storage_reads_burst: int = setting(
        400, doc="Storage reads of one install at once, for each replica; 0 is no limit."
    )
    storage_sweep_interval_seconds: float = setting(60.0, doc="How often expired records are removed.")
    storage_purge_interval_seconds: float = setting(
        600.0, doc="How often records of installs that are gone are looked for."
    )
    storage_grace_days: float = setting(
        30.0, doc="How long the records of an uninstalled extension are kept before they are removed."
    )

    redis_url: SecretStr | None = setting(
        None,
        doc="Redis or Valkey, for the lines of live debug. Without it each process keeps the last lines of "
        "its own executions only.",
        legacy=("RUNNER_DEBUG_REDIS_URL", "DEBUG_STREAM_REDIS_URL"),
    )
    debug_stream_prefix: str = setting(
        "ext-debug:",
        doc="What the names of debug streams begin with; the gateway's must be the same.",
        legacy=("RUNNER_DEBUG_REDIS_STREAM_PREFIX",),
    )
    debug_stream_max_lines: int = setting(
        2_000,
        doc="About how many lines a debug stream keeps.",
        legacy=("RUNNER_DEBUG_REDIS_MAXLEN",),
    )
    debug_stream_kept_seconds: int = setting(
        86_400, doc="How long a debug stream is kept after its last line."
    )
    debug_line_max_bytes: int = setting(
        8_192,
        doc="Length at which a debug line is cut, at most 8192.",
        legacy=("RUNNER_DEBUG_MAX_EVENT_BYTES",),
    )
    debug_ring_max_bytes: int = setting(
        16 * _MEBIBYTE, doc="Memory for the last lines of all extensions, served while Redis is away."
    )

    egress_deny_hosts: str = setting(
        "",
        doc="Hosts no extension may call whatever its tenant allows, separated by commas: `a.example`, "
        "`*.corp.example`.",
    )
    egress_deny_cidrs: str = setting(
        "",
        doc="Networks no extension may call, separated by commas, such as public addresses of the platform "
        "itself. What is not public is refused without being named.",
    )
    allow_private_egress_hosts: str = setting(
        "",
        doc="Exact host names, separated by commas, that may lie in private networks or on this machine. "
        "A manifest and a tenant have to allow them as well; link-local addresses stay closed.",
    )
    egress_ca_file: Path | None = setting(
        None, doc="PEM file of authorities trusted for what extensions call, beside the system's own."
    )
    egress_timeout_ms: int = setting(10_000, doc="Time of one request of an extension to another server.")
    ui_proxy_base_url: str | None = setting(
        None,
        doc="Base URL of what ui-proxy calls reach; without it no route is found.",
    )
    ui_proxy_timeout_ms: int = setting(5_000, doc="Time of one ui-proxy call.")
    ui_proxy_auth_key: SecretStr | None = setting(None, doc="Bearer token sent with ui-proxy calls.")
    host_application_url: str | None = setting(
        None,
        doc="Base URL of the host application behind invoicing, clients and services; denied without it.",
        legacy=("STORAGE_API_BASE_URL",),
    )
    host_application_token: SecretStr | None = setting(
        None,
        doc="Token the host application knows us by, sent as x-runner-auth.",
        legacy=("RUNNER_STORAGE_API_TOKEN",),
    )
    host_application_timeout_ms: int = setting(5_000, doc="Time of one call of the host application.")
    egress_max_redirects: int = setting(
        0, doc="Redirects followed for an extension, 5 at most; 0 hands them to the extension."
    )

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
        "default_cpu_ms",
        "max_cpu_ms",
        "default_memory_mb",
        "max_memory_mb",
        "max_table_elements",
        "max_fuel",
        "max_subrequests_at_once",
        "max_subrequest_bytes",
        "max_egress_bytes",
        "worker_max_resident_bytes",
        "max_request_bytes",
        "max_response_bytes",
        "storage_timeout_seconds",
        "storage_sweep_interval_seconds",
        "storage_purge_interval_seconds",
        "debug_stream_max_lines",
        "debug_stream_kept_seconds",
        "debug_line_max_bytes",
        "debug_ring_max_bytes",
        "repair_interval_seconds",
        "egress_timeout_ms",
        "ui_proxy_timeout_ms",
        "host_application_timeout_ms",
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

    @field_validator(
        "storage_writes_per_minute",
        "storage_writes_burst",
        "storage_reads_per_minute",
        "storage_reads_burst",
        "storage_grace_days",
    )
    @classmethod
    def _is_not_negative(cls, value: float) -> float:
        if value < 0:
            raise ValueError("must not be less than 0")
        return value

    @field_validator("debug_line_max_bytes")
    @classmethod
    def _is_seen_to_be_cut(cls, value: int) -> int:
        if value > _MOST_LINE_BYTES:
            raise ValueError(f"must be at most {_MOST_LINE_BYTES}")
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
    def _egress_is_readable(self) -> Self:
        try:
            self.egress_policy()
        except InvalidHost as error:
            raise ValueError(f"EGRESS_DENY_HOSTS or ALLOW_PRIVATE_EGRESS_HOSTS: {error.message}") from None
        except ValueError as error:
            raise ValueError(f"EGRESS_DENY_CIDRS: {error}") from None
        return self

    @field_validator("egress_max_redirects")
    @classmethod
    def _is_few(cls, value: int) -> int:
        if not 0 <= value <= _MOST_REDIRECTS:
            raise ValueError(f"must be 0 to {_MOST_REDIRECTS}")
        return value

    @model_validator(mode="after")
    def _workers_hold_their_guests(self) -> Self:
        if self.worker_data_bytes < _LEAST_WORKER_BYTES:
            raise ValueError(
                f"WORKER_DATA_BYTES must be at least {_LEAST_WORKER_BYTES}: a guest may ask for 4 GiB of "
                "addresses before it is measured"
            )
        return self

    def egress_policy(self) -> EgressPolicy:
        """Read what the platform says to every install. Raises InvalidHost, ValueError."""
        return EgressPolicy(
            parse_denied_hosts(_split(self.egress_deny_hosts)),
            parse_networks(_split(self.egress_deny_cidrs)),
            frozenset(normalise_host(host) for host in _split(self.allow_private_egress_hosts)),
        )

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


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


class MigrationSettings(MigrationPhaseSettings):
    """What `migrate` needs."""

    service: ClassVar[str] = "runner-proxy"

    database_role: str = setting("runner_proxy_app", doc="The role runner-proxy connects as.")
    database_owner_role: str = setting("runner_proxy_owner", doc="The role that owns runner-proxy's tables.")
