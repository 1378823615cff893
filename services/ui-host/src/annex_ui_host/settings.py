"""Settings of the ui-host."""

import re
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from annex_shared.log_verify_settings import LogVerifySettings
from annex_shared.settings import setting

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
# A source list becomes part of a header: nothing may end the directive or begin another one.
_ANCESTOR = re.compile(r"'self'|'none'|https?://(\*\.)?[a-z0-9.-]+(:([0-9]{1,5}|\*))?")


class UiHostSettings(LogVerifySettings):
    """Everything the ui-host can be told."""

    service: ClassVar[str] = "ui-host"

    host: str = setting("0.0.0.0", doc="Address to listen on.")  # noqa: S104 - a container's own address
    port: int = setting(8083, doc="Port to listen on; 0 picks a free one.")
    public_origin: str | None = setting(
        None,
        doc="The origin browsers load extension UI from, such as https://ui.example.net; never that of the "
        "console. Without it http://localhost:<port>.",
    )
    frame_ancestors: str = setting(
        "'none'",
        doc="Who may frame extension pages: origins separated by spaces, such as https://app.example.net.",
        legacy=("EXT_UI_FRAME_ANCESTORS",),
    )
    local_only: bool = setting(
        default=False,
        doc="Refuse requests for another Host than the public origin's, and from foreign Origins.",
    )
    registry_url: str = setting(
        "http://localhost:8081", doc="Base URL of the registry.", legacy=("REGISTRY_BASE_URL",)
    )
    service_key_file: Path = setting(doc="PEM file with this service's private Ed25519 key.")
    bus_url: SecretStr | None = setting(
        None, doc="RabbitMQ, amqp://…; without it changes are noticed every REPAIR_INTERVAL_SECONDS."
    )
    gateway_url: str | None = setting(
        None,
        doc="Base URL of the gateway, which says what administrators stopped. Without it pages of stopped "
        "extensions and of tenants without extensions are shown.",
    )
    stops_interval_seconds: float = setting(2, doc="How often the gateway is asked what is stopped.")
    stops_max_age_seconds: float = setting(
        300,
        doc="How long its last answer holds while it is away; after that nothing is shown to a named tenant.",
    )
    prefetch: bool = setting(
        default=True, doc="Fetch the UI of a version when it is published, before somebody asks."
    )
    precompress: bool = setting(
        default=True, doc="Make br, zstd and gzip variants of each UI once, in the background."
    )
    fast_path: bool = setting(
        default=False,
        doc="Answer files in memory before aiohttp sees the request, several times as many per core; no log "
        "line for each. Refusals and everything unusual go the ordinary way. Not with LOCAL_ONLY.",
    )
    keepalive_seconds: float = setting(
        75, doc="How long a connection may be idle; longer than a proxy in front keeps its own."
    )
    tree_directory: Path | None = setting(
        None, doc="Write verified UIs there too, as files for nginx (deploy/nginx). One process for each."
    )
    max_tree_directory_bytes: int = setting(10 * _GIB, doc="Room for them; the oldest go.")
    repair_interval_seconds: float = setting(
        30, doc="How often versions and installs are compared with the registry."
    )
    max_ui_bytes: int = setting(64 * _MIB, doc="Largest UI of one bundle, unpacked.")
    max_cached_bytes: int = setting(256 * _MIB, doc="Memory for unpacked UIs; the longest unused go.")
    concurrent_fetches: int = setting(2, doc="How many bundles are fetched and unpacked at the same time.")
    fetch_timeout_seconds: float = setting(60, doc="Time limit of fetching one bundle.")
    log_format: Literal["json", "console"] = setting("json", doc="Form of log lines.")

    @field_validator("public_origin")
    @classmethod
    def _is_an_origin(cls, value: str | None) -> str | None:
        if value is not None and _ORIGIN.fullmatch(value) is None:
            raise ValueError("must be an origin such as https://ui.example.net, without a path")
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _are_ancestors(cls, value: str) -> str:
        ancestors = value.split()
        if not ancestors or any(_ANCESTOR.fullmatch(ancestor) is None for ancestor in ancestors):
            raise ValueError("must be origins separated by spaces, 'self' or 'none'")
        if "'none'" in ancestors and len(ancestors) > 1:
            raise ValueError("'none' stands alone")
        return " ".join(ancestors)

    @field_validator(
        "repair_interval_seconds",
        "stops_interval_seconds",
        "stops_max_age_seconds",
        "keepalive_seconds",
        "concurrent_fetches",
        "fetch_timeout_seconds",
        "max_ui_bytes",
        "max_tree_directory_bytes",
    )
    @classmethod
    def _is_positive(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("must be more than 0")
        return value

    @model_validator(mode="after")
    def _one_ui_fits_the_cache(self) -> Self:
        if self.max_ui_bytes > self.max_cached_bytes:
            raise ValueError("MAX_CACHED_BYTES must not be less than MAX_UI_BYTES")
        return self
