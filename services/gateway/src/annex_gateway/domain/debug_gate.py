"""Whose lines may be watched: the tenant granted it, or the operator named the extension."""

from dataclasses import dataclass
from typing import Final, Literal

from annex_gateway.domain.errors import DebugNotGranted
from annex_gateway.domain.installs import Install
from annex_shared.names import ExtensionName, PublisherSlug

DEBUG_LOGS: Final = "cap:debug.logs"
_ALL: Final = "*"
AllowedBy = Literal["grant", "operator"]


@dataclass(frozen=True, slots=True)
class DebugGate:
    """``extensions`` holds what the operator named: `publisher.name`, `publisher.*`, or `*` for all."""

    extensions: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "DebugGate":
        """Read a comma-separated list. Raises InvalidPublisherName or InvalidExtensionName."""
        return cls(frozenset(_entry(part.strip()) for part in text.split(",") if part.strip()))

    def require_open(self, install: Install) -> AllowedBy:
        """Insist on the grant or the operator's word, and say whose it is. Raises DebugNotGranted."""
        if DEBUG_LOGS in install.grants:
            return "grant"
        if not self.extensions.isdisjoint(_spellings(install)):
            return "operator"
        raise DebugNotGranted(
            f"What {install.publisher}/{install.name} writes may not be watched here. Grant the install "
            "debug.logs, which its manifest must ask for, or have the operator add the extension to "
            "DEBUG_EXTENSIONS.",
            details={"capability": DEBUG_LOGS, "install_id": str(install.install_id)},
        )


def _spellings(install: Install) -> tuple[str, ...]:
    publisher, name = _key(install.publisher), ExtensionName.parse(install.name).key
    return (f"{publisher}.{name}", f"{publisher}.{_ALL}", _ALL)


def _entry(text: str) -> str:
    if text == _ALL:
        return _ALL
    publisher, _, name = text.partition(".")
    return f"{_key(publisher)}.{_ALL if name == _ALL else ExtensionName.parse(name).key}"


def _key(publisher: str) -> str:
    return str(PublisherSlug.of(publisher))
