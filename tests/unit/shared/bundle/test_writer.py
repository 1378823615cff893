import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annex_shared.bundle import BundleLimits, iter_entries, write_bundle
from annex_shared.bundle.errors import (
    BundlePathRefused,
    BundleTooLarge,
    HandlerMissing,
    ManifestMissing,
    SourceFileRefused,
)
from support.hostile_archives import decompressed
from support.wasm_binaries import component

MANIFEST = {"name": "com.acme.notes", "version": "1.4.0", "runtime": "wasm-js@1"}


def _source(folder: Path, files: dict[str, bytes], **fields: Any) -> Path:
    written = {"manifest.json": json.dumps({**MANIFEST, **fields}).encode(), **files}
    for path, data in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def _pack(folder: Path) -> bytes:
    target = io.BytesIO()
    write_bundle(folder, target)
    return target.getvalue()


def _paths(data: bytes) -> list[str]:
    return [entry.path for entry in iter_entries(io.BytesIO(data), BundleLimits())]


def test_a_bundle_holds_what_the_format_names_and_nothing_else(tmp_path: Path) -> None:
    source = _source(
        tmp_path,
        {
            "dist/main.wasm": component(),
            "dist/main.js.map": b"left out",
            "src/index.js": b"left out",
            "node_modules/x/index.js": b"left out",
            "ui/index.html": b"<p>",
            "ui/assets/a.js": b"a",
            "precompiled/x86_64.cwasm": b"c",
            "artifacts/arm.cwasm": b"c",
            "wit/world.wit": b"w",
            "sbom.spdx.json": b"{}",
            "licences/MIT.txt": b"MIT",
            "bundle.tar.zst": b"left out",
        },
        ui={"type": "iframe", "entry": "index.html"},
        assets=["ui/**/*", "licences/*"],
        precompiled={"aarch64": "artifacts/arm.cwasm"},
    )

    paths = _paths(_pack(source))

    assert paths == [
        "artifacts/arm.cwasm",
        "dist/main.wasm",
        "licences/MIT.txt",
        "manifest.json",
        "precompiled/x86_64.cwasm",
        "sbom.spdx.json",
        "ui/assets/a.js",
        "ui/index.html",
        "wit/world.wit",
    ]


def test_the_answer_states_the_facts_of_the_written_bytes(tmp_path: Path) -> None:
    target = io.BytesIO()

    packed = write_bundle(_source(tmp_path, {"ui/a": b"a"}), target)

    assert packed.content_hash.hex == hashlib.sha256(target.getvalue()).hexdigest()
    assert packed.size_bytes == len(target.getvalue())
    assert packed.entry_count == 2
    assert str(packed.manifest.version) == "1.4.0"


def test_equal_files_give_equal_bytes_whenever_and_wherever_they_are_packed(tmp_path: Path) -> None:
    files = {f"ui/{name}": name.encode() * 100 for name in ("b", "a", "Z", "é", "l" * 120)}
    first = _source(tmp_path / "first", files)
    second = _source(tmp_path / "second", dict(reversed(files.items())))
    (second / "ui/a").chmod(0o755)
    os.utime(second / "ui/b", (1, 1))

    assert _pack(first) == _pack(second)


def test_a_changed_byte_gives_another_hash(tmp_path: Path) -> None:
    before = _pack(_source(tmp_path, {"ui/a": b"a"}))

    after = _pack(_source(tmp_path, {"ui/a": b"b"}))

    assert before != after


def test_other_tools_can_read_a_bundle_and_learn_nothing_about_its_packer(tmp_path: Path) -> None:
    data = _pack(_source(tmp_path, {"ui/é" + "l" * 120: b"long", "ui/a": b"a"}))

    with tarfile.open(fileobj=io.BytesIO(decompressed(data))) as tar:
        members = tar.getmembers()

    assert [member.name for member in members] == ["manifest.json", "ui/a", "ui/é" + "l" * 120]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}


@pytest.mark.parametrize("name", ["ui/link", "ui", "dist/main.wasm"])
def test_a_link_is_not_followed(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "id_ed25519").write_bytes(b"private")
    source = _source(tmp_path / "source", {"dist/other.js": b"x"})
    (source / name).parent.mkdir(exist_ok=True)
    (source / name).symlink_to(secret)

    with pytest.raises(SourceFileRefused):
        _pack(source)


def test_a_file_behind_a_linked_folder_is_not_packed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "id_ed25519").write_bytes(b"private")
    source = _source(tmp_path / "source", {}, assets=["more/*"])
    (source / "more").symlink_to(secret)

    with pytest.raises(SourceFileRefused):
        _pack(source)


def test_a_named_pipe_is_not_packed(tmp_path: Path) -> None:
    source = _source(tmp_path, {"ui/a": b"a"})
    os.mkfifo(source / "ui/pipe")

    with pytest.raises(SourceFileRefused):
        _pack(source)


@pytest.mark.parametrize("pattern", ["../*", "/etc/passwd", "a/../../b", "**x", "..\\x"])
def test_assets_outside_the_folder_are_refused(tmp_path: Path, pattern: str) -> None:
    source = _source(tmp_path, {}, assets=[pattern])

    with pytest.raises(SourceFileRefused):
        _pack(source)


def test_a_bill_of_materials_kept_elsewhere_is_no_file(tmp_path: Path) -> None:
    source = _source(tmp_path, {}, sbom="https://example.com/sbom.json")

    assert _paths(_pack(source)) == ["manifest.json"]


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestMissing):
        _pack(tmp_path)


def test_nothing_is_written_when_the_bundle_breaks_a_rule(tmp_path: Path) -> None:
    endpoint = {"method": "GET", "path": "/a", "handler": "h"}
    source = _source(tmp_path, {"ui/a": b"a"}, api={"endpoints": [endpoint]})
    target = io.BytesIO()

    with pytest.raises(HandlerMissing):
        write_bundle(source, target)

    assert target.getvalue() == b""


def test_a_name_the_reader_would_refuse_is_refused_when_packing(tmp_path: Path) -> None:
    with pytest.raises(BundlePathRefused):
        _pack(_source(tmp_path, {"ui/a:b": b"x"}))


@pytest.mark.parametrize("limits", [BundleLimits(entries=2), BundleLimits(unpacked_bytes=4096)])
def test_limits_hold_while_packing(tmp_path: Path, limits: BundleLimits) -> None:
    source = _source(tmp_path, {f"ui/{number}": b"x" * 2000 for number in range(3)})

    with pytest.raises(BundleTooLarge):
        write_bundle(source, io.BytesIO(), limits=limits)


_SEGMENT = st.text(st.sampled_from("abcxyz0189-_é漢"), min_size=1, max_size=12)
_FILES = st.dictionaries(
    st.lists(_SEGMENT, min_size=1, max_size=3).map("/".join), st.binary(max_size=3000), max_size=12
).filter(lambda files: not any(other.startswith(f"{path}/") for path in files for other in files))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FILES)
def test_what_was_packed_is_what_is_read(tmp_path: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(tmp_path / "source", ignore_errors=True)
    packed = {f"ui/{path}": data for path, data in files.items()}
    source = _source(tmp_path / "source", packed)

    entries = iter_entries(io.BytesIO(_pack(source)), BundleLimits())
    read = {entry.path: entry.data for entry in entries}

    assert read.pop("manifest.json") == (source / "manifest.json").read_bytes()
    assert read == packed
