from pathlib import Path

import pytest

from annex_runner_proxy.adapters.module_files import ModuleFiles, ModuleKey
from annex_shared.content_hash import ContentHash

HASH, OTHER, THIRD = (ModuleKey(ContentHash.of(name)) for name in (b"one", b"two", b"three"))
KEY = bytes(32)


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "engine-1"
    folder.mkdir(mode=0o700)
    return folder


def _files(
    folder: Path, *, key: bytes = KEY, max_bytes: int = 1 << 30, clock: Hands | None = None
) -> ModuleFiles:
    return ModuleFiles(folder, mac_key=key, max_bytes=max_bytes, monotonic=clock or Hands())


def _write(files: ModuleFiles, key: ModuleKey, code: bytes = b"code") -> None:
    with files.partial(key) as (path, descriptor):
        path.write_bytes(code)
        files.publish(key, path, descriptor)


def test_published_module_is_known_at_once(folder: Path) -> None:
    files = _files(folder)

    _write(files, HASH)

    path = files.known(HASH)
    assert path is not None
    assert Path(path).read_bytes() == b"code"
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_unfinished_module_leaves_nothing(folder: Path) -> None:
    files = _files(folder)

    with files.partial(HASH) as (path, _):
        path.write_bytes(b"half")

    assert list(folder.iterdir()) == []


def test_remains_of_a_crash_are_swept(folder: Path) -> None:
    (folder / f"{HASH.name}.1234.partial").write_bytes(b"half")

    _files(folder)

    assert list(folder.iterdir()) == []


def test_module_of_an_earlier_process_is_authenticated(folder: Path) -> None:
    _write(_files(folder), HASH)
    later = _files(folder)

    assert later.known(HASH) is None
    assert later.find(HASH) is not None
    assert later.known(HASH) is not None


@pytest.mark.parametrize("damage", ["code", "seal", "no seal"])
def test_module_that_is_not_ours_is_removed(folder: Path, damage: str) -> None:
    _write(_files(folder), HASH)
    code, seal = folder / f"{HASH.name}.cwasm", folder / f"{HASH.name}.mac"
    match damage:
        case "code":
            code.write_bytes(b"evil")
        case "seal":
            seal.write_bytes(bytes(32))
        case _:
            seal.unlink()

    assert _files(folder).find(HASH) is None
    assert damage == "no seal" or not code.exists()


def test_module_sealed_with_another_key_is_not_ours(folder: Path) -> None:
    _write(_files(folder, key=b"x" * 32), HASH)

    assert _files(folder).find(HASH) is None


def test_module_does_not_pass_for_another_bundle_or_engine(folder: Path, tmp_path: Path) -> None:
    _write(_files(folder), HASH)
    elsewhere = tmp_path / "engine-2"
    elsewhere.mkdir()
    for suffix in (".cwasm", ".mac"):
        genuine = (folder / f"{HASH.name}{suffix}").read_bytes()
        (folder / f"{OTHER.name}{suffix}").write_bytes(genuine)
        (elsewhere / f"{HASH.name}{suffix}").write_bytes(genuine)

    assert _files(folder).find(OTHER) is None
    assert _files(elsewhere).find(HASH) is None


def test_file_that_was_replaced_is_not_known_any_more(folder: Path) -> None:
    files = _files(folder)
    _write(files, HASH)

    (folder / "new").write_bytes(b"code")
    (folder / "new").replace(folder / f"{HASH.name}.cwasm")

    assert files.known(HASH) is None


def test_least_recently_used_goes_first(folder: Path) -> None:
    clock = Hands()
    files = _files(folder, max_bytes=10, clock=clock)
    _write(files, HASH)
    _write(files, OTHER)
    clock.seconds += 200
    files.known(HASH)
    clock.seconds += 200

    _write(files, THIRD)

    assert [files.known(key) is not None for key in (HASH, OTHER, THIRD)] == [
        True,
        False,
        True,
    ]


def test_module_handed_out_just_now_is_kept_over_the_bound(folder: Path) -> None:
    files = _files(folder, max_bytes=1)

    _write(files, HASH)

    assert files.known(HASH) is not None
