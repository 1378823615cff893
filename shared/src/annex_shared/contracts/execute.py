"""`POST /v1/execute`, gateway to runner-proxy to runner: the Alga v2 shape and our additions to it.

Additions: ``headers_list`` and ``query_list`` keep repeated names in order and win over the maps;
``egress_hosts`` narrows where the extension's requests may go; ``execution_id``, ``usage`` and ``effects`` in
the answer. Unknown fields are ignored, as in the contract.
"""

from typing import Literal

from pydantic import Field

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.wire import Exchanged

Pairs = list[tuple[str, str]]


class ExecuteContext(Exchanged):
    """Who runs what, on whose behalf. Identities are lower-case UUIDs."""

    request_id: str | None = None
    tenant_id: str
    extension_id: str
    install_id: str | None = None
    version_id: str | None = None
    content_hash: ContentHash
    config: dict[str, str] = Field(default_factory=dict)
    trigger: Literal["http", "schedule", "event"] = "http"


class ExecuteHttp(Exchanged):
    """The request the guest sees; ``path`` begins with a slash and holds no query."""

    method: str
    path: str
    query: dict[str, str] = Field(default_factory=dict)
    query_list: Pairs | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    headers_list: Pairs | None = None
    body_b64: str | None = None

    def header_pairs(self) -> Pairs:
        return self.headers_list if self.headers_list is not None else list(self.headers.items())

    def query_pairs(self) -> Pairs:
        return self.query_list if self.query_list is not None else list(self.query.items())


class ExecuteLimits(Exchanged):
    """Narrowing of the platform's limits; an absent field means the platform default, never "now"."""

    timeout_ms: int | None = Field(default=None, ge=1)
    memory_mb: int | None = Field(default=None, ge=1)
    cpu_ms: int | None = Field(default=None, ge=1)
    fuel: int | None = Field(default=None, ge=1)


class ExecuteUser(Exchanged):
    """The signed-in person, as `alga:extension/user-v2` shows it to the guest."""

    user_id: str
    user_email: str
    user_name: str
    user_type: str
    client_name: str = ""
    client_id: str | None = None
    additional_fields: dict[str, str] = Field(default_factory=dict)


class ExecuteSecretEnvelope(Exchanged):
    """Sealed secrets as the predecessor sends them. Ours are not in requests; names in it can only narrow."""

    ciphertext_b64: str
    version: str | None = None
    algorithm: str | None = None
    expires_at: str | None = None
    key_path: str | None = None
    mount: str | None = None


class ExecuteRequest(Exchanged):
    """One execution to run; ``providers``, ``context.config`` and ``secret_envelope`` only ever narrow.

    So does ``egress_hosts``: the only hosts this execution may reach, of those its install may. Absent it
    takes nothing away, empty it lets nothing out, and what is no host pattern allows nothing.
    """

    context: ExecuteContext
    http: ExecuteHttp
    limits: ExecuteLimits = Field(default_factory=ExecuteLimits)
    providers: list[str] | None = None
    secret_envelope: ExecuteSecretEnvelope | None = None
    user: ExecuteUser | None = None
    egress_hosts: list[str] | None = None


class ExecuteUsage(Exchanged):
    """One execution for the record: whose it was, how it ended, what it cost (milliseconds and bytes).

    ``outcome`` is ``ANSWERED`` or a problem code; problems carry the same under ``details.usage``. ``fuel``
    is counted only for a call whose limits name it; ``reused`` says that the instance had served earlier
    calls of the same install.
    """

    execution_id: str | None = None
    tenant_id: str | None = None
    extension_id: str | None = None
    install_id: str | None = None
    version_id: str | None = None
    content_hash: str | None = None
    endpoint: str | None = None
    trigger: Literal["http", "schedule", "event"] = "http"
    outcome: str | None = None
    effects: int = 0
    wall_ms: float = 0
    cpu_ms: float = 0
    memory_bytes: int = 0
    host_calls: int = 0
    log_bytes: int = 0
    response_bytes: int = 0
    log_bytes_dropped: int = 0
    fuel: int | None = None
    reused: bool = False
    subrequests: int = 0
    egress_bytes: int = 0


class ExecuteResponse(Exchanged):
    """The guest's answer. ``effects`` counts host calls that changed something outside the sandbox."""

    status: int
    headers: dict[str, str] = Field(default_factory=dict)
    headers_list: Pairs | None = None
    body_b64: str | None = None
    error: str | None = None
    execution_id: str | None = None
    usage: ExecuteUsage | None = None
    effects: int = 0

    def header_pairs(self) -> Pairs:
        return self.headers_list if self.headers_list is not None else list(self.headers.items())
