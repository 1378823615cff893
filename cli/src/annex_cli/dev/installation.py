"""The project's own install in the development platform, which moves from snapshot to snapshot."""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

from annex_cli.attempts import AttemptStore
from annex_cli.dev.platform_process import DevPlatform
from annex_cli.dev.snapshots import Snapshot
from annex_cli.dev.values import DevValues
from annex_cli.errors import PlatformRefused
from annex_cli.installing import present_install
from annex_cli.platform_client import PlatformClient
from annex_cli.publishing import publish_bundle
from annex_shared.contracts.installs import ChangeInstall, CreateInstall, InstallView
from annex_shared.contracts.secrets import SetSecret
from annex_shared.manifest import DEFAULT_CAPABILITIES
from annex_shared.names import ExtensionRef


@dataclass(slots=True)
class Installation:
    """``withheld`` are the capabilities that the simulator's switch denies."""

    client: PlatformClient
    platform: DevPlatform
    attempts: AttemptStore
    install: InstallView | None = None
    withheld: frozenset[str] = field(default_factory=frozenset)
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)

    async def publish(self, snapshot: Snapshot) -> None:
        """Publish a snapshot, for good like any other version: its number is its own."""
        await publish_bundle(self.client, snapshot.archive, attempts=self.attempts)

    async def move_to(self, snapshot: Snapshot, values: DevValues) -> InstallView:
        """Install a snapshot, or move the install to it, with all it asks for but what is withheld."""
        manifest = snapshot.manifest
        if self.install is None:
            self.install = await present_install(self.client, ExtensionRef.parse(snapshot.extension))
        granted, denied = self._consent(manifest.capabilities)
        if self.install is None:
            self.install = await self.client.install(
                CreateInstall(
                    extension=snapshot.extension,
                    version=str(manifest.version),
                    grants=granted,
                    denied=denied,
                    config=values.config,
                )
            )
            await self.platform.seed_storage(self.install.install_id, values.storage)
        else:
            self.install = await self.client.change_install(
                self.install.install_id,
                ChangeInstall(
                    version=str(manifest.version),
                    grants=granted,
                    denied=denied,
                    config=values.config,
                    egress=[*manifest.egress] if "cap:http.fetch" in granted else [],
                ),
            )
        return await self._with_secrets(values)

    async def set_values(self, values: DevValues) -> InstallView | None:
        """Give the install what the files say now; what is stored stays until it is reset."""
        if self.install is None:
            return None
        change = ChangeInstall(config=values.config)
        self.install = await self.client.change_install(self.install.install_id, change)
        return await self._with_secrets(values)

    async def withhold(self, capabilities: frozenset[str]) -> None:
        """Deny capabilities that the manifest declares, as a tenant may."""
        self.withheld = capabilities
        if self.install is None:
            return
        granted, denied = self._consent(self.install.capabilities)
        change = ChangeInstall(grants=granted, denied=denied)
        self.install = await self.client.change_install(self.install.install_id, change)

    async def reset(self, snapshot: Snapshot, values: DevValues) -> InstallView:
        """Begin anew: another install has none of the data of the one before."""
        if self.install is not None:
            path = f"/api/v1/installs/{quote(self.install.install_id, safe='')}"
            await self.client.request("DELETE", path)
        self.install, self._secrets = None, {}
        return await self.move_to(snapshot, values)

    def _consent(self, capabilities: list[str]) -> tuple[list[str], list[str]]:
        denied = [name for name in capabilities if name in self.withheld and name not in DEFAULT_CAPABILITIES]
        return [name for name in capabilities if name not in denied], denied

    async def _with_secrets(self, values: DevValues) -> InstallView:
        install = self.install
        if install is None:
            raise AssertionError
        for name, value in values.secrets.items():
            if self._secrets.get(name) != value or name not in install.secret_names:
                install = await self.client.set_secret(install.install_id, name, SetSecret(value=value))
        for name in sorted(set(install.secret_names) - values.secrets.keys()):
            try:
                install = await self.client.delete_secret(install.install_id, name)
            except PlatformRefused as refused:
                if refused.document.status != HTTPStatus.NOT_FOUND:
                    raise
        self._secrets = dict(values.secrets)
        self.install = install
        return install
