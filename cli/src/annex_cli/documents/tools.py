"""What the commands about annex itself and about the project print."""

from typing import Literal

from pydantic import Field

from annex_cli.documents.data import Data, Text


class LoggedIn(Data):
    profile: str
    gateway_url: str
    tenant_id: Text
    principal: Text
    stored_in: Literal["keyring", "file"]
    # Of a key that was granted to this machine; else null.
    permissions: list[str] | None = None
    expires_at: Text = None


class LoggedOut(Data):
    profile: str
    gateway_url: str
    revoked: bool


class PermissionDocument(Data):
    permission: str
    source: str


class WhoAmI(Data):
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


class ManifestVersion(Data):
    version: str
    before: str
    changed: bool


class ProgramVersion(Data):
    class Range(Data):
        min: int
        max: int

    annex: str
    protocol: Range
    gateway_url: Text
    gateway: Text = Field(description="The gateway's version; null if it did not answer at once.")


class CodeExplained(Data):
    code: str
    meaning: str
    advice: str
    exit_code: int
    repeat: str
    statuses: list[int]
    said_by: list[str]


class ExitCodeExplained(Data):
    exit_code: int
    name: str
    repeat: str
    codes: list[str]


class CheckDocument(Data):
    check: str
    group: str
    status: Literal["ok", "warning", "failed"]
    reason: str
    fix: Text
    fixed: bool


class NotChecked(Data):
    check: str
    because: str


class CheckedUp(Data):
    checks: list[CheckDocument]
    not_checked: list[NotChecked]
    failed: int
    warnings: int


class SettingDocument(Data):
    name: str
    value: str | bool | int | None
    origin: str
    variable: str
    flag: str


class SettingList(Data):
    items: list[SettingDocument]


class SettingWritten(Data):
    name: str
    value: str | bool | int | None
    file: str
    changed: bool


class Script(Data):
    shell: str
    script: str
