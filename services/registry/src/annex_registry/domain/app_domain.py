"""Host names that lead to an install: how they are written, and which one an install gets by itself."""

import hashlib
import re
from dataclasses import dataclass

from annex_registry.domain.errors import InvalidAppDomain
from annex_registry.domain.version import Extension
from annex_shared.display_text import shown
from annex_shared.ids import TenantId

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r":[0-9]{1,5}\Z", re.ASCII)
_MAX_LENGTH = 253
# Of the 63 characters of a label the name may take these; 64 bits of a digest follow.
_NAME_LENGTH = 40
_DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class HostName:
    """A DNS name in lower case, without port and final dot."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "HostName":
        """Read a name of at least two labels; an address is none. Raises InvalidAppDomain."""
        name = text.strip().lower().removesuffix(".")
        labels = name.split(".")
        # U+212A KELVIN SIGN lower-cases to an ASCII "k": judge the letters as they were written.
        is_name = (
            text.isascii()
            and len(name) <= _MAX_LENGTH
            and len(labels) > 1
            and all(_LABEL.fullmatch(label) for label in labels)
            and not labels[-1].isdigit()
        )
        if not is_name:
            raise InvalidAppDomain(
                f'"{shown(text, limit=80)}" is no host name: write a DNS name of two or more labels such as '
                "notes.example.com, without scheme, port and path, and other letters in their xn-- form.",
                details={"field": "host"},
            )
        return cls(name)

    @classmethod
    def of_request(cls, host: str) -> "HostName":
        """Read what a client sent as `Host`, which may end with a port. Raises InvalidAppDomain."""
        return cls.parse(_PORT.sub("", host.strip()))

    def __str__(self) -> str:
        return self.text


def own_host(root: HostName, tenant_id: TenantId, extension: Extension) -> HostName:
    """Return the name below ``root`` that only this tenant's install of this extension gets."""
    digest = hashlib.sha256(f"{tenant_id} {extension.id}".encode()).hexdigest()[:_DIGEST_LENGTH]
    name = extension.ref.name.key[:_NAME_LENGTH].strip("-")
    return HostName.parse(f"{name}-{digest}.{root}")
