"""Installs on the wire: what callers send and see, and the record other services project."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.secrets import SealedSecretsDocument, SecretRecord
from annex_shared.contracts.wire import Exchanged, Received


class CreateInstall(Received):
    """`POST /api/v1/installs`. Without ``version`` the newest one is taken; ``grants`` defaults to none.

    ``extension`` is an id, ``publisher/name`` or ``publisher.name``. Without ``denied`` everything is denied
    that the version asks for and ``grants`` does not name; with it the two lists must name everything.
    ``egress`` are the hosts it may call, of those its manifest declares; without it all of them, if
    `cap:http.fetch` is granted.
    """

    extension: str
    version: str | None = None
    grants: list[str] = Field(default_factory=list)
    denied: list[str] | None = None
    config: dict[str, JsonValue] = Field(default_factory=dict)
    egress: list[str] | None = None


class ChangeInstall(Received):
    """`PATCH /api/v1/installs/{install_id}`: only the named fields change; one revision for all of them.

    ``if_revision`` refuses the change when somebody else changed the install first. ``grants`` and
    ``denied`` are whole lists, as in `CreateInstall`, and so is ``egress``. Hosts that a new version declares
    besides are called only once they are named. ``max_secret_age_days`` 0 takes the limit away.
    """

    version: str | None = None
    is_enabled: bool | None = None
    grants: list[str] | None = None
    denied: list[str] | None = None
    config: dict[str, JsonValue] | None = None
    is_pinned: bool | None = None
    max_secret_age_days: int | None = Field(default=None, ge=0, le=3650)
    overdue_secrets: Literal["warn", "refuse"] | None = None
    egress: list[str] | None = None
    if_revision: int | None = None


class ClaimAppDomain(Received):
    """`PUT /api/v1/installs/{install_id}/domain`. Without ``host`` it is the install's own, below the root.

    Any other host is given by a platform administrator.
    """

    host: str | None = Field(default=None, max_length=300)
    if_revision: int | None = None


class RollBackInstall(Received):
    """`POST /api/v1/installs/{install_id}/rollback`: back to a version the install ran, by default the last.

    Its grants of that time come back, less what was denied since; so does its configuration, unless it is
    kept as it is now.
    """

    version: str | None = None
    keep_config: bool = False
    if_revision: int | None = None


class LimitFigures(Received):
    """Limits of one call by name; docs/limits.md says what each means and what its ceiling is."""

    timeout_ms: int | None = Field(default=None, ge=1)
    cpu_ms: int | None = Field(default=None, ge=1)
    memory_bytes: int | None = Field(default=None, ge=1)
    table_elements: int | None = Field(default=None, ge=1)
    response_bytes: int | None = Field(default=None, ge=1)
    log_bytes: int | None = Field(default=None, ge=1)
    host_calls: int | None = Field(default=None, ge=1)
    subrequests: int | None = Field(default=None, ge=1)
    subrequests_at_once: int | None = Field(default=None, ge=1)
    subrequest_bytes: int | None = Field(default=None, ge=1)
    egress_bytes: int | None = Field(default=None, ge=1)
    fuel: int | None = Field(default=None, ge=1)


class ReuseTerms(Received):
    """How long one instance may serve calls of an install, instead of a fresh one for each."""

    max_requests: int = Field(ge=2, le=10_000)
    max_idle_seconds: float = Field(gt=0, le=300)


class LimitInstall(Received):
    """`PUT /api/v1/installs/{install_id}/limits`: replaces what was set before; empty takes all of it away.

    A limit named here is default and ceiling of the install, within the platform's own ceiling. Reusing an
    instance is off unless ``reuse`` names its terms.
    """

    limits: LimitFigures = Field(default_factory=LimitFigures)
    reuse: ReuseTerms | None = None


class ReuseView(Exchanged):
    """The terms as they are set."""

    max_requests: int
    max_idle_seconds: float


class InstallView(Exchanged):
    """An install as its tenant sees it; secrets show their names only.

    ``capabilities`` is what the version asks for; each is granted, denied or undecided. ``config`` is what
    was chosen, ``effective_config`` what the extension reads: with the schema's defaults. ``declared_egress``
    are the hosts the version wants to call, ``egress`` those of them it may.
    """

    install_id: str
    extension_id: str
    extension: str
    version_id: str
    version: str
    content_hash: ContentHash
    status: str
    is_enabled: bool
    is_pinned: bool = False
    capabilities: list[str] = Field(default_factory=list)
    grants: list[str]
    denied: list[str] = Field(default_factory=list)
    undecided: list[str] = Field(default_factory=list)
    egress: list[str] = Field(default_factory=list)
    declared_egress: list[str] = Field(default_factory=list)
    config: dict[str, JsonValue]
    effective_config: dict[str, JsonValue] = Field(default_factory=dict)
    secret_names: list[str]
    max_secret_age_days: int | None = None
    overdue_secrets: str | None = None
    app_domain: str | None = None
    limits: dict[str, int] = Field(default_factory=dict)
    reuse: ReuseView | None = None
    revision: int
    created_at: datetime
    updated_at: datetime


class InstallStateView(Exchanged):
    """One state an install had or has, and what led to it; ``ended_at`` is null for the present."""

    revision: int
    version_id: str
    version: str
    is_enabled: bool
    is_pinned: bool
    grants: list[str]
    denied: list[str]
    egress: list[str] = Field(default_factory=list)
    config: dict[str, JsonValue]
    change: str | None
    changed_by: str | None
    began_at: datetime
    ended_at: datetime | None


class InstallHistory(Exchanged):
    """`GET /api/v1/installs/{install_id}/history`, newest first; ``next_before`` continues it."""

    items: list[InstallStateView]
    next_before: int | None = None


class InstallViews(Exchanged):
    items: list[InstallView]


class InstallRecord(Exchanged):
    """`GET /internal/v1/installs[/{install_id}]`: the state projections copy; ``revision`` only grows."""

    install_id: str
    tenant_id: str
    extension_id: str
    publisher: str
    name: str
    version_id: str
    version: str
    content_hash: ContentHash
    is_enabled: bool
    revision: int
    grants: list[str]
    config: dict[str, str]
    config_version: int
    secrets_version: int
    # One envelope of several secrets, as they were sealed before each had its own.
    sealed_secrets: SealedSecretsDocument | None
    secrets: list[SecretRecord] = Field(default_factory=list)
    # What the operator allows this install; names a reader does not know mean nothing to it.
    limits: dict[str, int] = Field(default_factory=dict)
    reuse: ReuseView | None = None
    # A host is called that is in both lists; the second is empty without a grant of cap:http.fetch.
    egress: list[str] = Field(default_factory=list)
    declared_egress: list[str] = Field(default_factory=list)


class InstallRecords(Exchanged):
    """A page of every tenant's installs, ordered by id; uninstalled ones are absent.

    ``as_of`` is the serial of the installs feed this state equals or is newer than. The answer's ETag is
    `"installs-<as_of>"` and an unchanged state answers 304.
    """

    items: list[InstallRecord]
    next_cursor: str | None
    as_of: int
