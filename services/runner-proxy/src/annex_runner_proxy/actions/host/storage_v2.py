"""``alga:extension/storage-v2``: conditions, expiry, metadata, pages and batches over the same records."""

from datetime import datetime
from typing import Any, Final

from annex_runner_proxy.actions.storage_desk import (
    HostAnswer,
    StorageDesk,
    storage_function,
    to_bytes,
    to_fields,
    to_number,
    to_text,
)
from annex_runner_proxy.domain.host_call import CallScope, HostApi
from annex_runner_proxy.domain.storage import (
    ALWAYS,
    Condition,
    Item,
    PageWish,
    Refusal,
    StorageRefused,
    Write,
)
from annex_runner_proxy.domain.storage_cursor import read_cursor, write_cursor

_CASES: Final = {
    **{refusal: refusal.value for refusal in Refusal},
    Refusal.RATE_LIMITED: "quota-exceeded",
}


def storage_v2_functions(desk: StorageDesk) -> HostApi:
    answers: dict[str, HostAnswer] = {
        "get": _get,
        "put": _put,
        "put-batch": _put_batch,
        "delete": _delete,
        "list-items": _list_items,
        "get-usage": _get_usage,
    }
    return {
        f"storage-v2.{name}": storage_function(f"storage-v2.{name}", answer, desk=desk, cases=_CASES)
        for name, answer in answers.items()
    }


async def _get(desk: StorageDesk, scope: CallScope, namespace: Any, key: Any) -> dict[str, Any]:
    return _item(await desk.get(scope, to_text(namespace), to_text(key)))


async def _put(desk: StorageDesk, scope: CallScope, namespace: Any, write: Any) -> dict[str, Any]:
    (item,) = await desk.put(scope, to_text(namespace), [_write(write)])
    return _item(item)


async def _put_batch(
    desk: StorageDesk, scope: CallScope, namespace: Any, writes: Any
) -> list[dict[str, Any]]:
    if not isinstance(writes, list | tuple):
        raise StorageRefused(Refusal.INVALID, "A batch is a list.")
    # Refused by its length before each of what may be very many is looked at.
    if len(writes) > desk.limits.batch_items:
        raise StorageRefused(Refusal.TOO_LARGE, f"One batch has at most {desk.limits.batch_items} items.")
    items = await desk.put(scope, to_text(namespace), [_write(write) for write in writes])
    return [_item(item) for item in items]


async def _delete(desk: StorageDesk, scope: CallScope, namespace: Any, key: Any, condition: Any) -> None:
    await desk.delete(scope, to_text(namespace), to_text(key), _condition(condition))


async def _list_items(desk: StorageDesk, scope: CallScope, namespace: Any, page: Any) -> dict[str, Any]:
    name, fields = to_text(namespace), to_fields(page)
    prefix = "" if fields.get("prefix") is None else to_text(fields["prefix"])
    cursor, limit = fields.get("cursor"), fields.get("limit")
    wish = PageWish(
        desk.limits.default_page_items if limit is None else to_number(limit),
        prefix=prefix,
        after="" if cursor is None else read_cursor(to_text(cursor), namespace=name, prefix=prefix),
        with_values=fields.get("include-values") is True,
    )
    items = await desk.page(scope, name, wish)
    shown = items[: wish.limit]
    has_more = len(items) > wish.limit
    return {
        "items": [_item(item) for item in shown],
        "next-cursor": write_cursor(shown[-1].key, namespace=name, prefix=prefix) if has_more else None,
    }


async def _get_usage(desk: StorageDesk, scope: CallScope) -> dict[str, int]:
    usage = await desk.usage(scope)
    return {
        "bytes": usage.bytes_used,
        "max-bytes": desk.limits.total_bytes,
        "keys": usage.keys,
        "namespaces": usage.namespaces,
        "max-namespaces": desk.limits.namespaces,
    }


def _write(value: Any) -> Write:
    fields = to_fields(value)
    metadata, ttl = fields.get("metadata"), fields.get("ttl-seconds")
    return Write(
        to_text(fields.get("key")),
        to_bytes(fields.get("value")),
        metadata=None if metadata is None else to_text(metadata),
        ttl_seconds=None if ttl is None else to_number(ttl),
        condition=_condition(fields.get("condition")),
    )


def _condition(value: Any) -> Condition:
    match value:
        case ["always", *_]:
            return ALWAYS
        case ["absent", *_]:
            return Condition(is_absent=True)
        case ["revision", revision]:
            return Condition(revision=to_number(revision))
    raise StorageRefused(Refusal.INVALID, "There is no such condition.")


def _item(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "value": item.value,
        "metadata": item.metadata,
        "revision": item.revision,
        "expires-at": None if item.expires_at is None else _moment(item.expires_at),
        "updated-at": _moment(item.updated_at),
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
