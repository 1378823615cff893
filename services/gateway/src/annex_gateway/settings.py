"""The gateway's settings."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from annex_gateway.domain.debug_gate import DebugGate
from annex_gateway.domain.origins import parse_origins
from annex_shared.errors import AnnexError
from annex_shared.migration_settings import MigrationPhaseSettings
from annex_shared.settings import ServiceSettings, setting

_MIB = 1024 * 1024
_MIN_PEPPER_LENGTH = 16
_MOST_TAIL_LINES = 2_000
_MIN_UI_TOKEN_SECONDS, _MAX_UI_TOKEN_SECONDS = 30, 300
_MIN_SESSION_SECONDS = 120
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GatewaySettings(ServiceSettings):
    """Everything `serve` needs."""

    service: ClassVar[str] = "gateway"

    host: str = setting("0.0.0.0", doc="Address to listen on.")  # noqa: S104 - a container's own network
    port: int = setting(8080, doc="Port to listen on; 0 picks a free one.")
    log_format: Literal["json", "console"] = setting("json", doc="How log lines look.")
    database_url: SecretStr = setting(doc="PostgreSQL, as a role that owns nothing.")
    redis_url: SecretStr = setting(doc="Redis or Valkey, where calls are counted.")
    bus_url: SecretStr | None = setting(
        None, doc="RabbitMQ (amqp://…). Without it changes are seen at the next repair."
    )
    registry_url: str = setting(doc="Base URL of the registry.", legacy=("REGISTRY_BASE_URL",))
    runner_proxy_url: str = setting(doc="Base URL of the runner-proxy.", legacy=("RUNNER_BASE_URL",))
    runner_http: Literal["direct", "stock"] = setting(
        "stock",
        doc="How executions are sent to the runner-proxy: `stock` by the HTTP client that asks everything "
        "else, and always behind https; `direct` on connections of our own, with less processor time.",
    )
    service_key_file: Path = setting(doc="The gateway's private Ed25519 key in PEM; signs service tokens.")
    service_keys_file: Path | None = setting(
        None,
        doc="JSON file with the public keys of the other services. Without it the internal routes refuse "
        "all, and no schedule runs and no event is delivered.",
    )
    api_key_pepper: SecretStr = setting(
        doc="Secret that API keys are hashed with, at least 16 characters. Changing it invalidates every key."
    )
    api_key_cache_seconds: float = setting(
        5.0, doc="How long a checked API key is remembered; a revoked key works for at most this long."
    )
    token_issuers_file: Path | None = setting(
        None,
        doc="JSON file of the issuers whose tokens (JWT) are taken (docs/identity.md). Without it only API "
        "keys and sessions are.",
    )
    token_keys_stale_seconds: float = setting(
        86_400.0, doc="How long the last keys of a token issuer count while it does not answer."
    )
    token_principals_per_tenant: int = setting(
        10_000, doc="Principals that tokens may bring into one tenant."
    )
    session_idle_seconds: int = setting(3_600, doc="A session that is not used for so long is over.")
    session_max_seconds: int = setting(43_200, doc="A session is over after so long, used or not.")
    sign_in_link_seconds: int = setting(600, doc="How long a sign-in link waits to be used.")
    ui_token_seconds: int = setting(
        300, doc="How long a token that an extension's page holds is good, from 30 to 300."
    )
    session_cookie_secure: bool = setting(
        default=True,
        doc="Whether the session's cookie is for https only. False is for http on a loopback address, and "
        "refused elsewhere.",
    )
    repair_interval_seconds: float = setting(
        30.0, doc="How often installs and versions are compared with the registry."
    )
    projection_max_age_seconds: float = setting(
        86_400.0,
        doc="How long calls are answered from the last known installs and versions while the registry is "
        "away; then they are refused with PROJECTION_STALE.",
    )
    gateway_timeout_ms: int = setting(
        30_000,
        doc="Time limit of one call; callers narrow it by x-deadline-ms.",
        legacy=("EXT_GATEWAY_TIMEOUT_MS",),
    )
    request_body_max_bytes: int = setting(10 * _MIB, doc="Largest body of a call to an extension.")
    response_body_max_bytes: int = setting(10 * _MIB, doc="Largest body of an extension's answer.")
    rate_limit_per_second: float = setting(
        2_000.0,
        doc="Steady calls per second of each tenant, and in it of each install, extension and user.",
    )
    rate_limit_burst: int = setting(10_000, doc="Calls that may come at once on top of the steady rate.")
    replicas: int = setting(
        1,
        doc="How many gateways share REDIS_URL, at most. Each takes that part of what is left ahead, and "
        "lets that part of the rates through while Redis is away.",
    )
    rate_limit_without_redis: Literal["count_alone", "refuse"] = setting(
        "count_alone",
        doc="While Redis is away each gateway counts its part alone, or refuses calls with "
        "RATE_LIMIT_UNAVAILABLE.",
    )
    rate_limit_older_headers: bool = setting(
        default=False, doc="Also send X-RateLimit-Limit, -Remaining and -Reset."
    )
    runner_concurrency_max: int = setting(
        500,
        doc="Most runs at the runner at once; how many it really is adapts to what the runner can do.",
    )
    runner_queue_max: int = setting(1_000, doc="Most runs that wait for a place at the runner.")
    runner_attempts_max: int = setting(
        3, doc="Most attempts at one run, where a repeat repeats nothing; 1 never repeats."
    )
    idempotency_keep_seconds: float = setting(
        86_400.0, doc="How long the answer of a request with an Idempotency-Key is kept for repeats."
    )
    idempotency_answer_max_bytes: int = setting(
        256 * 1024, doc="Largest answer that is kept; a repeat of a larger one is told that it was done."
    )
    debug_redis_url: SecretStr | None = setting(
        None,
        doc="Redis or Valkey that runner-proxy writes live debug to, where that is not REDIS_URL.",
        legacy=("DEBUG_STREAM_REDIS_URL",),
    )
    debug_stream_prefix: str = setting(
        "ext-debug:", doc="What the names of debug streams begin with; runner-proxy's must be the same."
    )
    debug_tail_lines: int = setting(
        200,
        doc="Lines that live debug shows before new ones, at most 2000.",
        legacy=("EXT_DEBUG_SSE_TAIL_COUNT",),
    )
    debug_extensions: str = setting(
        "",
        doc="Extensions whose live lines may be watched without a grant of `cap:debug.logs`, "
        "comma-separated: `publisher.name`, `publisher.*`, or `*` for all.",
    )
    debug_session_seconds: float = setting(1_800.0, doc="Longest time of one live debug session.")
    debug_sessions_max: int = setting(100, doc="Live debug sessions at once in one process.")
    debug_sessions_per_tenant: int = setting(10, doc="Live debug sessions of one tenant at once.")
    execution_log_days: int = setting(
        30, doc="How many days records of executions are kept; older days are dropped whole."
    )
    execution_log_pending_max: int = setting(
        10_000, doc="Calls of one process whose records may be unwritten at once; more are refused."
    )
    quota_refresh_seconds: float = setting(
        5.0, doc="How often what other gateways count for quotas is read; see docs/executions.md."
    )
    controls_poll_seconds: float = setting(
        1.0, doc="How often changed controls are looked for, besides being told of them."
    )
    controls_max_age_seconds: float = setting(
        300.0,
        doc="How long controls read last hold while PostgreSQL is away; after that nothing is run.",
    )
    extensions_enabled: bool = setting(default=True, doc="Switch of the whole feature.")
    allowed_hosts: str = setting(
        "",
        doc="Host names this gateway answers for, comma-separated; also refuses foreign Origins. Empty: any.",
    )

    cors_allowed_origins: str = setting(
        "",
        doc="Origins whose pages may call `/api` across origins, comma-separated, like "
        "`https://app.example.com`. Cookies are never taken from them.",
        legacy=("EXT_PROXY_ALLOWED_ORIGINS",),
    )

    @field_validator("api_key_pepper")
    @classmethod
    def _require_length(cls, pepper: SecretStr) -> SecretStr:
        return require_pepper(pepper)

    @field_validator("cors_allowed_origins")
    @classmethod
    def _lists_origins(cls, text: str) -> str:
        try:
            parse_origins(text)
        except AnnexError as error:
            raise ValueError(error.message) from None
        return text

    @field_validator(
        "rate_limit_per_second",
        "rate_limit_burst",
        "replicas",
        "repair_interval_seconds",
        "projection_max_age_seconds",
        "gateway_timeout_ms",
        "runner_concurrency_max",
        "runner_queue_max",
        "runner_attempts_max",
        "idempotency_keep_seconds",
        "debug_session_seconds",
        "debug_sessions_max",
        "debug_sessions_per_tenant",
        "execution_log_days",
        "execution_log_pending_max",
        "quota_refresh_seconds",
        "controls_poll_seconds",
        "controls_max_age_seconds",
        "token_keys_stale_seconds",
        "token_principals_per_tenant",
        "sign_in_link_seconds",
    )
    @classmethod
    def _require_positive(cls, number: float) -> float:
        if number <= 0:
            raise ValueError("must be greater than 0")
        return number

    @field_validator("ui_token_seconds")
    @classmethod
    def _is_short(cls, seconds: int) -> int:
        if not _MIN_UI_TOKEN_SECONDS <= seconds <= _MAX_UI_TOKEN_SECONDS:
            raise ValueError(f"must be from {_MIN_UI_TOKEN_SECONDS} to {_MAX_UI_TOKEN_SECONDS}")
        return seconds

    @field_validator("session_idle_seconds", "session_max_seconds")
    @classmethod
    def _outlasts_its_notes(cls, seconds: int) -> int:
        # That a session is used is noted once a minute.
        if seconds < _MIN_SESSION_SECONDS:
            raise ValueError(f"must be at least {_MIN_SESSION_SECONDS}")
        return seconds

    @model_validator(mode="after")
    def _keeps_open_cookies_at_home(self) -> Self:
        if not self.session_cookie_secure and self.host not in _LOOPBACK:
            raise ValueError("SESSION_COOKIE_SECURE may be false only where HOST is a loopback address")
        return self

    @field_validator("debug_tail_lines")
    @classmethod
    def _is_within_a_stream(cls, lines: int) -> int:
        if not 1 <= lines <= _MOST_TAIL_LINES:
            raise ValueError(f"must be from 1 to {_MOST_TAIL_LINES}")
        return lines

    @field_validator("debug_extensions")
    @classmethod
    def _names_extensions(cls, text: str) -> str:
        try:
            DebugGate.parse(text)
        except AnnexError as error:
            raise ValueError(error.message) from None
        return text

    def debug_gate(self) -> DebugGate:
        return DebugGate.parse(self.debug_extensions)

    def host_names(self) -> frozenset[str]:
        return frozenset(name.strip().lower() for name in self.allowed_hosts.split(",") if name.strip())


class MigrationSettings(MigrationPhaseSettings):
    """What `migrate` needs."""

    service: ClassVar[str] = "gateway"

    database_role: str = setting("gateway_app", doc="The role the gateway connects as.")
    database_owner_role: str = setting("gateway_owner", doc="The role that owns the gateway's tables.")


class BootstrapSettings(ServiceSettings):
    """What `bootstrap` needs."""

    service: ClassVar[str] = "gateway"

    database_url: SecretStr = setting(doc="PostgreSQL, as a role that owns nothing.")
    api_key_pepper: SecretStr = setting(doc="Secret that API keys are hashed with.")

    @field_validator("api_key_pepper")
    @classmethod
    def _require_length(cls, pepper: SecretStr) -> SecretStr:
        return require_pepper(pepper)


def require_pepper(pepper: SecretStr) -> SecretStr:
    if len(pepper.get_secret_value()) < _MIN_PEPPER_LENGTH:
        raise ValueError(f"must have at least {_MIN_PEPPER_LENGTH} characters")
    return pepper
