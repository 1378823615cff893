"""What two configurations of an install differ in, and how a value is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from annex_shared.display_text import shown


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """What one configuration has that another has not, by key, in order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @classmethod
    def between(cls, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> "ConfigDifference":
        both = sorted(before.keys() & after.keys())
        return cls(
            tuple(sorted(after.keys() - before.keys())),
            tuple(sorted(before.keys() - after.keys())),
            # 1 and true are equal in Python and different settings.
            tuple(key for key in both if written(before[key]) != written(after[key])),
        )

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def lines(self, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> list[str]:
        return [
            *(f"+ {shown(key)} = {_value(after[key])}" for key in self.added),
            *(f"- {shown(key)} = {_value(before[key])}" for key in self.removed),
            *(f"~ {shown(key)} = {_value(before[key])} -> {_value(after[key])}" for key in self.changed),
        ]

    def to_document(
        self, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        return {
            "added": {key: after[key] for key in self.added},
            "removed": {key: before[key] for key in self.removed},
            "changed": {key: {"before": before[key], "after": after[key]} for key in self.changed},
        }


def written(value: JsonValue) -> str:
    """Write a value as a person sets it: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _value(value: JsonValue) -> str:
    return shown(json.dumps(value, ensure_ascii=False, sort_keys=True))
