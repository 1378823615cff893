"""The version number inside a manifest's text: found and replaced, with every other byte left as it is."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import semver

from annex_cli.errors import FileNotUsable, InvalidUsage
from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.manifest.parse import MAX_MANIFEST_BYTES
from annex_shared.version_number import InvalidVersionNumber, VersionNumber

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_RAISES: Final = ("patch", "minor", "major")
_OPEN: Final = "{["
_CLOSED: Final = "}]"


@dataclass(frozen=True, slots=True)
class ManifestText:
    """A manifest as it was written; ``begin`` and ``end`` enclose the version with its quotes."""

    path: Path
    text: str
    version: str
    begin: int
    end: int

    @classmethod
    def read(cls, folder: Path) -> "ManifestText":
        """Find the version of a project. Raises FileNotUsable."""
        path = folder / MANIFEST_PATH
        try:
            with path.open("rb") as file:
                text = file.read(MAX_MANIFEST_BYTES).decode("utf-8")
            version = json.loads(text)["version"]
        except FileNotFoundError:
            raise FileNotUsable(
                f"There is no {MANIFEST_PATH} in {folder}.",
                hint="Run annex in the folder of an extension, or name one with --cwd.",
            ) from None
        except OSError as error:
            raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError):
            raise FileNotUsable(f"{path} is not JSON with a version.", hint="annex pack") from None
        place = _place(text)
        if place is None or json.loads(text[slice(*place)]) != version:
            raise FileNotUsable(f"{path} has no version that can be changed; write one by hand.")
        return cls(path, text, str(version), *place)

    def raised(self, wish: str) -> VersionNumber:
        """Work out the number that is wished for. Raises InvalidVersionNumber and InvalidUsage."""
        if wish not in _RAISES:
            return _named(wish)
        current = semver.Version.parse(VersionNumber.parse(self.version).text)
        # A pre-release is on its way to its own number: 2.0.0-rc.1 is raised to 2.0.0.
        final = current.finalize_version()
        if current.prerelease and _is_whole(final, wish):
            return VersionNumber(str(final))
        return VersionNumber(str(getattr(final, f"bump_{wish}")()))

    def written(self, number: VersionNumber) -> None:
        """Put the number into the file. Raises FileNotUsable."""
        text = f"{self.text[: self.begin]}{json.dumps(str(number))}{self.text[self.end :]}"
        draft = self.path.with_name(f".{self.path.name}.new")
        try:
            draft.write_bytes(text.encode("utf-8"))
            draft.chmod(self.path.stat().st_mode)
            draft.replace(self.path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise FileNotUsable(f"{self.path} cannot be written: {error.strerror}.") from None


def _named(wish: str) -> VersionNumber:
    try:
        return VersionNumber.parse(wish)
    except InvalidVersionNumber as error:
        raise InvalidUsage(f"{error.message} Or write patch, minor or major.") from None


def _is_whole(final: semver.Version, wish: str) -> bool:
    return {"patch": True, "minor": final.patch == 0, "major": final.patch == final.minor == 0}[wish]


def _place(text: str) -> tuple[int, int] | None:
    """Find the value of the outermost "version"; in JSON brackets and strings are all that counts."""
    depth, at, is_next = 0, 0, False
    while at < len(text):
        character = text[at]
        if character == '"':
            match = _STRING.match(text, at)
            assert match is not None  # noqa: S101 - it was read as JSON before
            if is_next:
                return match.span()
            is_key = text[match.end() :].lstrip().startswith(":")
            is_next = depth == 1 and is_key and json.loads(match.group()) == "version"
            at = match.end()
            continue
        depth += (character in _OPEN) - (character in _CLOSED)
        is_next = is_next and (character.isspace() or character == ":")
        at += 1
    return None
