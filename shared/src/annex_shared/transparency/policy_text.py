"""Policy files: one directive a line, every name defined before it is used."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from annex_shared.display_text import shown
from annex_shared.transparency.canonical import NotCanonical, read_decimal
from annex_shared.transparency.cosignature import CosignatureVerifier
from annex_shared.transparency.errors import NoteKeyMalformed, PolicyMalformed
from annex_shared.transparency.note import NoteVerifier
from annex_shared.transparency.policy import NO_QUORUM, LogPolicy, PolicyLog, PolicyWitness, WitnessGroup

MAX_POLICY_BYTES: Final = 256 * 1024
_UNCLEAN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS = re.compile(r"[ \t]+")


def parse_policy(data: bytes) -> LogPolicy:
    """Read a policy; raise PolicyMalformed, whose ``details.line`` counts from 1.

    Bytes beyond ASCII are opaque: names are compared byte for byte.
    """
    if len(data) > MAX_POLICY_BYTES:
        raise _malformed(0, f"it is larger than {MAX_POLICY_BYTES:,} bytes")
    if _UNCLEAN.search(data):
        raise _malformed(0, "it holds a control character")
    if not data.endswith(b"\n"):
        raise _malformed(0, "its last line is cut off")
    draft = _Draft()
    for number, items in _directives(data.decode("utf-8", "surrogateescape")):
        draft.read(number, items)
    return draft.finish()


@dataclass(slots=True)
class _Draft:
    """A policy while its lines are read; ``names`` holds what may be referred to, and whether it was."""

    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[PolicyWitness] = field(default_factory=list)
    groups: list[WitnessGroup] = field(default_factory=list)
    quorum: str | None = None
    names: dict[str, bool] = field(default_factory=dict)

    def read(self, number: int, items: Sequence[str]) -> None:
        try:
            self._reader_of(items)(items)
        except (_Refused, NotCanonical) as reason:
            raise _malformed(number, str(reason)) from None
        except NoteKeyMalformed as reason:
            raise _malformed(number, reason.message) from None

    def finish(self) -> LogPolicy:
        if self.quorum is None:
            raise _malformed(0, "it has no quorum line")
        quorum = None if self.quorum == NO_QUORUM else self.quorum
        return LogPolicy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), quorum)

    def _reader_of(self, items: Sequence[str]) -> Callable[[Sequence[str]], None]:
        match items:
            case ["log", _] | ["log", _, _]:
                return self._log
            case ["witness", _, _] | ["witness", _, _, _]:
                return self._witness
            case ["group", _, _, _, *_]:
                return self._group
            case ["quorum", _]:
                return self._quorum
            case _:
                raise _Refused(
                    "it is not a log, witness, group or quorum line with the right number of items"
                )

    def _log(self, items: Sequence[str]) -> None:
        verifier = NoteVerifier.parse(items[1])
        if verifier.key in [log.verifier.key for log in self.logs]:
            raise _Refused("this log's key is listed already")
        self.logs.append(PolicyLog(verifier, *items[2:]))

    def _witness(self, items: Sequence[str]) -> None:
        verifier = CosignatureVerifier.parse(items[2])
        if verifier.key in [witness.verifier.key for witness in self.witnesses]:
            raise _Refused("this witness's key is listed already")
        self._define(items[1])
        self.witnesses.append(PolicyWitness(items[1], verifier, *items[3:]))

    def _group(self, items: Sequence[str]) -> None:
        _, name, rule, *members = items
        threshold = {"any": 1, "all": len(members)}.get(rule) or read_decimal(rule)
        if not 1 <= threshold <= len(members):
            raise _Refused(f"no {threshold} of {len(members)} members can agree")
        for member in members:
            # Counted in one place only, no witness can have two votes.
            if self.names.get(member) is not False:
                raise _Refused(f'"{shown(member, limit=80)}" is not defined before, or is in a group already')
            self.names[member] = True
        self._define(name)
        self.groups.append(WitnessGroup(name, threshold, tuple(members)))

    def _quorum(self, items: Sequence[str]) -> None:
        if self.quorum is not None:
            raise _Refused("there is more than one quorum line")
        if items[1] != NO_QUORUM and items[1] not in self.names:
            raise _Refused(f'"{shown(items[1], limit=80)}" is not defined before')
        self.quorum = items[1]

    def _define(self, name: str) -> None:
        if name == NO_QUORUM or name in self.names:
            raise _Refused(f'the name "{shown(name, limit=80)}" is taken')
        self.names[name] = False


class _Refused(Exception):
    """Why one line cannot stand; the text completes a sentence."""


def _directives(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        content = line.strip(" \t")
        if content and not content.startswith("#"):
            yield number, _BLANKS.split(content)


def _malformed(line: int, reason: str) -> PolicyMalformed:
    place = f"line {line}: " if line else ""
    return PolicyMalformed(
        f"The transparency log policy cannot be used: {place}{reason}.",
        details={"line": line or None, "reason": reason},
    )
