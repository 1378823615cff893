"""Every archive of the attack corpus meets its own refusal, and a mutated one never anything worse."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.bundle import BundleLimits, check_bundle, iter_entries
from annex_shared.bundle.errors import BundleRefused
from annex_shared.errors import AnnexError
from support.hostile_archives import HOSTILE_ARCHIVES, HostileArchive, archive, compressed, file, folder, pax


class DribblingSource:
    """A source that gives three bytes at a time, as a slow upload may."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._data.read(min(size, 3))


@pytest.mark.parametrize("attack", HOSTILE_ARCHIVES, ids=lambda attack: attack.name)
def test_a_hostile_archive_is_refused_by_name(attack: HostileArchive) -> None:
    source = io.BytesIO(attack.make())

    with pytest.raises(BundleRefused) as refused:
        list(iter_entries(source, attack.limits))

    assert type(refused.value) is attack.refusal
    if attack.fact is not None:
        field, value = attack.fact
        assert refused.value.details[field] == value


@pytest.mark.parametrize("attack", HOSTILE_ARCHIVES, ids=lambda attack: attack.name)
def test_the_whole_check_refuses_it_too(attack: HostileArchive) -> None:
    source = io.BytesIO(attack.make())

    with pytest.raises(AnnexError):
        check_bundle(source, attack.limits)


def test_refusals_are_sentences_without_control_characters() -> None:
    for attack in HOSTILE_ARCHIVES:
        with pytest.raises(BundleRefused) as refused:
            list(iter_entries(io.BytesIO(attack.make()), attack.limits))

        assert refused.value.message.endswith("."), attack.name
        assert refused.value.message.isprintable(), attack.name
        assert len(refused.value.message) < 500, attack.name


@pytest.mark.parametrize(
    "attack",
    [attack for attack in HOSTILE_ARCHIVES if len(attack.make()) < 5000],
    ids=lambda attack: attack.name,
)
def test_a_refusal_does_not_depend_on_how_bytes_arrive(attack: HostileArchive) -> None:
    source = DribblingSource(attack.make())

    with pytest.raises(attack.refusal):
        list(iter_entries(source, attack.limits))


HONEST = [
    *(file(b"ui/%d.js" % number, b"content %d" % number * number) for number in range(20)),
    pax((b"path", "ui/überall".encode()), (b"mtime", b"1.5")),
    file(b"ui/uberall", b"x"),
    folder(b"wit/"),
]


@given(st.binary(max_size=2000))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BundleRefused):
        list(iter_entries(io.BytesIO(data), BundleLimits()))


@given(st.data())
def test_a_flipped_byte_in_the_frame_is_read_or_refused(data: st.DataObject) -> None:
    original = bytearray(archive(*HONEST))
    position = data.draw(st.integers(0, len(original) - 1))
    original[position] ^= data.draw(st.integers(1, 255))

    _read_or_refuse(bytes(original))


@given(st.data())
def test_a_flipped_byte_in_the_tar_is_read_or_refused(data: st.DataObject) -> None:
    original = bytearray(b"".join(HONEST) + bytes(1024))
    for _ in range(data.draw(st.integers(1, 3))):
        original[data.draw(st.integers(0, len(original) - 1))] ^= data.draw(st.integers(1, 255))

    _read_or_refuse(compressed(bytes(original)))


def _read_or_refuse(data: bytes) -> None:
    """Anything but entries with safe paths or a refusal of ours fails the test."""
    try:
        entries = list(iter_entries(io.BytesIO(data), BundleLimits()))
    except BundleRefused:
        return
    for entry in entries:
        assert ".." not in entry.path.split("/")
        assert not entry.path.startswith("/")
