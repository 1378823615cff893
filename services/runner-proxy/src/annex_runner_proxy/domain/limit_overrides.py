"""What operators said of limits: of one install, of an extension, of a tenant; the narrower word counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import NO_OVERRIDE, LimitOverride
from annex_shared.ids import InstallId, TenantId


@dataclass(frozen=True, slots=True)
class LimitOverrides:
    """Extensions are named ``publisher/name``."""

    installs: Mapping[InstallId, LimitOverride] = field(default_factory=dict)
    extensions: Mapping[str, LimitOverride] = field(default_factory=dict)
    tenants: Mapping[TenantId, LimitOverride] = field(default_factory=dict)

    def of(self, install: Install) -> LimitOverride:
        """Lay the word about the install over those about its extension and its tenant, limit by limit.

        What the registry says of the install was said last, and goes first.
        """
        if not (self.installs or self.extensions or self.tenants):
            return install.limits
        of_tenant = self.tenants.get(install.tenant_id, NO_OVERRIDE)
        of_extension = self.extensions.get(install.extension, NO_OVERRIDE)
        of_install = install.limits.over(self.installs.get(install.install_id, NO_OVERRIDE))
        return of_install.over(of_extension.over(of_tenant))
