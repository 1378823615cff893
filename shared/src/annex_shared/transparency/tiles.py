"""Tiles (c2sp.org/tlog-tiles): 256 hashes or entries a file, their paths, and hashes read out of them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from annex_shared.display_text import shown
from annex_shared.transparency.canonical import HASH_SIZE
from annex_shared.transparency.errors import LeafOutsideTree, TileMalformed
from annex_shared.transparency.merkle import complete_root
from annex_shared.transparency.tree_shape import MAX_TREE_SIZE, Subtree

TILE_WIDTH: Final = 256
MAX_ENTRY_BYTES: Final = 65_535
_TILE_HEIGHT: Final = 8
_MAX_LEVEL: Final = 63
_LENGTH_BYTES: Final = 2
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<groups>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Hashes ``index * 256`` and on, ``width`` of them, each over ``256 ** level`` leaves."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= _MAX_LEVEL:
            raise _malformed(f"{self.level} is not a level from 0 to {_MAX_LEVEL}")
        _refuse_place(self.index, self.width)

    @classmethod
    def holding(cls, subtree: Subtree, size: int) -> "Tile":
        """Find the tile of the tree of ``size`` that a complete subtree's hash is read from."""
        if (subtree.index + 1) << subtree.height > size:
            raise LeafOutsideTree(f"A tree of {size} leaves does not hold all leaves of {subtree}.")
        level, height = divmod(subtree.height, _TILE_HEIGHT)
        index = (subtree.index << height) // TILE_WIDTH
        return cls(level, index, min(TILE_WIDTH, (size >> _TILE_HEIGHT * level) - index * TILE_WIDTH))

    def path(self) -> str:
        return f"tile/{self.level}/{_place(self.index, self.width)}"

    def full(self) -> "Tile":
        """Name the full tile, which stands in for a partial one that is no longer kept."""
        return Tile(self.level, self.index)

    def first(self, data: bytes) -> bytes:
        """Cut this tile out of the full one's bytes."""
        self.full().hashes(data)
        return data[: self.width * HASH_SIZE]

    def hashes(self, data: bytes) -> tuple[bytes, ...]:
        """Read the tile's bytes, which must be exactly as many as its width says."""
        if len(data) != self.width * HASH_SIZE:
            raise _malformed(f"{self.path()} has {len(data)} bytes, not {self.width * HASH_SIZE}")
        return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


@dataclass(frozen=True, slots=True, order=True)
class EntriesTile:
    """Entries ``index * 256`` and on, ``width`` of them."""

    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        _refuse_place(self.index, self.width)

    def path(self) -> str:
        return f"tile/entries/{_place(self.index, self.width)}"

    def full(self) -> "EntriesTile":
        return EntriesTile(self.index)

    def entries(self, data: bytes) -> tuple[bytes, ...]:
        """Read the tile's bytes: as many entries as its width says, and nothing after them."""
        entries = tuple(_split_entries(data))
        if len(entries) != self.width:
            raise _malformed(f"{self.path()} holds {len(entries)} entries, not {self.width}")
        return entries


@dataclass(frozen=True, slots=True)
class TileHashes:
    """Tiles of the tree of ``size`` as a HashReader; the keys are those that a proof's plan names."""

    size: int
    tiles: Mapping[Tile, bytes]

    def __call__(self, subtree: Subtree, /) -> bytes:
        tile = Tile.holding(subtree, self.size)
        height = subtree.height % _TILE_HEIGHT
        first = (subtree.index << height) % TILE_WIDTH
        return complete_root(tile.hashes(self.tiles[tile])[first : first + (1 << height)])


def parse_tile_path(path: str) -> Tile | EntriesTile:
    """Parse the path below a log's prefix; raise TileMalformed for all but its one spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise _malformed(f'"{shown(path, limit=80)}" is not the path of a tile')
    index = int(match["groups"].replace("x", "").replace("/", ""))
    width = int(match["width"] or TILE_WIDTH)
    level = match["level"]
    tile = EntriesTile(index, width) if level == "entries" else Tile(int(level), index, width)
    if tile.path() != path:
        raise _malformed(f'"{shown(path, limit=80)}" is not how this tile is spelled')
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """List every tile of hashes that a checkpoint of ``size`` promises, level by level."""
    for level in range(-(-size.bit_length() // _TILE_HEIGHT)):
        full, rest = divmod(size >> _TILE_HEIGHT * level, TILE_WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if rest:
            yield Tile(level, full, rest)


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Write entries as a tile: each behind its length in two bytes, big-endian."""
    return b"".join(_length_of(entry) + entry for entry in entries)


def _length_of(entry: bytes) -> bytes:
    if not 1 <= len(entry) <= MAX_ENTRY_BYTES:
        raise _malformed(f"an entry of {len(entry)} bytes cannot be stored")
    return len(entry).to_bytes(_LENGTH_BYTES, "big")


def _split_entries(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if at == start or at > len(data):
            raise _malformed("an entry is empty or cut off")
        yield data[start:at]


def _place(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return place if width == TILE_WIDTH else f"{place}.p/{width}"


def _refuse_place(index: int, width: int) -> None:
    if not 0 <= index <= MAX_TREE_SIZE // TILE_WIDTH or not 1 <= width <= TILE_WIDTH:
        raise _malformed(f"index {index} and width {width} are not those of a tile")


def _malformed(reason: str) -> TileMalformed:
    return TileMalformed(f"The tile is not usable: {reason}.", details={"reason": reason})
