"""Versions on the wire: rows of the public listing, and the record other services project."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.wire import Exchanged, Received


class VersionRow(Exchanged):
    """One row of `GET /api/v1/extensions/{extension}/versions`, newest first.

    ``installed`` is true for exactly the version the caller's tenant has installed, also when that install
    is disabled. ``log_index`` is null for a version of a registry without a transparency log, and
    ``status_log_index`` is the leaf of what was said of the version last. ``imported`` versions came from a
    predecessor's database: nobody here verified who signed them, and of their ``bundle_count`` bundles the
    newest is the one shown and served.
    """

    version_id: str
    version: str
    published_at: datetime
    content_hash: ContentHash
    size_bytes: int
    status: str
    signer: str | None
    log_index: int | None
    bundle_count: int
    installed: bool
    status_reason: str | None = None
    status_log_index: int | None = None
    imported: bool = False


class ChangeVersionStatus(Received):
    """`POST …/versions/{version}/status`: ``active`` takes the last word back; ``dry_run`` only tells."""

    status: Literal["active", "deprecated", "yanked", "blocked"]
    reason: str
    dry_run: bool = False


class VersionStatusReceipt(Exchanged):
    """What is true of a version now; ``tenants_running`` counts the tenants that have it installed.

    ``changed`` is false for a dry run, and when exactly this was said already. ``log_index`` is the leaf of
    what is said now; `/log/proof/{log_index}` proves it as soon as it is signed.
    """

    extension: str
    version_id: str
    version: str
    status_before: str
    status: str
    reason: str
    changed: bool
    dry_run: bool
    tenants_running: int
    log_index: int | None = None


class EndpointRecord(Exchanged):
    """An endpoint a manifest declares; ``path`` may hold ``:param`` segments."""

    method: str
    path: str
    handler: str


class EventSubscriptionRecord(Exchanged):
    """A topic a manifest subscribes to."""

    topic: str
    handler: str


class VersionCertificate(Exchanged):
    """The certificate that vouched for the signing key when the version was published."""

    subject: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


class VersionSignature(Exchanged):
    """The verified signature as it came, and the key that vouches for it.

    ``certificate`` is null for a key that the registry knew itself.
    """

    algorithm: str
    text: str
    key_id: str
    certificate: VersionCertificate | None = None


class VersionTrustedPublisher(Exchanged):
    """By whose word a version was published, as the issuer said it then."""

    id: str
    issuer: str
    subject: str
    claims: dict[str, str]


class VersionDetail(VersionRow):
    """`GET …/versions/{version}`; ``capabilities`` is what its manifest asks for, or null if unknown.

    ``trusted_publisher`` is null for a version that a principal of the platform published.
    """

    capabilities: list[str] | None = None
    runtime: str | None = None
    precompiled_targets: list[str] = Field(default_factory=list)
    endpoints: list[EndpointRecord] = Field(default_factory=list)
    signature: VersionSignature | None = None
    trusted_publisher: VersionTrustedPublisher | None = None
    manifest: dict[str, JsonValue] | None = None


class ChangedNames(Exchanged):
    added: list[str]
    removed: list[str]


class EndpointName(Exchanged):
    method: str
    path: str


class ChangedEndpoints(Exchanged):
    added: list[EndpointName]
    removed: list[EndpointName]


class UiHookName(Exchanged):
    """A place in the host's menus and what it says there."""

    hook: str
    label: str


class ChangedHooks(Exchanged):
    added: list[UiHookName]
    removed: list[UiHookName]


class ChangedSize(Exchanged):
    before: int
    after: int


class VersionDifferenceView(Exchanged):
    """`GET …/versions/{version}/diff?from=`: what changes for a tenant that goes from one to the other."""

    extension: str
    from_version: str
    to_version: str
    capabilities: ChangedNames
    endpoints: ChangedEndpoints
    ui_hooks: ChangedHooks
    size_bytes: ChangedSize
    same_content: bool


class VersionList(Exchanged):
    """A page of the listing; ``next_cursor`` is null on the last one."""

    extension_id: str
    extension: str
    items: list[VersionRow]
    next_cursor: str | None


class VersionRecord(Exchanged):
    """What gateway, runner-proxy and ui-host need to know of a published version.

    It never changes but for ``status``, which is the one of the listing's ``as_of``. Without a
    ``client_portal_label`` users of the client portal do not reach the version.
    """

    serial: int
    version_id: str
    extension_id: str
    publisher: str
    name: str
    version: str
    content_hash: ContentHash
    size_bytes: int
    published_at: datetime
    status: str
    signer: str | None
    endpoints: list[EndpointRecord]
    capabilities: list[str]
    ui_entry: str | None
    has_handler: bool
    events: list[EventSubscriptionRecord] = Field(default_factory=list)
    client_portal_label: str | None = None


class VersionRecords(Exchanged):
    """`GET /internal/v1/versions?after=<serial>&limit=`: ascending; ``as_of`` is the feed's serial."""

    items: list[VersionRecord]
    as_of: int


class VersionStatusRecord(Exchanged):
    """The newest thing said of a version; ``serial`` is its place in the registry feed."""

    serial: int
    version_id: str
    extension_id: str
    publisher: str
    name: str
    version: str
    content_hash: ContentHash
    status: str
    reason: str
    recorded_at: datetime


class VersionStatusRecords(Exchanged):
    """`GET /internal/v1/version-statuses?after=<serial>&limit=`: ascending; ``as_of`` is the feed's."""

    items: list[VersionStatusRecord]
    as_of: int
