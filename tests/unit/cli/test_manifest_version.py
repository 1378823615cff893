import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_cli.errors import FileNotUsable, InvalidUsage
from annex_cli.manifest_version import ManifestText
from annex_shared.version_number import VersionNumber


def _manifest(folder: Path, text: str) -> ManifestText:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return ManifestText.read(folder)


@pytest.mark.parametrize(
    ("current", "wish", "raised"),
    [
        ("1.4.0", "patch", "1.4.1"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "major", "2.0.0"),
        ("2.0.0-rc.1", "patch", "2.0.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
        ("2.1.0-rc.1", "minor", "2.1.0"),
        ("2.1.0-rc.1", "major", "3.0.0"),
        ("2.1.1-rc.1", "minor", "2.2.0"),
        ("1.0.0+build.7", "patch", "1.0.1"),
        ("1.0.0", "0.9.0-beta.2", "0.9.0-beta.2"),
    ],
)
def test_numbers_are_raised_as_semver_says(tmp_path: Path, current: str, wish: str, raised: str) -> None:
    manifest = _manifest(tmp_path, json.dumps({"version": current}))

    assert str(manifest.raised(wish)) == raised


def test_what_is_no_number_and_no_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidUsage):
        _manifest(tmp_path, '{"version": "1.0.0"}').raised("latest")


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"other": {"version": "1.0.0"}}'])
def test_a_manifest_without_a_version_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileNotUsable):
        _manifest(tmp_path, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("version"), below)
    ),
    max_leaves=8,
)


@given(
    before=st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    after=st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    indent=st.none() | st.integers(0, 4),
    is_ascii=st.booleans(),
)
def test_only_the_outermost_version_changes(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[str, object],
    after: dict[str, object],
    *,
    indent: int | None,
    is_ascii: bool,
) -> None:
    document = {
        **before,
        "version": "1.0.0",
        **{key: value for key, value in after.items() if key != "version"},
    }
    folder = tmp_path_factory.mktemp("project")
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
    (folder / "manifest.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    manifest = ManifestText.read(folder)

    manifest.written(VersionNumber("1.0.1"))

    written = (folder / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(written) == document | {"version": "1.0.1"}
    assert written == text[: manifest.begin] + '"1.0.1"' + text[manifest.end :]
