"""The manifest as one frozen model: everything valid under Alga manifest v2, and ``x-*`` for own fields."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from annex_shared.host_patterns import MAX_HOST_PATTERNS
from annex_shared.manifest.config_schema import checked_config_schema
from annex_shared.manifest.values import (
    ArchivePath,
    Capability,
    EgressHost,
    EndpointPath,
    Label,
    ManifestName,
    ManifestPublisher,
    ManifestVersion,
    Method,
    Runtime,
    UiPath,
)

_UI_ROOT = "ui/"


class _Declaration(BaseModel):
    """Nested objects keep unknown members: the predecessor took them, so published manifests hold them."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)


class Endpoint(_Declaration):
    """A method and path the gateway lets through; ``path`` begins with one slash."""

    method: Method
    path: EndpointPath
    handler: ArchivePath = Field(description="Informative: a component has one handler for all endpoints.")


class Api(_Declaration):
    endpoints: list[Endpoint]


class EventSubscription(_Declaration):
    """Platform events delivered to the handler."""

    topic: Label
    handler: ArchivePath


class MenuHook(_Declaration):
    label: Label


class UiHooks(_Declaration):
    """Places in the host application's menus; other hooks are kept and ignored."""

    app_menu: MenuHook | None = Field(default=None, alias="appMenu")
    client_portal_menu: MenuHook | None = Field(default=None, alias="clientPortalMenu")


class UiRoute(_Declaration):
    """A host path that opens another document of the same UI."""

    path: Label
    iframe_path: ArchivePath = Field(alias="iframePath")


class UiDeclaration(_Declaration):
    """The page the host shows in an iframe; ``entry`` is below ``ui/``, with or without naming it."""

    type: Literal["iframe"]
    entry: UiPath
    hooks: UiHooks | None = None
    routes: list[UiRoute] = Field(default_factory=list)


def _own_field(key: str) -> str:
    if not key.startswith("x-"):
        raise ValueError("unknown field")
    return key


class SecretRotation(_Declaration):
    """How old a secret of an install may become; the operator and the tenant can only ask for less."""

    max_age_days: Annotated[int, Field(ge=1, le=3650, alias="maxAgeDays")]


class Manifest(BaseModel):
    """What an extension declares. ``model_dump(mode="json")`` gives it back in its normal form."""

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        serialize_by_alias=True,
        title="Extension manifest v2",
        json_schema_extra={
            "description": 'The manifest.json of a bundle. Own fields begin with "x-".',
            "additionalProperties": False,
            "patternProperties": {"^x-": True},
        },
    )
    __pydantic_extra__: dict[Annotated[str, AfterValidator(_own_field)], JsonValue]

    name: ManifestName
    publisher: ManifestPublisher | None = Field(
        default=None, description="Absent: the namespace of the key that publishes it."
    )
    version: ManifestVersion
    runtime: Runtime
    capabilities: Annotated[list[Capability], AfterValidator(lambda names: list(dict.fromkeys(names)))] = (
        Field(default_factory=list)
    )
    ui: UiDeclaration | None = None
    api: Api | None = None
    events: list[EventSubscription] = Field(default_factory=list)
    entry: ArchivePath | None = Field(default=None, description="Informative: dist/main.wasm is what runs.")
    precompiled: dict[Label, ArchivePath] = Field(
        default_factory=dict, json_schema_extra={"additionalProperties": False}
    )
    assets: list[Label] = Field(default_factory=list)
    sbom: Label | None = None
    config_schema: Annotated[dict[str, JsonValue], AfterValidator(checked_config_schema)] | None = Field(
        default=None,
        alias="configSchema",
        description="What a configuration must be, in a part of JSON Schema 2020-12.",
    )
    secret_rotation: SecretRotation | None = Field(default=None, alias="secretRotation")

    egress: Annotated[
        list[EgressHost],
        AfterValidator(lambda hosts: list(dict.fromkeys(hosts))),
        Field(max_length=MAX_HOST_PATTERNS),
    ] = Field(
        default_factory=list,
        alias="x-annex-egress",
        description="Hosts that http.fetch may call once the tenant allows them; https unless they say http.",
    )

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(self.api.endpoints) if self.api else ()

    @property
    def declares_handler(self) -> bool:
        """Whether something calls ``dist/main.wasm``: an endpoint or an event."""
        return bool(self.endpoints or self.events)

    @property
    def ui_entry(self) -> str | None:
        """The entry document's path in the archive, always below ``ui/``.

        Only ``ui/**`` is served, so ``index.html`` and ``ui/index.html`` both mean ``ui/index.html``.
        """
        if self.ui is None:
            return None
        return self.ui.entry if self.ui.entry.startswith(_UI_ROOT) else _UI_ROOT + self.ui.entry

    def to_document(self) -> dict[str, Any]:
        """Give the normal form as JSON, without the fields that were not declared."""
        return self.model_dump(mode="json", exclude_unset=True)
