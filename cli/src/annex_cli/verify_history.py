"""The claim `complete`: the list of an extension's versions is what the log holds, neither more nor less."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from annex_cli.claims import Claim, Status
from annex_cli.errors import LogPartMissing
from annex_cli.log_memory import SeenCheckpoint
from annex_cli.log_reader import LogReader
from annex_shared.contracts.versions import VersionRow
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef
from annex_shared.transparency import Frontier, VersionEntry, leaf_hash, parse_entry, verify_chain
from annex_shared.transparency.errors import ConsistencyBroken, EntryMalformed, TransparencyError

_CLAIM = "complete"
_NAMED = 3


class _Incomplete(Exception):
    """Why the list is not what the log holds."""


async def check_history(
    extension: ExtensionRef, rows: Sequence[VersionRow], signed: SeenCheckpoint, reader: LogReader
) -> Claim:
    """Read every entry under a signed checkpoint and compare this extension's with its list.

    The list is read after the checkpoint. Versions that came between are not judged, and are named.
    """
    subject = str(extension)
    later = [row for row in rows if row.log_index is not None and row.log_index >= signed.size]
    covered = [row for row in rows if row not in later]
    facts: dict[str, JsonValue] = {"versions": len(covered), "tree_size": signed.size}
    try:
        logged = await _logged(extension, signed, reader)
        _compare(covered, logged)
    except _Incomplete as reason:
        return Claim(_CLAIM, Status.FAILED, subject, str(reason), facts)
    except (TransparencyError, LogPartMissing) as error:
        return Claim(_CLAIM, Status.FAILED, subject, error.message, {**facts, **error.details})
    if later:
        names = _names([row.version for row in later])
        text = f"{names}: not in the signed tree of {signed.size} yet; ask again in a moment"
        return Claim(_CLAIM, Status.UNCHECKED, subject, text, facts)
    plural = "s" if len(covered) != 1 else ""
    text = (
        f"the {len(covered)} version{plural} in the list and no other are in the log, each number spent once"
    )
    return Claim(_CLAIM, Status.OK, subject, text, facts)


async def _logged(
    extension: ExtensionRef, signed: SeenCheckpoint, reader: LogReader
) -> Mapping[str, tuple[int, VersionEntry]]:
    """Rebuild the signed root from all entries, and return this extension's versions by their key."""
    frontier = Frontier()
    own: list[tuple[int, bytes]] = []
    async for data in reader.entries(signed.size):
        if _is_about(data, extension):
            own.append((frontier.size, data))
        frontier = frontier.append(leaf_hash(data))
    if frontier.root() != signed.checkpoint.root:
        raise ConsistencyBroken("The entries that the log serves do not lead to the root it has signed.")
    if not own:
        return {}
    history = verify_chain([data for _, data in own], extension=extension, head=leaf_hash(own[-1][1]))
    return {
        entry.version.key: (index, entry)
        for (index, _), entry in zip(own, history, strict=True)
        if isinstance(entry, VersionEntry)
    }


def _is_about(data: bytes, extension: ExtensionRef) -> bool:
    """Tell whose entry it is; one in a form of a later time is of somebody else, unless it names this one."""
    try:
        return parse_entry(data).extension == extension
    except EntryMalformed:
        if f"\nextension {extension}\n".encode() in data:
            raise
        return False


def _compare(rows: Sequence[VersionRow], logged: Mapping[str, tuple[int, VersionEntry]]) -> None:
    listed: set[str] = set()
    for row in rows:
        key = row.version.partition("+")[0]
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


def _names(versions: Sequence[str]) -> str:
    more = f" and {len(versions) - _NAMED} more" if len(versions) > _NAMED else ""
    return f"{', '.join(shown(version) for version in versions[:_NAMED])}{more}"
