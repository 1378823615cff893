"""Seal and open single secrets: one port's shape over a keyring, over Vault, and over both at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from annex_shared.display_text import shown
from annex_shared.ids import InstallId, TenantId
from annex_shared.secret_envelope import ALGORITHM, SealedSecrets, SecretsKeyring, SecretsUnavailable

SealedPlace = tuple[TenantId, InstallId]


class SecretSealer(Protocol):
    """Seals values so that they open in their place only: this tenant, this install, this name.

    Raises SecretsUnavailable, SecretsCorrupt and SecretStoreUnavailable.
    """

    @property
    def algorithm(self) -> str: ...

    async def seal(self, name: str, value: str, *, place: SealedPlace) -> SealedSecrets: ...

    async def open(self, sealed: SealedSecrets, *, place: SealedPlace) -> Mapping[str, str]: ...

    async def is_current(self, sealed: SealedSecrets) -> bool:
        """Whether the envelope is sealed with the key that seals now."""
        ...

    async def rewrap(self, sealed: SealedSecrets, *, place: SealedPlace) -> SealedSecrets:
        """Seal an envelope of this algorithm and one name anew, with the key that seals now."""
        ...


@dataclass(frozen=True, slots=True)
class KeyringSealer:
    """Seals in this process, with the keys of a file."""

    keyring: SecretsKeyring
    algorithm: str = ALGORITHM

    async def seal(self, name: str, value: str, *, place: SealedPlace) -> SealedSecrets:
        return self.keyring.seal({name: value}, tenant_id=place[0], install_id=place[1])

    async def open(self, sealed: SealedSecrets, *, place: SealedPlace) -> Mapping[str, str]:
        return self.keyring.open(sealed, tenant_id=place[0], install_id=place[1])

    async def is_current(self, sealed: SealedSecrets) -> bool:
        return sealed.key_id == self.keyring.active

    async def rewrap(self, sealed: SealedSecrets, *, place: SealedPlace) -> SealedSecrets:
        values = await self.open(sealed, place=place)
        return self.keyring.seal(values, tenant_id=place[0], install_id=place[1])


@dataclass(frozen=True, slots=True)
class SealerChain:
    """Seals with the first, opens with whichever sealed: so a keyring can be replaced by Vault, or back."""

    sealers: tuple[SecretSealer, ...]

    @property
    def algorithm(self) -> str:
        return self.sealers[0].algorithm

    async def seal(self, name: str, value: str, *, place: SealedPlace) -> SealedSecrets:
        return await self.sealers[0].seal(name, value, place=place)

    async def open(self, sealed: SealedSecrets, *, place: SealedPlace) -> Mapping[str, str]:
        return await self._sealer_of(sealed).open(sealed, place=place)

    async def is_current(self, sealed: SealedSecrets) -> bool:
        return sealed.algorithm == self.algorithm and await self.sealers[0].is_current(sealed)

    async def rewrap(self, sealed: SealedSecrets, *, place: SealedPlace) -> SealedSecrets:
        if sealed.algorithm == self.algorithm:
            return await self.sealers[0].rewrap(sealed, place=place)
        ((name, value),) = (await self.open(sealed, place=place)).items()
        return await self.seal(name, value, place=place)

    def _sealer_of(self, sealed: SealedSecrets) -> SecretSealer:
        for sealer in self.sealers:
            if sealer.algorithm == sealed.algorithm:
                return sealer
        raise SecretsUnavailable(
            f"These secrets are sealed by {shown(sealed.algorithm, limit=64)}, which is not configured here. "
            "Configure it, or set the secrets again.",
            details={"algorithm": sealed.algorithm},
        )
