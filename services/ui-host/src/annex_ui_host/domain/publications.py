"""The projection of published versions: which content hash was published under which extension."""

from dataclasses import dataclass

from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, VersionId

_DEFAULT_ENTRY = "index.html"


@dataclass(frozen=True, slots=True)
class Publication:
    """A hash published under an extension; ``entry`` is the page shown first, by its path below ``ui/``."""

    content_hash: ContentHash
    extension_id: ExtensionId
    segment: str
    version: str
    version_id: VersionId
    entry: str = _DEFAULT_ENTRY
    # Without a declared page there may still be files, which are served and not fetched beforehand.
    has_ui: bool = False

    @property
    def names(self) -> tuple[str, str]:
        return (self.segment, str(self.extension_id))

    def is_named(self, segment: str) -> bool:
        """Match the one spelling of each name: the extension's UUID, or ``publisher.name``."""
        return segment in (self.segment, str(self.extension_id))


class Publications:
    """What is published never changes, so it is only ever added to; ``serial`` is where the feed was read to.

    The same bytes may be published by several publishers, each under its own extension.
    """

    def __init__(self) -> None:
        self._by_hash: dict[ContentHash, tuple[Publication, ...]] = {}
        self.serial = 0
        self.is_filled = False

    def add(self, publication: Publication) -> None:
        known = self._by_hash.get(publication.content_hash, ())
        if publication not in known:
            self._by_hash[publication.content_hash] = (*known, publication)

    def advance_to(self, serial: int) -> None:
        self.serial = max(self.serial, serial)

    def of(self, content_hash: ContentHash) -> tuple[Publication, ...]:
        return self._by_hash.get(content_hash, ())

    def find(self, content_hash: ContentHash, segment: str) -> Publication | None:
        known = self._by_hash.get(content_hash, ())
        return next((publication for publication in known if publication.is_named(segment)), None)
