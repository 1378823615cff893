import pytest

from annex_shared.transparency import (
    EMPTY_ROOT,
    AddCheckpoint,
    Checkpoint,
    Frontier,
    consistency_proof,
    leaf_hash,
)
from annex_shared.transparency.errors import AddCheckpointMalformed, ConsistencyBroken
from support.little_log import LittleLog

NOTE = b"origin\n0\nAAAA\n\n\xe2\x80\x94 origin AAAAAAAA\n"
HASH = b"h" * 32


@pytest.mark.parametrize("proof", [(), (HASH,), (HASH,) * 63])
@pytest.mark.parametrize("old_size", [0, 1, 20852014, 2**63 - 1])
def test_what_is_written_is_read_back(old_size: int, proof: tuple[bytes, ...]) -> None:
    request = AddCheckpoint(old_size, proof, NOTE)

    assert AddCheckpoint.parse(request.to_bytes()) == request


def test_the_bytes_are_those_of_the_specification() -> None:
    expected = b"old 7\naGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGg=\n\n" + NOTE

    assert AddCheckpoint(7, (HASH,), NOTE).to_bytes() == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        NOTE,
        b"old 7\n\n",
        b"old 07\n\n" + NOTE,
        b"old 7 \n\n" + NOTE,
        b"old \n\n" + NOTE,
        b"OLD 7\n\n" + NOTE,
        b"old 9223372036854775808\n\n" + NOTE,
        b"old 7\nAAAA\n\n" + NOTE,
        b"old 7\n\xff\n\n" + NOTE,
        AddCheckpoint(7, (HASH,) * 64, NOTE).to_bytes(),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(AddCheckpointMalformed):
        AddCheckpoint.parse(data)


def _checkpoint(log: LittleLog, size: int) -> Checkpoint:
    frontier = Frontier()
    for entry in log.entries[:size]:
        frontier = frontier.append(leaf_hash(entry))
    return Checkpoint("origin", size, frontier.root())


def test_growth_is_shown_by_the_right_proof_alone() -> None:
    log = LittleLog(entries=[bytes([at]) for at in range(9)])
    for old in range(1, 10):
        proof = consistency_proof(old, 9, log.hash_of)
        AddCheckpoint(old, proof, NOTE).verify_growth(_checkpoint(log, old).root, _checkpoint(log, 9))
        for broken in ((*proof, HASH), proof[:-1] if proof else (HASH,)):
            with pytest.raises(ConsistencyBroken):
                AddCheckpoint(old, broken, NOTE).verify_growth(
                    _checkpoint(log, old).root, _checkpoint(log, 9)
                )


def test_from_the_empty_tree_there_is_nothing_to_show() -> None:
    checkpoint = Checkpoint("origin", 0, EMPTY_ROOT)

    AddCheckpoint(0, (), NOTE).verify_growth(b"", checkpoint)
    with pytest.raises(ConsistencyBroken):
        AddCheckpoint(0, (HASH,), NOTE).verify_growth(b"", checkpoint)
