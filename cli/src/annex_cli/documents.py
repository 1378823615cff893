"""What each command prints with --json: the data of its document, or the lines of its stream.

A command of two words has its own row; `None` is a command that prints no document. Fields are only added.
"""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from annex_cli.claims import Status
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallView
from annex_shared.contracts.publish import PublisherKeyView
from annex_shared.contracts.secrets import SecretViews
from annex_shared.contracts.trusted_publishing import TrustedPublisherView
from annex_shared.contracts.versions import VersionRow, VersionStatusReceipt

Text = str | None


class _Data(BaseModel):
    model_config = ConfigDict(extra="allow")


class Packed(_Data):
    file: str
    content_hash: ContentHash
    size_bytes: int
    entries: int
    reproducible: bool | None = Field(
        description="Whether packing twice gave the same; null without --check."
    )


class Signed(_Data):
    file: str
    content_hash: ContentHash
    key_id: str
    algorithm: str
    signature_file: str


class Published(_Data):
    extension: str
    version: str
    content_hash: ContentHash
    size_bytes: int
    signer: Text
    extension_id: Text
    version_id: Text
    log_index: int | None
    proof_file: Text
    result: Literal["published", "recovered", "already_published"]
    recovered: bool
    same_content: bool


class PublishRehearsed(_Data):
    extension: str
    version: str
    content_hash: ContentHash
    size_bytes: int
    signed: bool
    result: Literal["would_publish"]


class Installed(InstallView):
    result: str


class InstallRehearsed(_Data):
    extension: str
    version: str
    grants: list[str]
    config: dict[str, JsonValue]
    result: Literal["would_install"]


class Upgraded(InstallView):
    version_before: str
    result: str


class UpgradePlanned(_Data):
    extension: str
    version_before: str
    version: str
    new_capabilities: list[str]
    removed_capabilities: list[str]
    grants: list[str]
    denied: list[str]
    result: Literal["upgrade_exists", "would_upgrade"]


class SecretSet(_Data):
    extension: str
    name: str
    expires_at: Text
    hosts: list[str] | None
    revision: int
    result: Literal["set"]


class SecretDeleted(_Data):
    extension: str
    name: str
    revision: int
    result: Literal["deleted"]


class Secrets(SecretViews):
    extension: str


class ClaimDocument(_Data):
    claim: str
    status: Status
    subject: str
    evidence: JsonValue


class Verified(_Data):
    claims: list[ClaimDocument]


class Versions(_Data):
    items: list[VersionRow]
    next_cursor: Text
    claims: list[ClaimDocument] = Field(default_factory=list, description="With --verify only.")


class TrustedPublishers(_Data):
    items: list[TrustedPublisherView]


class TrustedPublisherRemoved(_Data):
    id: str
    publisher: str


class TrustedOnly(_Data):
    extension: str
    trusted_only: bool


class Keys(_Data):
    publisher: str
    items: list[PublisherKeyView]


class KeyAdded(PublisherKeyView):
    publisher: str


class KeyRotated(PublisherKeyView):
    publisher: str
    revoked: str


class KeyRevoked(_Data):
    publisher: str
    revoked: str


class Called(_Data):
    status: int
    headers: dict[str, str]
    body: str = Field("", description="The answer, if it is UTF-8; else it is in body_b64.")
    body_b64: str = ""
    duration_ms: int
    request_id: str


class LoggedIn(_Data):
    profile: str
    gateway_url: str
    tenant_id: Text
    principal: Text
    stored_in: Literal["keyring", "file"]


class LoggedOut(_Data):
    profile: str
    gateway_url: str
    revoked: bool


class PermissionDocument(_Data):
    permission: str
    source: str


class WhoAmI(_Data):
    gateway_url: str
    credential: Text = Field(description="Which credential is used, and where it came from.")
    principal_id: Text
    name: Text
    tenant_id: Text
    kind: Text
    roles: list[str] | None
    key_id: Text
    expires_at: Text
    permissions: list[PermissionDocument] | None = Field(description="null where the platform does not tell.")


class ManifestVersion(_Data):
    version: str
    before: str
    changed: bool


class ProgramVersion(_Data):
    class Range(_Data):
        min: int
        max: int

    annex: str
    protocol: Range
    gateway_url: Text
    gateway: Text = Field(description="The gateway's version; null if it did not answer at once.")


class CodeExplained(_Data):
    code: str
    meaning: str
    advice: str
    exit_code: int
    repeat: str
    statuses: list[int]
    said_by: list[str]


class ExitCodeExplained(_Data):
    exit_code: int
    name: str
    repeat: str
    codes: list[str]


class CheckDocument(_Data):
    check: str
    group: str
    status: Literal["ok", "warning", "failed"]
    reason: str
    fix: Text
    fixed: bool


class NotChecked(_Data):
    check: str
    because: str


class CheckedUp(_Data):
    checks: list[CheckDocument]
    not_checked: list[NotChecked]
    failed: int
    warnings: int


class SettingDocument(_Data):
    name: str
    value: str | bool | int | None
    origin: str
    variable: str
    flag: str


class SettingList(_Data):
    items: list[SettingDocument]


class SettingWritten(_Data):
    name: str
    value: str | bool | int | None
    file: str
    changed: bool


class Script(_Data):
    shell: str
    script: str


class LinesBegin(_Data):
    type: Literal["start"]
    time: datetime


class LinesEnd(_Data):
    class Failure(_Data):
        code: str
        message: str

    type: Literal["end"]
    time: datetime
    reason: Literal["done", "interrupted", "limit", "error"]
    error: Failure | None = None


class LogsBegin(LinesBegin):
    extension: str
    follow: bool


class LogLine(_Data):
    type: Literal["line"]
    time: datetime
    level: str
    stream: str
    message: str
    truncated: bool
    execution_id: str
    request_id: str
    install_id: str
    version_id: str


class LogsEnd(LinesEnd):
    lines: int


# A model, or several of which one is meant; no type of the language is narrower.
Kind = Any

DOCUMENTS: Final[dict[str, Kind]] = {
    "--version": ProgramVersion,
    "login": LoggedIn,
    "logout": LoggedOut,
    "whoami": WhoAmI,
    "pack": Packed,
    "sign": Signed,
    "publish": Published | PublishRehearsed,
    "install": Installed | InstallRehearsed,
    "upgrade": Upgraded | UpgradePlanned,
    "rollback": Upgraded,
    "pin": Installed,
    "secrets set": SecretSet,
    "secrets list": Secrets,
    "secrets delete": SecretDeleted,
    "versions": Versions,
    "verify": Verified,
    "trusted-publisher add": TrustedPublisherView,
    "trusted-publisher list": TrustedPublishers,
    "trusted-publisher remove": TrustedPublisherRemoved,
    "trusted-publisher only": TrustedOnly,
    "deprecate": VersionStatusReceipt,
    "yank": VersionStatusReceipt,
    "block": VersionStatusReceipt,
    "unblock": VersionStatusReceipt,
    "keys list": Keys,
    "keys add": KeyAdded,
    "keys rotate": KeyRotated,
    "keys revoke": KeyRevoked,
    "call": Called,
    "version": ManifestVersion,
    "explain": CodeExplained | ExitCodeExplained,
    "doctor": CheckedUp,
    "settings list": SettingList,
    "settings get": SettingDocument,
    "settings set": SettingWritten,
    "settings unset": SettingWritten,
    "schema": None,
    "completion": Script,
}

STREAMS: Final[dict[str, Kind]] = {"logs": LogsBegin | LogLine | LogsEnd}
