"""What an extension asks for, as sentences, and whether somebody agreed to exactly that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annex_shared.capability_words import CapabilityWords, shared_words
from annex_shared.display_text import shown
from annex_shared.manifest import DEFAULT_CAPABILITIES, normalise_capability

_PREFIX = "cap:"
_VERB_WIDTH = 8


@dataclass(frozen=True, slots=True)
class Consent:
    """The capabilities of one version that somebody must agree to; ``granted_anyway`` are harmless."""

    asked: tuple[str, ...]
    granted_anyway: tuple[str, ...]

    @classmethod
    def of(cls, capabilities: Iterable[str]) -> "Consent":
        names = list(dict.fromkeys(capabilities))
        order = list(shared_words().asked)
        asked = sorted(
            (name for name in names if name not in DEFAULT_CAPABILITIES),
            # What is unknown may be anything, so it is read first.
            key=lambda name: order.index(name) if name in order else -1,
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
    return _words(name).verb


def _object(name: str) -> str:
    return _words(name).object


def _words(name: str) -> CapabilityWords:
    words = shared_words()
    return words.asked.get(name, words.unknown)
