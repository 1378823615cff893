"""Which file is served as what: an own table, so that no host's configuration can change an answer."""

from collections.abc import Mapping

_UNKNOWN = "application/octet-stream"
_HTML = "text/html; charset=utf-8"
_SVG = "image/svg+xml"

_BY_ENDING: Mapping[str, str] = {
    "html": _HTML,
    "htm": _HTML,
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "webmanifest": "application/manifest+json",
    "wasm": "application/wasm",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "svg": _SVG,
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "webm": "video/webm",
}


def media_type_of(path: str) -> str:
    """Say what a file is by the ending of its name, without regard to case; unknown is a plain download."""
    name = path.rpartition("/")[2]
    return _BY_ENDING.get(name.rpartition(".")[2].lower(), _UNKNOWN) if "." in name else _UNKNOWN


def is_document(media_type: str) -> bool:
    """Whether a browser runs scripts in it when it is opened by itself."""
    return media_type in (_HTML, _SVG)


def is_compressible(media_type: str) -> bool:
    """Whether files of this type are text or the like, and not packed by their own format."""
    return media_type.partition(";")[0] in _COMPRESSIBLE


_COMPRESSIBLE = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain",
        "text/csv",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        _SVG,
        "image/x-icon",
        "font/ttf",
        "font/otf",
    }
)
