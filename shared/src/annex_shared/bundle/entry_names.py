"""Which entry paths are accepted, and which two of them would be one place for some reader."""

import re
import unicodedata

from annex_shared.bundle.errors import BundleDuplicateEntry, BundlePathRefused, BundleTooLarge
from annex_shared.bundle.limits import BundleLimits
from annex_shared.display_text import shown

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
# Control, format (bidi, zero-width), surrogate, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def accepted_path(raw: bytes, limits: BundleLimits, *, is_directory: bool = False) -> str:
    """Give the path of an entry, without a leading ``./``; raise BundlePathRefused or BundleTooLarge.

    The root folder itself is the empty path.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused(raw.decode("utf-8", "replace"), "encoding", "is not UTF-8") from None
    path = text.removeprefix("./")
    if is_directory:
        path = path.removesuffix("/")
        if path in ("", "."):
            return ""
    _refuse_letters(path)
    for segment in path.split("/"):
        _refuse_segment(path, segment)
    _refuse_lengths(path, limits)
    return path


def _refuse_letters(path: str) -> None:
    if path.startswith("/") or _DRIVE.match(path):
        raise _refused(path, "absolute", "is absolute")
    if "\\" in path:
        raise _refused(path, "backslash", "holds a backslash")
    if ":" in path:
        raise _refused(path, "colon", "holds a colon")
    if path.startswith("-"):
        raise _refused(path, "leading_dash", "begins with a dash")
    if any(unicodedata.category(letter) in _INVISIBLE for letter in path):
        raise _refused(path, "control", "holds control or invisible characters")


def _refuse_segment(path: str, segment: str) -> None:
    if segment == "..":
        raise _refused(path, "traversal", 'holds ".."')
    if segment in ("", "."):
        raise _refused(path, "empty_segment", 'holds an empty or "." segment')
    if segment[-1] in ". ":
        raise _refused(path, "trailing_dot", "has a segment ending with a dot or space")
    if _RESERVED.fullmatch(segment):
        raise _refused(path, "reserved", "uses a name Windows reserves for devices")


def _refuse_lengths(path: str, limits: BundleLimits) -> None:
    segments = path.encode("utf-8").split(b"/")
    measures = (
        ("path_bytes", len(path.encode("utf-8")), limits.path_bytes, "bytes"),
        ("segment_bytes", max(map(len, segments)), limits.segment_bytes, "bytes in one segment"),
        ("depth", len(segments), limits.depth, "levels"),
    )
    for limit, size, maximum, unit in measures:
        if size > maximum:
            raise BundleTooLarge(
                f'The path "{shown(path, limit=80)}" is too long: at most {maximum} {unit} are allowed.',
                details={"limit": limit, "maximum": maximum, "path": shown(path)},
            )


def _refused(path: str, reason: str, why: str) -> BundlePathRefused:
    return BundlePathRefused(
        f'The bundle\'s entry "{shown(path, limit=80)}" {why}. Rename the file and pack again.',
        details={"path": shown(path), "reason": reason},
    )


class EntryNames:
    """Every name seen so far, as the least careful file system would compare them."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add_file(self, path: str) -> None:
        """Take a file's name and its folders'; raise BundleDuplicateEntry if one is taken."""
        self._take_folders(path.rpartition("/")[0])
        key = _folded(path)
        other = self._files.get(key, self._folders.get(key))
        if other is not None:
            raise _duplicate(path, other)
        self._files[key] = path

    def add_folder(self, path: str) -> None:
        """Take a folder's name; the same folder may be named again."""
        self._take_folders(path)

    def _take_folders(self, path: str) -> None:
        while path:
            key = _folded(path)
            if key in self._folders:
                return
            if key in self._files:
                raise _duplicate(path, self._files[key])
            self._folders[key] = path
            path = path.rpartition("/")[0]


def _folded(path: str) -> str:
    """Fold case and composition together (Unicode D145, canonical caseless matching)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _duplicate(path: str, other: str) -> BundleDuplicateEntry:
    where = (
        "twice" if path == other else f'and "{shown(other, limit=80)}", which are one place on some systems'
    )
    return BundleDuplicateEntry(
        f'The bundle holds "{shown(path, limit=80)}" {where}. Keep one of them and pack again.',
        details={"path": shown(path), "other": shown(other)},
    )
