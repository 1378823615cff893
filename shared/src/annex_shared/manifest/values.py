"""How a manifest's texts become value types, with the pattern each is described by in the JSON Schema."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from annex_shared.host_patterns import HostPattern, InvalidHostPattern
from annex_shared.manifest.capabilities import CAPABILITY_PATTERN, normalise_capability
from annex_shared.names import ExtensionName, InvalidExtensionName, InvalidPublisherName, PublisherSlug
from annex_shared.version_number import InvalidVersionNumber, VersionNumber

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")

# Error types that parse.py gives an own class of refusal.
NAME_REFUSED = "extension_name"
WILDCARD_REFUSED = "wildcard_version"

_PLAIN_TEXT = r"^(?![\s\S]*\.\.)[\s\S]*\S[\s\S]*$"
_NAME_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$"
# ASCII with one to 64 letters or digits; the slug's own length is judged by the model.
_PUBLISHER_PATTERN = (
    r"^(?=[\x00-\x7f]*$)[^A-Za-z0-9]*[A-Za-z0-9]([^A-Za-z0-9]*[A-Za-z0-9]){0,63}[^A-Za-z0-9]*$"
)
_NUMBER = r"(0|[1-9][0-9]*)"
_PRERELEASE = r"(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*"
_VERSION_PATTERN = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_PRERELEASE}(\.{_PRERELEASE})*)?(\+{_BUILD})?$"
_WILDCARD = re.compile(r"[0-9xX*]+(\.[0-9xX*]+)*")


def _any_case(words: tuple[str, ...]) -> str:
    spelled = ("".join(f"[{letter}{letter.lower()}]" for letter in word) for word in words)
    return f"^({'|'.join(spelled)})$"


def _name(value: Any) -> ExtensionName:
    if isinstance(value, ExtensionName):
        return value
    try:
        return ExtensionName.parse(_text(value))
    except InvalidExtensionName as error:
        raise PydanticCustomError(NAME_REFUSED, "{reason}", {"reason": error.message}) from None


def _publisher(value: Any) -> PublisherSlug:
    if isinstance(value, PublisherSlug):
        return value
    try:
        return PublisherSlug.of(_text(value))
    except InvalidPublisherName as error:
        raise ValueError(error.message) from None


def _version(value: Any) -> VersionNumber:
    if isinstance(value, VersionNumber):
        return value
    text = _text(value)
    try:
        return VersionNumber.parse(text)
    except InvalidVersionNumber as error:
        if _WILDCARD.fullmatch(text) and any(letter in text for letter in "*xX"):
            raise PydanticCustomError(
                WILDCARD_REFUSED,
                'Version "{text}" is a wildcard. Write the full number, such as {example}.',
                {"text": text, "example": re.sub(r"[*xX]+", "0", text)},
            ) from None
        raise ValueError(error.message) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    return value


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _runtime(text: str) -> str:
    if not text.strip() or not ("@" in text or "-" in text):
        raise ValueError('must name a runtime such as "wasm-js@1"')
    return text.strip()


def _method(text: str) -> str:
    if text.upper() not in METHODS or not text.isascii():
        raise ValueError(f"must be one of {', '.join(METHODS)}")
    return text.upper()


def tidy_path(text: str) -> str:
    """Drop leading ``./`` and collapse repeated slashes, as the predecessor did."""
    while text.startswith("./"):
        text = text[2:]
    return re.sub("/{2,}", "/", text)


def _archive_path(text: str) -> str:
    if ".." in _not_blank(text):
        raise ValueError('must not contain ".."')
    return tidy_path(text)


def _ui_path(text: str) -> str:
    path = _archive_path(text).lstrip("/")
    return _not_blank(path)


def _endpoint_path(text: str) -> str:
    if ".." in text:
        raise ValueError('must not contain ".."')
    if not text or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError('must begin with "/" and hold no spaces')
    return "/" + tidy_path(text).lstrip("/")


def _egress_host(text: str) -> str:
    try:
        return str(HostPattern.parse(text))
    except InvalidHostPattern as error:
        raise ValueError(str(error.details["reason"])) from None


ManifestName = Annotated[
    ExtensionName,
    PlainValidator(_name),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _NAME_PATTERN, "examples": ["com.acme.invoice-notes"]}),
]
ManifestPublisher = Annotated[
    PublisherSlug,
    PlainValidator(_publisher),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PUBLISHER_PATTERN, "examples": ["acme"]}),
]
ManifestVersion = Annotated[
    VersionNumber,
    PlainValidator(_version),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "maxLength": 128, "pattern": _VERSION_PATTERN, "examples": ["1.4.0"]}),
]
Runtime = Annotated[
    str,
    AfterValidator(_runtime),
    WithJsonSchema({"type": "string", "pattern": "[@-]", "examples": ["wasm-js@1"]}),
]
Capability = Annotated[
    str,
    AfterValidator(normalise_capability),
    WithJsonSchema({"type": "string", "maxLength": 128, "pattern": CAPABILITY_PATTERN}),
]
Method = Annotated[
    str, AfterValidator(_method), WithJsonSchema({"type": "string", "pattern": _any_case(METHODS)})
]
EndpointPath = Annotated[
    str,
    AfterValidator(_endpoint_path),
    WithJsonSchema({"type": "string", "pattern": r"^(?!.*\.\.)[^\s\x00-\x1f\x7f]+$", "examples": ["/hello"]}),
]
ArchivePath = Annotated[
    str, AfterValidator(_archive_path), WithJsonSchema({"type": "string", "pattern": _PLAIN_TEXT})
]
UiPath = Annotated[
    str,
    AfterValidator(_ui_path),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(?![\s\S]*\.\.)[./]*[^\s./][\s\S]*$",
            "examples": ["ui/index.html"],
        }
    ),
]
Label = Annotated[str, AfterValidator(_not_blank), WithJsonSchema({"type": "string", "pattern": r"\S"})]
EgressHost = Annotated[
    str,
    AfterValidator(_egress_host),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 300,
            "pattern": r"^([Hh][Tt][Tt][Pp][Ss]?://)?(\*\.)?[^\s/?#@\\*]+$",
            "examples": ["api.example.com", "*.example.org", "https://host.example.com:8443"],
        }
    ),
]
