"""Installs on the wire: what callers send and see, and the record other services project."""

from datetime import datetime

from pydantic import Field

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.contracts.wire import Exchanged, Received


class CreateInstall(Received):
    """`POST /api/v1/installs`. Without ``version`` the newest one is taken; ``grants`` defaults to none.

    ``extension`` is an id, ``publisher/name`` or ``publisher.name``.
    """

    extension: str
    version: str | None = None
    grants: list[str] = Field(default_factory=list)
    config: dict[str, str] = Field(default_factory=dict)


class ChangeInstall(Received):
    """`PATCH /api/v1/installs/{install_id}`: only the named fields change; one revision for all of them.

    ``if_revision`` refuses the change when somebody else changed the install first.
    """

    version: str | None = None
    is_enabled: bool | None = None
    grants: list[str] | None = None
    config: dict[str, str] | None = None
    if_revision: int | None = None


class SetSecret(Received):
    """`PUT /api/v1/installs/{install_id}/secrets/{name}`: write-only."""

    value: str = Field(min_length=1, max_length=65_536)


class InstallView(Exchanged):
    """An install as its tenant sees it; secrets show their names only."""

    install_id: str
    extension_id: str
    extension: str
    version_id: str
    version: str
    content_hash: ContentHash
    status: str
    is_enabled: bool
    grants: list[str]
    config: dict[str, str]
    secret_names: list[str]
    revision: int
    created_at: datetime
    updated_at: datetime


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
    sealed_secrets: SealedSecretsDocument | None


class InstallRecords(Exchanged):
    """A page of every tenant's installs, ordered by id; uninstalled ones are absent.

    ``as_of`` is the serial of the installs feed this state equals or is newer than. The answer's ETag is
    `"installs-<as_of>"` and an unchanged state answers 304.
    """

    items: list[InstallRecord]
    next_cursor: str | None
    as_of: int
