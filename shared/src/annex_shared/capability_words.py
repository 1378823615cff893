"""What each capability means, in the words that the CLI, the console and the documentation share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_FILE: Final = "capability_words.json"


@dataclass(frozen=True, slots=True)
class CapabilityWords:
    """A capability as a sentence: it wants to ``verb`` an ``object``; ``risk`` names its group."""

    verb: str
    object: str
    risk: str


@dataclass(frozen=True, slots=True)
class SharedWords:
    """Everything the file says; ``asked`` stands in order of risk, what leaves the tenant first."""

    asked: Mapping[str, CapabilityWords]
    granted_anyway: Mapping[str, CapabilityWords]
    unknown: CapabilityWords
    sentences: Mapping[str, str]


@cache
def shared_words() -> SharedWords:
    document = json.loads(files("annex_shared").joinpath(_FILE).read_text(encoding="utf-8"))
    return SharedWords(
        asked=_words(document["capabilities"]),
        granted_anyway=_words(document["granted_anyway"]),
        unknown=_of(document["unknown"]),
        sentences=MappingProxyType(document["sentences"]),
    )


def sentence(name: str, **facts: str | int) -> str:
    """Write one of the shared sentences with its facts."""
    return shared_words().sentences[name].format(**facts)


def _words(rows: list[dict[str, str]]) -> Mapping[str, CapabilityWords]:
    return MappingProxyType({row["name"]: _of(row) for row in rows})


def _of(row: Mapping[str, str]) -> CapabilityWords:
    return CapabilityWords(row["verb"], row["object"], row["risk"])
