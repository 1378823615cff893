"""What an extension asks for, as sentences, and whether somebody agreed to exactly that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annex_shared.display_text import shown
from annex_shared.manifest import DEFAULT_CAPABILITIES, normalise_capability

_PREFIX = "cap:"
# In order of risk: what leaves the tenant, what changes something, what reads, what stays inside.
_SENTENCES = {
    "cap:http.fetch": ("call", "other servers, those its manifest names and you allow"),
    "cap:invoice.manual.create": ("create", "invoices"),
    "cap:events.emit": ("send", "events to other extensions of this tenant"),
    "cap:scheduler.manage": ("run", "itself at times it chooses"),
    "cap:ui.proxy": ("pass on", "calls from its pages to its own handler"),
    "cap:secrets.get": ("read", "the secrets you give this install"),
    "cap:client.read": ("read", "your clients"),
    "cap:service.read": ("read", "your services"),
    "cap:events.subscribe": ("read", "the platform's events of this tenant"),
    "cap:storage.kv": ("store", "data of its own"),
    "cap:config.read": ("read", "the configuration of this install"),
    "cap:metrics": ("write", "metrics of its own"),
    "cap:debug.logs": ("show", "what it writes, live, to those of you who may debug"),
}
_UNKNOWN = ("use", "something this annex does not know; ask its publisher")
_VERB_WIDTH = 8


@dataclass(frozen=True, slots=True)
class Consent:
    """The capabilities of one version that somebody must agree to; ``granted_anyway`` are harmless."""

    asked: tuple[str, ...]
    granted_anyway: tuple[str, ...]

    @classmethod
    def of(cls, capabilities: Iterable[str]) -> "Consent":
        names = list(dict.fromkeys(capabilities))
        order = list(_SENTENCES)
        asked = sorted(
            (name for name in names if name not in DEFAULT_CAPABILITIES),
            # What is unknown may be anything, so it is read first.
            key=lambda name: order.index(name) if name in _SENTENCES else -1,
        )
        return cls(tuple(asked), tuple(name for name in names if name in DEFAULT_CAPABILITIES))

    @property
    def grants(self) -> list[str]:
        """Everything the manifest asks for, to be granted once it is agreed to."""
        return [*self.asked, *self.granted_anyway]

    @property
    def flag(self) -> str:
        """The exact list, as --grant takes it."""
        return ",".join(name.removeprefix(_PREFIX) for name in self.asked)

    def sentences(self) -> list[str]:
        width = max((len(_object(name)) for name in self.asked), default=0)
        return [
            f"  {_verb(name):<{_VERB_WIDTH}}{_object(name):<{width}}   {shown(name.removeprefix(_PREFIX))}"
            for name in self.asked
        ]

    def is_met_by(self, granted: Sequence[str], denied: Sequence[str] = ()) -> bool:
        """Whether the lists name exactly what is asked for, each once; the harmless may be left out."""
        named = {*granted, *denied} - set(self.granted_anyway)
        return named == set(self.asked) and not set(granted) & set(denied)


def parse_grants(text: str) -> list[str]:
    """Read a comma-separated list of capabilities. Raises ValueError for what is none."""
    return [normalise_capability(part) for part in text.split(",") if part.strip()]


def _verb(name: str) -> str:
    return _SENTENCES.get(name, _UNKNOWN)[0]


def _object(name: str) -> str:
    return _SENTENCES.get(name, _UNKNOWN)[1]
