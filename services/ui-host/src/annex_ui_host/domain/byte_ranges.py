"""Byte ranges of a file (RFC 9110 §14): which bytes a `Range` asks for, or that it is not heeded."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_UNIT = re.compile(r"bytes[ \t]*=[ \t]*(.+)", re.IGNORECASE)
_SPEC = re.compile(r"([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18})")
_MAX_RANGES: Final = 4
_MAX_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From ``first`` to before ``end``."""

    first: int
    end: int

    def content_range(self, size_bytes: int) -> str:
        return f"bytes {self.first}-{self.end - 1}/{size_bytes}"


@dataclass(frozen=True, slots=True)
class NoneSatisfiable:
    """The ranges are well-formed, and none of them begins inside the file."""


def ranges_of(header: str, size_bytes: int) -> tuple[ByteRange, ...] | NoneSatisfiable:
    """Read a `Range`. An empty tuple: answer with all of the file.

    That is what another unit, a malformed set, more than four ranges, and ranges that overlap or touch each
    other get: who asks for the same bytes twice wants to cost something.
    """
    unit = _UNIT.fullmatch(header.strip()) if len(header) <= _MAX_LENGTH else None
    specs = [] if unit is None else [spec.strip() for spec in unit[1].split(",")]
    if not specs or len(specs) > _MAX_RANGES:
        return ()
    ranges = []
    for spec in specs:
        match = _SPEC.fullmatch(spec)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            return ()
        if (found := _range(match, size_bytes)) is not None:
            ranges.append(found)
    if not ranges:
        return NoneSatisfiable()
    ordered = sorted(ranges, key=lambda one: one.first)
    if any(one.end >= other.first for one, other in pairwise(ordered)):
        return ()
    return tuple(ranges)


def _range(match: re.Match[str], size_bytes: int) -> ByteRange | None:
    """Place one range in the file; None where it holds no byte of it."""
    if match[3] is not None:
        first, end = max(0, size_bytes - int(match[3])), size_bytes
    else:
        first = int(match[1])
        end = min(size_bytes, int(match[2]) + 1) if match[2] else size_bytes
    return ByteRange(first, end) if first < end else None
