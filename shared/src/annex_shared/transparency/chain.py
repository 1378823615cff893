"""The history of an extension or a publisher: every entry names the one before, so none can be left out."""

from collections.abc import Iterable, Iterator

from annex_shared.names import ExtensionRef, PublisherSlug
from annex_shared.transparency.entries import (
    ExtensionEntry,
    KeyRotatedEntry,
    LogEntry,
    VersionEntry,
    parse_entry,
)
from annex_shared.transparency.errors import ChainBroken
from annex_shared.transparency.merkle import leaf_hash


def verify_chain(
    entries: Iterable[bytes], *, extension: ExtensionRef, head: bytes
) -> tuple[ExtensionEntry, ...]:
    """Read all entries of one extension, oldest first, and raise ChainBroken unless none is missing.

    ``head`` is the leaf hash of the extension's newest entry, known to be in the log by an inclusion proof:
    the walk shows that the list is complete up to that entry, and nothing about later ones. It also shows
    that no version number was spent twice. Raise EntryMalformed for bytes that are no entry.
    """
    history: list[ExtensionEntry] = []
    spent: dict[str, int] = {}
    for entry in _linked(entries, subject=extension, head=head):
        assert isinstance(entry, ExtensionEntry)  # noqa: S101 - no other entry has an extension as subject
        _refuse_second(entry, spent)
        history.append(entry)
    return tuple(history)


def verify_key_chain(
    entries: Iterable[bytes], *, publisher: PublisherSlug, head: bytes
) -> tuple[KeyRotatedEntry, ...]:
    """Read all entries of one publisher, oldest first, and raise ChainBroken unless none is missing."""
    history: list[KeyRotatedEntry] = []
    for entry in _linked(entries, subject=publisher, head=head):
        assert isinstance(entry, KeyRotatedEntry)  # noqa: S101 - no other entry has a publisher as subject
        history.append(entry)
    return tuple(history)


def _linked(
    entries: Iterable[bytes], *, subject: ExtensionRef | PublisherSlug, head: bytes
) -> Iterator[LogEntry]:
    previous: bytes | None = None
    count = 0
    for data in entries:
        entry = parse_entry(data)
        _refuse_break(entry, subject=subject, seq=count, previous=previous)
        yield entry
        previous, count = leaf_hash(data), count + 1
    if previous != head:
        raise _broken("head", count, f"The {count} entries shown for {subject} do not end at its newest.")


def _refuse_break(
    entry: LogEntry, *, subject: ExtensionRef | PublisherSlug, seq: int, previous: bytes | None
) -> None:
    if entry.subject != subject:
        raise _broken("subject", seq, f"Entry {seq} of {subject} is about {entry.subject}.")
    if entry.seq != seq:
        raise _broken("gap", seq, f"Entry {seq} of {subject} is missing: {entry.seq} stands in its place.")
    if entry.prev != previous:
        raise _broken("hidden", seq, f"Entry {seq} of {subject} follows another entry than the one shown.")


def _refuse_second(entry: ExtensionEntry, spent: dict[str, int]) -> None:
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


def _broken(reason: str, seq: int, sentence: str) -> ChainBroken:
    return ChainBroken(
        f"{sentence} The list is not the whole history; do not rely on it.",
        details={"reason": reason, "seq": seq},
    )
