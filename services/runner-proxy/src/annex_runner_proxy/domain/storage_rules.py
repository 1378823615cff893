"""The limits of extension storage: what is refused before the database is asked, and what under its lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annex_runner_proxy.domain.storage import Condition, Refusal, StorageRefused, Write
from annex_shared.strict_json import NotStrictJson, read_strict_json

_KIBIBYTE = 1 << 10
_MEBIBYTE = 1 << 20
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class StorageLimits:
    """The figures of the contract. Characters are Unicode code points, sizes bytes of UTF-8."""

    namespaces: int = 32
    keys_per_namespace: int = 5_120
    value_bytes: int = 64 * _KIBIBYTE
    metadata_bytes: int = 4 * _KIBIBYTE
    batch_items: int = 20
    batch_bytes: int = 512 * _KIBIBYTE
    total_bytes: int = 256 * _MEBIBYTE
    least_ttl_seconds: int = 60
    most_ttl_seconds: int = 30 * _DAY_SECONDS
    page_items: int = 100
    default_page_items: int = 25
    key_characters: int = 256
    namespace_characters: int = 128


def check_namespace(namespace: str, *, limits: StorageLimits) -> None:
    """Raise StorageRefused for what names no namespace."""
    _check_text(namespace, "A namespace", limits.namespace_characters)
    if not namespace:
        raise StorageRefused(Refusal.INVALID, "A namespace has at least one character.")


def check_key(key: str, *, limits: StorageLimits) -> None:
    """Raise StorageRefused for what is no key."""
    check_prefix(key, limits=limits)
    if not key:
        raise StorageRefused(Refusal.INVALID, "A key has at least one character.")


def check_prefix(prefix: str, *, limits: StorageLimits) -> None:
    """Raise StorageRefused for what no key can begin with."""
    _check_text(prefix, "A key", limits.key_characters)
    if "/" in prefix:
        raise StorageRefused(Refusal.INVALID, "A key has no slash.")


def check_writes(writes: Sequence[Write], *, limits: StorageLimits) -> None:
    """Raise StorageRefused for writes that could never take place, whatever is stored."""
    if len(writes) > limits.batch_items:
        raise StorageRefused(Refusal.TOO_LARGE, f"One batch has at most {limits.batch_items} items.")
    for write in writes:
        _check_write(write, limits=limits)
    if len({write.key for write in writes}) < len(writes):
        raise StorageRefused(Refusal.INVALID, "A key stands twice in the batch.")
    if sum(write.size_bytes for write in writes) > limits.batch_bytes:
        raise StorageRefused(Refusal.TOO_LARGE, f"One batch has at most {limits.batch_bytes} bytes.")


def _check_write(write: Write, *, limits: StorageLimits) -> None:
    check_key(write.key, limits=limits)
    if len(write.value) > limits.value_bytes:
        raise StorageRefused(Refusal.TOO_LARGE, f"A value has at most {limits.value_bytes} bytes.")
    if write.metadata is not None:
        _check_metadata(write.metadata, limits=limits)
    ttl = write.ttl_seconds
    if ttl is not None and not limits.least_ttl_seconds <= ttl <= limits.most_ttl_seconds:
        raise StorageRefused(
            Refusal.INVALID, f"A TTL is {limits.least_ttl_seconds} to {limits.most_ttl_seconds} seconds."
        )


def _check_metadata(metadata: str, *, limits: StorageLimits) -> None:
    raw = metadata.encode()
    if len(raw) > limits.metadata_bytes:
        raise StorageRefused(Refusal.TOO_LARGE, f"Metadata has at most {limits.metadata_bytes} bytes.")
    try:
        read_strict_json(raw)
    except NotStrictJson:
        raise StorageRefused(Refusal.INVALID, "Metadata is not JSON.") from None


def _check_text(text: str, what: str, most: int) -> None:
    if len(text) > most:
        raise StorageRefused(Refusal.INVALID, f"{what} has at most {most} characters.")
    # PostgreSQL cannot hold it in a text.
    if "\0" in text:
        raise StorageRefused(Refusal.INVALID, f"{what} has no character of code 0.")


@dataclass(frozen=True, slots=True)
class Present:
    """A record that is there, also when it has expired and is not swept yet."""

    revision: int
    size_bytes: int
    is_expired: bool

    @property
    def seen_revision(self) -> int | None:
        return None if self.is_expired else self.revision


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write finds under the lock of its install."""

    bytes_used: int
    namespaces: int
    namespace_keys: int
    present: Mapping[str, Present]


@dataclass(frozen=True, slots=True)
class Change:
    """What a write adds to the counters; negative where it takes away."""

    size_bytes: int
    keys: int
    namespaces: int


def judge_writes(writes: Sequence[Write], stored: Stored, *, limits: StorageLimits) -> Change:
    """Say what the writes change. Raises StorageRefused: one condition or quota refuses all of them."""
    for write in writes:
        current = stored.present.get(write.key)
        if not write.condition.holds(None if current is None else current.seen_revision):
            raise StorageRefused(Refusal.CONFLICT, "The key is not as the write demands.")
    replaced = [stored.present[write.key] for write in writes if write.key in stored.present]
    keys = len(writes) - len(replaced)
    change = Change(
        size_bytes=sum(write.size_bytes for write in writes) - sum(one.size_bytes for one in replaced),
        keys=keys,
        namespaces=1 if keys and not stored.namespace_keys else 0,
    )
    _check_quotas(change, stored, limits)
    return change


def judge_delete(key: str, condition: Condition, stored: Stored) -> Change:
    """Say what a delete changes. Raises StorageRefused; what is not there is missing, under any condition."""
    current = stored.present.get(key)
    if current is None or current.is_expired:
        raise StorageRefused(Refusal.MISSING, "There is no such key.")
    if not condition.holds(current.revision):
        raise StorageRefused(Refusal.CONFLICT, "The key is not as the delete demands.")
    return Change(-current.size_bytes, -1, -1 if stored.namespace_keys == 1 else 0)


def _check_quotas(change: Change, stored: Stored, limits: StorageLimits) -> None:
    """Whoever is at a limit may still replace and shrink."""
    quotas = (
        ("namespaces", change.namespaces, stored.namespaces, limits.namespaces),
        ("keys in a namespace", change.keys, stored.namespace_keys, limits.keys_per_namespace),
        ("bytes", change.size_bytes, stored.bytes_used, limits.total_bytes),
    )
    for what, more, now, most in quotas:
        if more > 0 and now + more > most:
            raise StorageRefused(Refusal.QUOTA_EXCEEDED, f"An install may have {most} {what}.")
