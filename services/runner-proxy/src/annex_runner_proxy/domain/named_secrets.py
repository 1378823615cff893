"""Some of an install's secrets: the others do not exist for a call that named what it may see."""

from collections.abc import Mapping
from dataclasses import dataclass

from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.ports import Secrets


@dataclass(frozen=True, slots=True)
class NamedSecrets:
    """Opens what ``allowed`` names and nothing else."""

    secrets: Secrets
    allowed: frozenset[str]

    async def open(self, install: Install, name: str) -> Mapping[str, str]:
        return await self.secrets.open(install, name) if name in self.allowed else {}

    def names(self, install: Install) -> list[str]:
        return [name for name in self.secrets.names(install) if name in self.allowed]
