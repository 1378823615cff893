import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from annex_runner_proxy.actions.host.storage import storage_functions
from annex_runner_proxy.actions.host.storage_v2 import storage_v2_functions
from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.storage_rate import StorageRate, StorageRates
from annex_runner_proxy.domain.storage_rules import StorageLimits
from support.memory_storage import MemoryStorage
from unit.runner_proxy.fakes import OTHER_INSTALL, a_scope

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MOMENT = "2026-11-21T12:00:00.000000Z"
KIB = 1024
UNLIMITED = StorageRate(0, 0)
ALWAYS = ["always", None]
ABSENT = ["absent", None]


class NoonClock:
    def now(self) -> datetime:
        return NOW


@dataclass(slots=True)
class Guest:
    """A guest of an install with storage; ``time`` is the monotonic clock's."""

    storage: MemoryStorage = field(default_factory=lambda: MemoryStorage(NoonClock()))
    reads: StorageRate = UNLIMITED
    writes: StorageRate = UNLIMITED
    time: float = 100.0
    grants: frozenset[str] = frozenset({"cap:storage.kv"})
    broker: CallBroker = field(init=False)

    def __post_init__(self) -> None:
        desk = StorageDesk(
            self.storage,
            StorageRates(self.reads, lambda: self.time),
            StorageRates(self.writes, lambda: self.time),
            limits=self.storage.limits,
            monotonic=lambda: self.time,
        )
        api = {**storage_functions(desk), **storage_v2_functions(desk)}
        scope = a_scope(grants=self.grants, monotonic=lambda: self.time)
        self.broker = CallBroker(scope, api, write_log=lambda *_: None)

    async def ask(self, function: str, *arguments: Any) -> Any:
        return await self.broker.answer(function, arguments)

    async def put(self, key: str, value: bytes = b"v", condition: Any = ALWAYS, **more: Any) -> Any:
        return await self.ask("storage-v2.put", "notes", a_write(key, value, condition, **more))

    async def list_items(self, namespace: str = "notes", **page: Any) -> Any:
        fields = {name.replace("_", "-"): one for name, one in page.items()}
        wish = {"prefix": None, "cursor": None, "limit": None, "include-values": False, **fields}
        return await self.ask("storage-v2.list-items", namespace, wish)

    @property
    def effects(self) -> int:
        return self.broker.scope.effects


def a_write(key: str, value: bytes = b"v", condition: Any = ALWAYS, **more: Any) -> dict[str, Any]:
    fields = {name.replace("_", "-"): one for name, one in more.items()}
    return {
        "key": key,
        "value": value,
        "metadata": None,
        "ttl-seconds": None,
        "condition": condition,
        **fields,
    }


@pytest.fixture
def guest() -> Guest:
    return Guest()


# The first generation.


async def test_an_entry_is_put_read_listed_and_deleted(guest: Guest) -> None:
    entry = {"namespace": "notes", "key": "a", "value": b"\x00", "revision": None}

    put = await guest.ask("storage.put", entry)

    assert put == ("ok", {**entry, "revision": 1})
    assert await guest.ask("storage.get", "notes", "a") == put
    assert await guest.ask("storage.list-entries", "notes", None) == ("ok", [put[1]])
    assert await guest.ask("storage.delete", "notes", "a") == ("ok", None)
    assert await guest.ask("storage.get", "notes", "a") == ("err", "missing")
    assert await guest.ask("storage.delete", "notes", "a") == ("err", "missing")
    assert guest.effects == 2


async def test_a_revision_in_a_put_is_the_one_that_is_replaced(guest: Guest) -> None:
    entry = {"namespace": "notes", "key": "a", "value": b"", "revision": None}
    _, first = await guest.ask("storage.put", entry)

    assert await guest.ask("storage.put", {**entry, "revision": first["revision"]}) == (
        "ok",
        {**entry, "revision": 2},
    )
    assert await guest.ask("storage.put", {**entry, "revision": first["revision"]}) == ("err", "conflict")
    assert await guest.ask("storage.put", {**entry, "revision": 2**64 - 1}) == ("err", "conflict")


async def test_revision_0_creates_only(guest: Guest) -> None:
    entry = {"namespace": "notes", "key": "a", "value": b"", "revision": 0}

    assert (await guest.ask("storage.put", entry))[0] == "ok"
    assert await guest.ask("storage.put", entry) == ("err", "conflict")


async def test_the_last_key_of_a_page_is_the_cursor_of_the_next(guest: Guest) -> None:
    for number in range(101):
        await guest.put(f"key-{number:03}")

    _, first = await guest.ask("storage.list-entries", "notes", None)
    _, second = await guest.ask("storage.list-entries", "notes", first[-1]["key"])
    _, third = await guest.ask("storage.list-entries", "notes", second[-1]["key"])

    assert [len(first), len(second), len(third)] == [100, 1, 0]
    assert [one["key"] for one in first + second] == [f"key-{number:03}" for number in range(101)]


@pytest.mark.parametrize(
    ("entry", "case"),
    [
        ({"key": "a/b"}, "internal"),
        ({"namespace": ""}, "internal"),
        ({"value": b"v" * (64 * KIB + 1)}, "internal"),
        ({"value": b"v" * 11}, "denied"),
    ],
    ids=["slash", "no namespace", "large value", "quota"],
)
async def test_what_the_first_generation_has_no_word_for_is_told_as_the_contract_says(
    entry: dict[str, Any], case: str
) -> None:
    guest = Guest(MemoryStorage(NoonClock(), StorageLimits(total_bytes=10)))
    whole = {"namespace": "notes", "key": "a", "value": b"", "revision": None, **entry}

    assert await guest.ask("storage.put", whole) == ("err", case)
    assert guest.effects == 0


# The second.


async def test_an_item_tells_everything(guest: Guest) -> None:
    put = await guest.put("a", b"value", metadata='{"a": 1}', ttl_seconds=60)

    item = {
        "key": "a",
        "value": b"value",
        "metadata": '{"a": 1}',
        "revision": 1,
        "expires-at": "2026-11-21T12:01:00.000000Z",
        "updated-at": MOMENT,
    }
    assert await guest.ask("storage-v2.get", "notes", "a") == ("ok", item)
    assert put == ("ok", {**item, "value": b""})


async def test_both_generations_share_their_records(guest: Guest) -> None:
    await guest.put("a", b"new")
    await guest.ask("storage.put", {"namespace": "notes", "key": "b", "value": b"old", "revision": None})

    assert (await guest.ask("storage.get", "notes", "a"))[1]["value"] == b"new"
    assert (await guest.ask("storage-v2.get", "notes", "b"))[1]["value"] == b"old"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (ALWAYS, "ok"),
        (ABSENT, "err"),
        (["revision", 1], "ok"),
        (["revision", 2], "err"),
        (["revision", 0], "err"),
    ],
    ids=["always", "absent", "seen", "unseen", "zero"],
)
async def test_conditions_decide_over_a_key_that_is_there(
    guest: Guest, condition: list[Any], answer: str
) -> None:
    await guest.put("a")

    put = await guest.put("a", condition=condition)
    await guest.put("b")
    deleted = await guest.ask("storage-v2.delete", "notes", "a", condition)

    assert put[0] == answer
    assert answer == "ok" or put == deleted == ("err", "conflict")


async def test_a_batch_is_all_or_nothing(guest: Guest) -> None:
    await guest.put("b")

    refused = await guest.ask("storage-v2.put-batch", "notes", [a_write("a"), a_write("b", condition=ABSENT)])
    written = await guest.ask("storage-v2.put-batch", "notes", [a_write("a"), a_write("b")])

    assert refused == ("err", "conflict")
    assert [item["revision"] for item in written[1]] == [2, 3]
    assert guest.effects == 2


async def test_an_empty_batch_changes_nothing(guest: Guest) -> None:
    assert await guest.ask("storage-v2.put-batch", "notes", []) == ("ok", [])
    assert guest.effects == 0


@pytest.mark.parametrize(
    ("writes", "case"),
    [
        ([a_write(f"k{n}") for n in range(20)], None),
        ([a_write(f"k{n}") for n in range(21)], "too-large"),
        ([a_write(f"k{n}", b"v" * 64 * KIB) for n in range(8)], None),
        ([*(a_write(f"k{n}", b"v" * 64 * KIB) for n in range(8)), a_write("one", b"v")], "too-large"),
        ([a_write("a"), a_write("a")], "invalid"),
        ("a", "invalid"),
    ],
    ids=["20 items", "21 items", "512 KiB", "a byte more", "twice", "no list"],
)
async def test_batches_have_limits(guest: Guest, writes: Any, case: str | None) -> None:
    answer = await guest.ask("storage-v2.put-batch", "notes", writes)

    assert answer == ("err", case) if case else answer[0] == "ok"


@pytest.mark.parametrize(
    ("write", "case"),
    [
        ({"key": "x" * 256}, None),
        ({"key": "x" * 257}, "invalid"),
        ({"key": "\U0001f512" * 256}, None),
        ({"key": ""}, "invalid"),
        ({"key": "a/b"}, "invalid"),
        ({"key": "a\0"}, "invalid"),
        ({"key": 7}, "invalid"),
        ({"value": b"v" * 64 * KIB}, None),
        ({"value": b"v" * (64 * KIB + 1)}, "too-large"),
        ({"value": "text"}, "invalid"),
        ({"metadata": '"' + "m" * (4 * KIB - 2) + '"'}, None),
        ({"metadata": '"' + "m" * (4 * KIB - 1) + '"'}, "too-large"),
        ({"metadata": '"' + "ü" * (2 * KIB) + '"'}, "too-large"),
        ({"metadata": "{"}, "invalid"),
        ({"metadata": ""}, "invalid"),
        ({"metadata": "NaN"}, "invalid"),
        ({"metadata": '{"a": 1, "a": 2}'}, "invalid"),
        ({"metadata": "[" * 4 * KIB}, "invalid"),
        ({"ttl-seconds": 59}, "invalid"),
        ({"ttl-seconds": 60}, None),
        ({"ttl-seconds": 2_592_000}, None),
        ({"ttl-seconds": 2_592_001}, "invalid"),
        ({"ttl-seconds": True}, "invalid"),
        ({"condition": ["sometimes", None]}, "invalid"),
        ({"condition": "always"}, "invalid"),
        ({"condition": ["revision", "1"]}, "invalid"),
    ],
    ids=lambda value: json.dumps(value, default=len)[:32] if isinstance(value, dict) else str(value),
)
async def test_writes_have_limits(guest: Guest, write: dict[str, Any], case: str | None) -> None:
    answer = await guest.ask("storage-v2.put", "notes", {**a_write("a"), **write})

    assert answer == ("err", case) if case else answer[0] == "ok"
    assert guest.effects == (0 if case else 1)


@pytest.mark.parametrize(
    ("namespace", "is_good"),
    [("n" * 128, True), ("n" * 129, False), ("", False), ("a/b", True), ("\0", False)],
)
async def test_namespaces_have_limits(guest: Guest, namespace: str, *, is_good: bool) -> None:
    answer = await guest.ask("storage-v2.put", namespace, a_write("a"))

    assert answer[0] == "ok" if is_good else answer == ("err", "invalid")
    assert is_good or await guest.list_items(namespace) == ("err", "invalid")


@pytest.mark.parametrize(("limit", "is_good"), [(0, False), (1, True), (100, True), (101, False)])
async def test_pages_have_limits(guest: Guest, limit: int, *, is_good: bool) -> None:
    answer = await guest.list_items(limit=limit)

    assert answer == (("ok", {"items": [], "next-cursor": None}) if is_good else ("err", "invalid"))


async def test_a_page_has_25_items_unless_it_is_said(guest: Guest) -> None:
    for number in range(26):
        await guest.put(f"k{number:02}", b"value")

    _, first = await guest.list_items()
    _, second = await guest.list_items(cursor=first["next-cursor"], include_values=True)

    assert [len(first["items"]), len(second["items"]), second["next-cursor"]] == [25, 1, None]
    assert [first["items"][0]["value"], second["items"][0]["value"]] == [b"", b"value"]


async def test_the_last_full_page_has_no_cursor(guest: Guest) -> None:
    await guest.put("a")
    await guest.put("b")

    _, page = await guest.list_items(limit=2)

    assert page["next-cursor"] is None


@pytest.mark.parametrize(
    "mangled",
    [
        lambda cursor: cursor[:-1],
        lambda cursor: cursor + "A",
        lambda cursor: cursor + "=",
        lambda cursor: cursor.swapcase(),
        lambda _: "",
        lambda _: "a",
        lambda _: "ü",
        lambda _: "A" * 1_000_000,
    ],
    ids=["shorter", "longer", "padded", "other", "empty", "a key", "not ascii", "huge"],
)
async def test_a_cursor_that_was_changed_is_refused(guest: Guest, mangled: Any) -> None:
    await guest.put("a")
    await guest.put("b")
    _, page = await guest.list_items(limit=1)

    assert await guest.list_items(cursor=mangled(page["next-cursor"])) == ("err", "invalid")


async def test_a_cursor_fits_its_own_listing_only(guest: Guest) -> None:
    await guest.put("a1")
    await guest.put("a2")
    _, page = await guest.list_items(limit=1, prefix="a")
    cursor = page["next-cursor"]

    assert (await guest.list_items(cursor=cursor, prefix="a"))[0] == "ok"
    assert await guest.list_items(cursor=cursor) == ("err", "invalid")
    assert await guest.list_items("other", cursor=cursor, prefix="a") == ("err", "invalid")


async def test_usage_tells_what_there_is_and_may_be(guest: Guest) -> None:
    await guest.put("a", b"1234")

    assert await guest.ask("storage-v2.get-usage") == (
        "ok",
        {"bytes": 4, "max-bytes": 256 * KIB * KIB, "keys": 1, "namespaces": 1, "max-namespaces": 32},
    )


# Who may, how often, and for how long.

EVERY_CALL: dict[str, tuple[Any, ...]] = {
    "storage.get": ("notes", "a"),
    "storage.put": ({"namespace": "notes", "key": "a", "value": b"", "revision": None},),
    "storage.delete": ("notes", "a"),
    "storage.list-entries": ("notes", None),
    "storage-v2.get": ("notes", "a"),
    "storage-v2.put": ("notes", a_write("a")),
    "storage-v2.put-batch": ("notes", [a_write("a")]),
    "storage-v2.delete": ("notes", "a", ALWAYS),
    "storage-v2.list-items": (
        "notes",
        {"prefix": None, "cursor": None, "limit": None, "include-values": False},
    ),
    "storage-v2.get-usage": (),
}


@pytest.mark.parametrize("function", EVERY_CALL)
async def test_without_the_grant_every_function_is_denied_and_asks_nobody(function: str) -> None:
    guest = Guest(grants=frozenset())

    assert await guest.ask(function, *EVERY_CALL[function]) == ("err", "denied")
    assert guest.storage.waited == []
    assert guest.effects == 0


@pytest.mark.parametrize("function", EVERY_CALL)
async def test_storage_that_is_away_is_internal_to_the_guest_and_a_line_to_the_operator(
    function: str,
) -> None:
    guest = Guest()
    guest.storage.is_away = True

    with capture_logs() as lines:
        answers = [await guest.ask(function, *EVERY_CALL[function]) for _ in range(3)]
        guest.time += 1
        await guest.ask(function, *EVERY_CALL[function])

    assert answers == [("err", "internal")] * 3
    assert [(line["event"], line["function"], line["untold"]) for line in lines] == [
        ("storage_unreachable", function, 0),
        ("storage_unreachable", function, 2),
    ]
    assert guest.effects == 0


async def test_without_a_database_storage_is_internal() -> None:
    rates = StorageRates(UNLIMITED, lambda: 0.0)
    api = storage_functions(StorageDesk(None, rates, rates))
    broker = CallBroker(a_scope(grants={"cap:storage.kv"}), api, write_log=lambda *_: None)

    assert await broker.answer("storage.get", ["notes", "a"]) == ("err", "internal")


@pytest.mark.parametrize("function", EVERY_CALL)
async def test_arguments_of_made_up_types_are_refused(guest: Guest, function: str) -> None:
    arguments = EVERY_CALL[function]

    answers = [
        await guest.ask(function, *arguments, None),
        await guest.ask(function, *(7 for _ in arguments)) if arguments else ("err", "invalid"),
    ]

    case = "invalid" if function.startswith("storage-v2") else "internal"
    assert answers[0] == ("err", case)
    assert answers[1][0] == "err"
    assert guest.effects == 0


async def test_nothing_is_waited_for_longer_than_the_call_may_take() -> None:
    guest = Guest()
    await guest.put("a")
    guest.time = 104.0
    await guest.put("a")

    assert guest.storage.waited == [3.0, 1.0]


async def test_writes_have_a_rate_and_recover() -> None:
    guest = Guest(writes=StorageRate(per_minute=60, burst=2))

    answers = [(await guest.put("a"))[1] for _ in range(3)]
    guest.time += 1
    later = await guest.put("a")

    assert answers[2] == "quota-exceeded"
    assert later[0] == "ok"
    assert guest.effects == 3


async def test_reads_have_a_rate_of_their_own() -> None:
    guest = Guest(reads=StorageRate(per_minute=60, burst=1), writes=StorageRate(per_minute=60, burst=1))
    await guest.put("a")

    assert (await guest.ask("storage.get", "notes", "a"))[0] == "ok"
    assert await guest.ask("storage.get", "notes", "a") == ("err", "denied")
    assert await guest.ask("storage-v2.get-usage") == ("err", "quota-exceeded")


async def test_invalid_calls_cost_no_tokens() -> None:
    guest = Guest(writes=StorageRate(per_minute=0, burst=1))
    await guest.put("a/b")

    assert (await guest.put("a"))[0] == "ok"


def test_every_install_has_a_rate_of_its_own() -> None:
    rates = StorageRates(StorageRate(per_minute=0, burst=1), lambda: 0.0)
    first, other = a_scope().install.install_id, OTHER_INSTALL

    assert [rates.take(first), rates.take(first), rates.take(other)] == [True, False, True]
