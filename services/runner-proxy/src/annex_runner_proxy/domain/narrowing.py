"""What a request says about an install, ours or a predecessor's: it can take away, never give."""

from dataclasses import dataclass, replace
from typing import Final

from annex_runner_proxy.domain.installs import Install
from annex_shared.host_patterns import HostPattern


@dataclass(frozen=True, slots=True)
class Narrowing:
    """None says nothing, and takes nothing away. Values are never taken from a request, only names."""

    capabilities: frozenset[str] | None = None
    config_keys: frozenset[str] | None = None
    secret_names: frozenset[str] | None = None
    egress: tuple[HostPattern, ...] | None = None

    def of_install(self, install: Install) -> Install:
        """Return the install with at most what both it and the request name."""
        if self.capabilities is not None:
            install = replace(install, grants=install.grants & self.capabilities)
        if self.config_keys is not None:
            kept = {key: value for key, value in install.config.items() if key in self.config_keys}
            install = replace(install, config=kept)
        if self.secret_names is not None:
            install = replace(install, visible_secrets=self.secret_names)
        if self.egress is not None:
            install = replace(install, controlled_egress=self.egress)
        return install


NOTHING_TAKEN: Final = Narrowing()
