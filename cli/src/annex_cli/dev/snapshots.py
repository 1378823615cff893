"""Snapshots: what is built now, as a bundle with a number of its own, so that nothing published changes."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from annex_cli.errors import FileNotUsable
from annex_cli.packing import project_manifest
from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.writer import files_to_pack, write_bundle
from annex_shared.content_hash import ContentHash
from annex_shared.manifest import Manifest, parse_manifest

# Quick, and thrown away: nobody downloads it.
_LEVEL: Final = 1
# Whose namespace it is in development, where the manifest leaves that to the key that publishes.
PUBLISHER: Final = "dev"
_UI: Final = "ui"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A packed snapshot; one of ``pages`` has no handler and is never installed."""

    archive: Path
    manifest: Manifest
    content_hash: ContentHash

    @property
    def extension(self) -> str:
        return f"{self.manifest.publisher}/{self.manifest.name}"


@dataclass(slots=True)
class Snapshots:
    """Makes snapshots below ``folder``; their numbers only grow, over restarts too, because time does."""

    project: Path
    folder: Path
    last: int = field(default=0)

    def next_version(self, version: str, now_ms: int) -> str:
        """Make the number of the next snapshot: of `1.4.0` it is `1.4.0-dev.1763707200000`."""
        self.last = max(self.last + 1, now_ms)
        number, _, _ = version.partition("+")
        return f"{number}{'.' if '-' in number else '-'}dev.{self.last}"

    def whole(self, now_ms: int) -> Snapshot:
        """Pack handler and pages. Raises FileNotUsable, and refusals of the manifest or the bundle."""
        project_manifest(self.project)
        names = [name for name, _ in files_to_pack(self.project, BundleLimits())]
        return self._packed(
            self._document(now_ms), [name for name in names if name != MANIFEST_PATH], "whole"
        )

    def pages(self, now_ms: int) -> Snapshot:
        """Pack the pages alone: nothing is compiled for them, so they are shown at once."""
        document = self._document(now_ms)
        kept = ("name", "publisher", "version", "runtime", "ui")
        names = [
            path.relative_to(self.project).as_posix()
            for path in sorted((self.project / _UI).rglob("*"))
            if path.is_file() and not path.is_symlink()
        ]
        return self._packed({name: document[name] for name in kept if name in document}, names, "pages")

    def _document(self, now_ms: int) -> dict[str, Any]:
        manifest = project_manifest(self.project)
        document = manifest.to_document()
        document["publisher"] = document.get("publisher") or PUBLISHER
        document["version"] = self.next_version(str(manifest.version), now_ms)
        return document

    def _packed(self, document: dict[str, Any], names: list[str], kind: str) -> Snapshot:
        staging, archive = self.folder / kind, self.folder / f"{kind}.tar.zst"
        try:
            shutil.rmtree(staging, ignore_errors=True)
            for name in names:
                place = staging / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.project / name, place)
            staging.mkdir(parents=True, exist_ok=True)
            (staging / MANIFEST_PATH).write_text(json.dumps(document), encoding="utf-8")
            with archive.open("w+b") as file:
                packed = write_bundle(staging, file, level=_LEVEL)
        except OSError as error:
            raise FileNotUsable(f"{staging} cannot be written: {error.strerror}.") from None
        return Snapshot(archive, parse_manifest(json.dumps(document).encode()), packed.content_hash)
