import mmap

import pytest
from wasmtime import Instance, Memory, Module, Store

from annex_runner_proxy.sandbox.engine import build_engine
from annex_runner_proxy.sandbox.memory_meter import MemoryMeter, linear_memory_bytes

GIB = 1 << 30
MIB = 1 << 20


def _maps(*pieces: tuple[str, int], start: int = 0x7F00_0000_0000) -> str:
    """Write mappings that follow each other; ``gap`` leaves a hole."""
    lines = []
    for permissions, size in pieces:
        if permissions != "gap":
            lines.append(f"{start:x}-{start + size:x} {permissions} 00000000 00:00 0 ")
        start += size
    return "\n".join(lines)


def test_reservation_counts_its_writable_part() -> None:
    maps = _maps(("---p", 32 * MIB), ("rw-p", 5 * MIB), ("---p", 4 * GIB + 27 * MIB))

    assert linear_memory_bytes(maps) == 5 * MIB


def test_memory_with_a_mapped_image_counts_both_pieces() -> None:
    maps = _maps(("---p", 32 * MIB), ("rw-p", 2 * MIB), ("rw-p", MIB), ("---p", 4 * GIB))

    assert linear_memory_bytes(maps) == 3 * MIB


def test_memories_side_by_side_are_summed() -> None:
    one = (("---p", 32 * MIB), ("rw-p", MIB), ("---p", 4 * GIB))

    assert linear_memory_bytes(_maps(*one, *one)) == 2 * MIB


def test_memory_grown_to_the_end_of_its_reservation_counts_whole() -> None:
    maps = _maps(("---p", 32 * MIB), ("rw-p", 4 * GIB), ("---p", 32 * MIB))

    assert linear_memory_bytes(maps) == 4 * GIB


@pytest.mark.parametrize(
    "pieces",
    [
        [("rw-p", 64 * MIB), ("gap", MIB), ("---p", 8 * GIB)],
        [("---p", 4096), ("rw-p", 8 * MIB), ("r-xp", 4096)],
        [("rw-p", 8 * MIB), ("---p", 4096), ("gap", GIB), ("---p", 5 * GIB)],
    ],
    ids=["not adjacent", "a thread's stack", "a guard page"],
)
def test_other_memory_of_the_process_counts_nothing(pieces: list[tuple[str, int]]) -> None:
    assert linear_memory_bytes(_maps(*pieces)) == 0


def test_engine_reserves_as_the_meter_expects() -> None:
    meter = MemoryMeter()
    engine = build_engine()
    store = Store(engine)
    store.set_epoch_deadline(1)
    before = meter.linear_memory_bytes()
    wat = '(module (memory (export "a") 16) (func (export "grow") (drop (memory.grow (i32.const 100)))))'
    instance = Instance(store, Module(engine, wat), [])
    memory = instance.exports(store)["a"]
    assert isinstance(memory, Memory)

    grown = meter.linear_memory_bytes() - before
    memory.grow(store, 100)
    grown_more = meter.linear_memory_bytes() - before
    store.close()

    assert (grown, grown_more) == (16 * 65536, 116 * 65536)
    assert meter.linear_memory_bytes() == before


def test_private_memory_follows_what_the_process_takes() -> None:
    meter = MemoryMeter()
    before = meter.private_bytes()

    with mmap.mmap(-1, 64 * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS):
        taken = meter.private_bytes() - before

    assert 64 * MIB <= taken < 80 * MIB
