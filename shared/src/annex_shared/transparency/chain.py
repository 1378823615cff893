"""The history of one extension: every entry names the one before it, so none can be left out."""

from collections.abc import Iterable

from annex_shared.names import ExtensionRef
from annex_shared.transparency.entries import LogEntry, VersionEntry, parse_entry
from annex_shared.transparency.errors import ChainBroken
from annex_shared.transparency.merkle import leaf_hash


def verify_chain(entries: Iterable[bytes], *, extension: ExtensionRef, head: bytes) -> tuple[LogEntry, ...]:
    """Read all entries of one extension, oldest first, and raise ChainBroken unless none is missing.

    ``head`` is the leaf hash of the extension's newest entry, known to be in the log by an inclusion proof:
    the walk shows that the list is complete up to that entry, and nothing about later ones. It also shows
    that no version number was spent twice. Raise EntryMalformed for bytes that are no entry.
    """
    history: list[LogEntry] = []
    previous: bytes | None = None
    spent: dict[str, int] = {}
    for data in entries:
        entry = parse_entry(data)
        _refuse_break(entry, extension=extension, ext_seq=len(history), previous=previous)
        _refuse_second(entry, spent)
        history.append(entry)
        previous = leaf_hash(data)
    if previous != head:
        raise _broken(
            "head",
            len(history),
            f"The {len(history)} entries shown for {extension} do not end at its newest.",
        )
    return tuple(history)


def _refuse_break(entry: LogEntry, *, extension: ExtensionRef, ext_seq: int, previous: bytes | None) -> None:
    if entry.extension != extension:
        raise _broken("extension", ext_seq, f"Entry {ext_seq} of {extension} is about {entry.extension}.")
    if entry.ext_seq != ext_seq:
        raise _broken(
            "gap", ext_seq, f"Entry {ext_seq} of {extension} is missing: {entry.ext_seq} stands in its place."
        )
    if entry.ext_prev != previous:
        raise _broken(
            "hidden", ext_seq, f"Entry {ext_seq} of {extension} follows another entry than the one shown."
        )


def _refuse_second(entry: LogEntry, spent: dict[str, int]) -> None:
    """Note which entry spends the version number; its key leaves build metadata out."""
    if not isinstance(entry, VersionEntry):
        return
    first = spent.setdefault(entry.version.key, entry.ext_seq)
    if first != entry.ext_seq:
        raise _broken(
            "duplicate",
            entry.ext_seq,
            f"Version {entry.version} of {entry.extension} was published twice: by entries {first} and "
            f"{entry.ext_seq}.",
        )


def _broken(reason: str, ext_seq: int, sentence: str) -> ChainBroken:
    return ChainBroken(
        f"{sentence} The list is not the extension's whole history; do not rely on it.",
        details={"reason": reason, "ext_seq": ext_seq},
    )
