import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.transparency import (
    EntriesTile,
    Subtree,
    Tile,
    TileHashes,
    encode_entries,
    parse_tile_path,
    tiles_of,
)
from annex_shared.transparency.errors import LeafOutsideTree, TileMalformed
from unit.shared.transparency.vectors import BOUNDARY_TREE, ENTRIES, golden, log_file

BOUNDARY = golden("boundary.json")


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(63, 7, 1), "tile/63/007.p/1"),
        (EntriesTile(999), "tile/entries/999"),
        (EntriesTile(1000, 5), "tile/entries/x001/000.p/5"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(tile: Tile | EntriesTile, path: str) -> None:
    assert tile.path() == path
    assert parse_tile_path(path) == tile


@given(st.integers(0, 63), st.integers(0, 2**55 - 1), st.integers(1, 256))
def test_every_path_reads_back(level: int, index: int, width: int) -> None:
    for tile in (Tile(level, index, width), EntriesTile(index, width)):
        assert parse_tile_path(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entry/000",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(TileMalformed):
        parse_tile_path(path)


def test_the_last_tile_of_the_largest_tree_has_a_path() -> None:
    last = Tile.holding(Subtree(0, 2**63 - 2), 2**63 - 1)

    assert last == Tile(0, 2**55 - 1, 255)
    assert parse_tile_path(last.path()) == last


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**55, 1)]
)
def test_a_tile_outside_every_tree_is_refused(level: int, index: int, width: int) -> None:
    with pytest.raises(TileMalformed):
        Tile(level, index, width)


def test_a_checkpoint_of_600_promises_the_published_tiles() -> None:
    assert [tile.path() for tile in tiles_of(600)] == BOUNDARY["tiles_of_600"]
    assert BOUNDARY_TREE.tile(1, 0, 2).hex() == "".join(BOUNDARY["tile_1_000_p_2"])


def test_a_checkpoint_of_70000_promises_the_tiles_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))

    assert len(tiles) == 273 + 1 + 1 + 1 + 1
    assert [tile for tile in tiles if tile != tile.full()] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ],
)
def test_no_empty_tile_is_promised(size: int, paths: list[str]) -> None:
    assert [tile.path() for tile in tiles_of(size)] == paths


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 513, 600])
def test_every_stored_subtree_is_read_out_of_the_promised_tiles(size: int) -> None:
    tiles = {tile: BOUNDARY_TREE.tile(tile.level, tile.index, tile.width) for tile in tiles_of(size)}
    read = TileHashes(size, tiles)

    for height in range(size.bit_length()):
        for index in range(size >> height):
            subtree = Subtree(height, index)
            assert read(subtree) == BOUNDARY_TREE.read(subtree)


@pytest.mark.parametrize("subtree", [Subtree(0, 5), Subtree(1, 2), Subtree(3, 0), Subtree(8, 0)])
def test_a_subtree_that_is_not_complete_is_in_no_tile(subtree: Subtree) -> None:
    with pytest.raises(LeafOutsideTree):
        Tile.holding(subtree, 5)


def test_a_full_tile_stands_in_for_a_partial_one() -> None:
    full = BOUNDARY_TREE.tile(0, 1, 256)

    assert Tile(0, 1, 7).first(full) == BOUNDARY_TREE.tile(0, 1, 7)
    with pytest.raises(TileMalformed):
        Tile(0, 1, 7).first(full[:-32])


@pytest.mark.parametrize("size", [0, 31, 32, 63, 65, 96])
def test_tile_bytes_of_another_width_are_refused(size: int) -> None:
    assert len(Tile(0, 0, 2).hashes(bytes(64))) == 2

    with pytest.raises(TileMalformed):
        Tile(0, 0, 2).hashes(bytes(size))


def test_our_golden_entries_are_one_tile() -> None:
    assert encode_entries(ENTRIES) == log_file("tile-entries-000.p-3.bin")
    assert list(EntriesTile(0, 3).entries(log_file("tile-entries-000.p-3.bin"))) == ENTRIES


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=20))
def test_entries_read_back(entries: list[bytes]) -> None:
    assert list(EntriesTile(0, len(entries)).entries(encode_entries(entries))) == entries


def test_the_largest_entry_fits_and_a_larger_one_does_not() -> None:
    assert EntriesTile(0, 1).entries(encode_entries([bytes(65_535)])) == (bytes(65_535),)
    for entry in (bytes(65_536), b""):
        with pytest.raises(TileMalformed):
            encode_entries([entry])


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\1", b"\0\1a", b"\0\1a\0\1b\0", b"\0\1a\0\2b", b"\0\1a\0\0", b"\0\1a\0\1b\0\1c"]
)
def test_a_damaged_entries_tile_is_refused(data: bytes) -> None:
    assert EntriesTile(0, 2).entries(b"\0\1a\0\1b") == (b"a", b"b")

    with pytest.raises(TileMalformed):
        EntriesTile(0, 2).entries(data)
