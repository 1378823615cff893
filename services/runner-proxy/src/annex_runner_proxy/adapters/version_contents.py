"""What versions declare, asked of the registry once: a published version never changes."""

from collections import OrderedDict
from dataclasses import dataclass, field

from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.kept import VersionContents, Versions

_MAX_REMEMBERED = 2_000


@dataclass(slots=True)
class RememberedVersions:
    """Meets ``Versions``."""

    source: Versions
    _known: OrderedDict[str, VersionContents] = field(default_factory=OrderedDict)

    async def contents(self, install: Install) -> VersionContents:
        known = self._known.get(install.version_id)
        if known is None:
            known = self._known[install.version_id] = await self.source.contents(install)
            while len(self._known) > _MAX_REMEMBERED:
                self._known.popitem(last=False)
        return known
