"""What the commands for installs print."""

from typing import Literal

from pydantic import Field, JsonValue

from annex_cli.documents.data import Data, Text
from annex_shared.contracts.installs import InstallView
from annex_shared.contracts.secrets import SecretViews


class Installed(InstallView):
    result: str


class InstallRehearsed(Data):
    extension: str
    version: str
    grants: list[str]
    config: dict[str, JsonValue]
    result: Literal["would_install"]


class Upgraded(InstallView):
    version_before: str
    result: str


class UpgradePlanned(Data):
    extension: str
    version_before: str
    version: str
    new_capabilities: list[str]
    removed_capabilities: list[str]
    grants: list[str]
    denied: list[str]
    result: Literal["upgrade_exists", "would_upgrade"]


class SecretSet(Data):
    extension: str
    name: str
    expires_at: Text
    hosts: list[str] | None
    revision: int
    result: Literal["set"]


class SecretDeleted(Data):
    extension: str
    name: str
    revision: int
    result: Literal["deleted"]


class Secrets(SecretViews):
    extension: str


class SecretRotated(SecretSet):
    result: Literal["rotated"]  # type: ignore[assignment]  # a command of its own says another word


class Switched(InstallView):
    result: Literal["enabled", "disabled", "unchanged"]


class Uninstalled(Data):
    extension: str
    install_id: str
    version: str
    settings: int
    secrets: list[str] = Field(description="Their names.")
    result: Literal["uninstalled", "would_uninstall"]


class Configuration(Data):
    extension: str
    install_id: str
    version: str
    revision: int
    config: dict[str, JsonValue] = Field(description="What was chosen; `config set --file` takes the same.")
    effective_config: dict[str, JsonValue] = Field(description="What the extension reads.")


class ConfigurationValue(Data):
    extension: str
    key: str
    value: JsonValue
    revision: int


class ValueChange(Data):
    before: JsonValue
    after: JsonValue


class ConfigurationDifference(Data):
    extension: str
    revision: int
    added: dict[str, JsonValue]
    removed: dict[str, JsonValue]
    changed: dict[str, ValueChange]


class ConfigurationChanged(Configuration):
    added: dict[str, JsonValue]
    removed: dict[str, JsonValue]
    changed: dict[str, ValueChange]
    revision_before: int
    result: Literal["changed", "unchanged"]
