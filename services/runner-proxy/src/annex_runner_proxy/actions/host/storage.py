"""``alga:extension/storage``: the first generation, which answers as guests of the predecessor expect."""

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
from annex_runner_proxy.domain.storage import ALWAYS, Condition, Item, PageWish, Refusal, Write

# The contract's: 404 is missing, 409 conflict, 403 and 429 denied, and the rest internal.
_CASES: Final = {
    Refusal.MISSING: "missing",
    Refusal.CONFLICT: "conflict",
    Refusal.INVALID: "internal",
    Refusal.TOO_LARGE: "internal",
    Refusal.QUOTA_EXCEEDED: "denied",
    Refusal.RATE_LIMITED: "denied",
}


def storage_functions(desk: StorageDesk) -> HostApi:
    answers: dict[str, HostAnswer] = {
        "get": _get,
        "put": _put,
        "delete": _delete,
        "list-entries": _list_entries,
    }
    return {
        f"storage.{name}": storage_function(f"storage.{name}", answer, desk=desk, cases=_CASES)
        for name, answer in answers.items()
    }


async def _get(desk: StorageDesk, scope: CallScope, namespace: Any, key: Any) -> dict[str, Any]:
    item = await desk.get(scope, to_text(namespace), to_text(key))
    return _entry(to_text(namespace), item, item.value)


async def _put(desk: StorageDesk, scope: CallScope, entry: Any) -> dict[str, Any]:
    fields = to_fields(entry)
    namespace, value = to_text(fields.get("namespace")), to_bytes(fields.get("value"))
    write = Write(to_text(fields.get("key")), value, condition=_condition(fields.get("revision")))
    (item,) = await desk.put(scope, namespace, [write])
    return _entry(namespace, item, value)


async def _delete(desk: StorageDesk, scope: CallScope, namespace: Any, key: Any) -> None:
    await desk.delete(scope, to_text(namespace), to_text(key), ALWAYS)


async def _list_entries(
    desk: StorageDesk, scope: CallScope, namespace: Any, cursor: Any
) -> list[dict[str, Any]]:
    """Give a full page; its last key is the cursor of the next, for the interface has no other."""
    after = "" if cursor is None else to_text(cursor)
    limit = desk.limits.page_items
    items = await desk.page(scope, to_text(namespace), PageWish(limit, after=after))
    return [_entry(to_text(namespace), item, item.value) for item in items[:limit]]


def _condition(revision: Any) -> Condition:
    """Read the revision a guest last saw: none demands nothing, and 0 is that of a key that is absent."""
    if revision is None:
        return ALWAYS
    seen = to_number(revision)
    return Condition(revision=seen) if seen else Condition(is_absent=True)


def _entry(namespace: str, item: Item, value: bytes) -> dict[str, Any]:
    return {"namespace": namespace, "key": item.key, "value": value, "revision": item.revision}
