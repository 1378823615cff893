"""The claim `complete`: the list of an extension's versions is what the log holds, neither more nor less."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from annex_cli.claims import Claim, Status
from annex_cli.errors import LogPartMissing
from annex_cli.log_memory import SeenCheckpoint
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionRow
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef, PublisherSlug
from annex_shared.transparency import (
    Frontier,
    VersionEntry,
    VersionStatus,
    VersionStatusEntry,
    leaf_hash,
    parse_entry,
    verify_chain,
    verify_key_chain,
)
from annex_shared.transparency.errors import ConsistencyBroken, EntryMalformed, TransparencyError

_CLAIM = "complete"
_NAMED = 3
# How lists say that nothing is said of a version, or that all of it was taken back.
_PUBLISHED = "published"


class _Incomplete(Exception):
    """Why the list is not what the log holds."""


class Entries(Protocol):
    """Who reads the log's entries."""

    def entries(self, size: int) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class _Logged:
    """What the log holds of an extension, by version key: publications, and the last word on each."""

    versions: Mapping[str, tuple[int, VersionEntry]]
    said: Mapping[str, tuple[int, VersionStatusEntry]]


async def check_history(
    extension: ExtensionRef, rows: Sequence[VersionRow], signed: SeenCheckpoint, reader: Entries
) -> Claim:
    """Read every entry under a signed checkpoint and compare this extension's with its list.

    The list is read after the checkpoint. Versions that came between are not judged, and are named.
    """
    subject = str(extension)
    later = [row for row in rows if _is_later(row.log_index, signed)]
    covered = [row for row in rows if row not in later]
    # What was said of these came after the checkpoint; that they were published is judged all the same.
    said_later = [row for row in covered if _is_later(row.status_log_index, signed)]
    facts: dict[str, JsonValue] = {"versions": len(covered), "tree_size": signed.size}
    try:
        logged = await _logged(extension, signed, reader)
        facts["statuses"] = len(logged.said)
        _compare(covered, logged.versions)
        for row in covered:
            if row not in said_later:
                _refuse_other_status(row, logged.said.get(_key(row)))
    except _Incomplete as reason:
        return Claim(_CLAIM, Status.FAILED, subject, str(reason), facts)
    except (TransparencyError, LogPartMissing) as error:
        return Claim(_CLAIM, Status.FAILED, subject, error.message, {**facts, **error.details})
    if later or said_later:
        names = _names([row.version for row in (*later, *said_later)])
        text = f"{names}: not in the signed tree of {signed.size} yet; ask again in a moment"
        return Claim(_CLAIM, Status.UNCHECKED, subject, text, facts)
    plural = "s" if len(covered) != 1 else ""
    text = (
        f"the {len(covered)} version{plural} in the list and no other are in the log, each number spent once "
        "and with the status it has there"
    )
    return Claim(_CLAIM, Status.OK, subject, text, facts)


def _is_later(index: int | None, signed: SeenCheckpoint) -> bool:
    return index is not None and index >= signed.size


async def _logged(extension: ExtensionRef, signed: SeenCheckpoint, reader: Entries) -> _Logged:
    """Rebuild the signed root from all entries, and return this extension's versions and their statuses.

    The chains of the extension and of its publisher's keys must be whole.
    """
    frontier = Frontier()
    own: list[tuple[int, bytes]] = []
    keys: list[bytes] = []
    async for data in reader.entries(signed.size):
        if _is_about(data, extension, line="extension"):
            own.append((frontier.size, data))
        elif _is_about(data, extension.publisher, line="publisher"):
            keys.append(data)
        frontier = frontier.append(leaf_hash(data))
    if frontier.root() != signed.checkpoint.root:
        raise ConsistencyBroken("The entries that the log serves do not lead to the root it has signed.")
    if keys:
        verify_key_chain(keys, publisher=extension.publisher, head=leaf_hash(keys[-1]))
    if not own:
        return _Logged({}, {})
    history = verify_chain([data for _, data in own], extension=extension, head=leaf_hash(own[-1][1]))
    found = [(index, entry) for (index, _), entry in zip(own, history, strict=True)]
    return _Logged(
        {entry.version.key: (index, entry) for index, entry in found if isinstance(entry, VersionEntry)},
        # The last word on each version counts.
        {
            entry.version.key: (index, entry)
            for index, entry in found
            if isinstance(entry, VersionStatusEntry)
        },
    )


def _is_about(data: bytes, subject: ExtensionRef | PublisherSlug, *, line: str) -> bool:
    """Tell whose entry it is; one in a form of a later time is of somebody else, unless it names this one."""
    try:
        return parse_entry(data).subject == subject
    except EntryMalformed:
        if f"\n{line} {subject}\n".encode() in data:
            raise
        return False


def _compare(rows: Sequence[VersionRow], logged: Mapping[str, tuple[int, VersionEntry]]) -> None:
    listed: set[str] = set()
    for row in rows:
        key = _key(row)
        if key in listed:
            raise _Incomplete(f"version {shown(key)} stands in the list twice")
        listed.add(key)
        _refuse_difference(row, logged.get(key))
    if hidden := [str(entry.version) for key, (_, entry) in logged.items() if key not in listed]:
        raise _Incomplete(f"hidden from the list, and in the log: {_names(hidden)}")


def _refuse_difference(row: VersionRow, found: tuple[int, VersionEntry] | None) -> None:
    version = shown(row.version)
    if found is None:
        raise _Incomplete(f"version {version} is in the list, and not in the log")
    index, entry = found
    if row.log_index != index or row.version != str(entry.version):
        raise _Incomplete(
            f"the list has version {version} at entry {row.log_index}, the log {entry.version} at {index}"
        )
    # Of several bundles of an imported version the first counts.
    if row.content_hash != entry.bundles[0].content_hash:
        raise _Incomplete(
            f"the list gives version {version} the content {row.content_hash.short}, "
            f"the log {entry.bundles[0].content_hash.short}"
        )


def _refuse_other_status(row: VersionRow, found: tuple[int, VersionStatusEntry] | None) -> None:
    """Compare what the list says of a version with the log's last word on it."""
    version = shown(row.version)
    if found is None:
        if row.status != _PUBLISHED or row.status_reason is not None or row.status_log_index is not None:
            raise _Incomplete(
                f"the list says version {version} is {shown(row.status)}, the log nothing of it"
            )
        return
    index, entry = found
    logged = _PUBLISHED if entry.status is VersionStatus.ACTIVE else entry.status.value
    if row.status != logged:
        raise _Incomplete(
            f"the list says version {version} is {shown(row.status)}, "
            f"the log that it is {logged} (entry {index})"
        )
    if (
        row.status_log_index != index
        or ContentHash.of((row.status_reason or "").encode()) != entry.reason_hash
    ):
        raise _Incomplete(
            f"the list gives another reason for version {version} being {logged} than the log (entry {index})"
        )


def _key(row: VersionRow) -> str:
    return row.version.partition("+")[0]


def _names(versions: Sequence[str]) -> str:
    more = f" and {len(versions) - _NAMED} more" if len(versions) > _NAMED else ""
    return f"{', '.join(shown(version) for version in versions[:_NAMED])}{more}"
