import json
import re
import subprocess
from pathlib import Path

import pytest

from annex_cli.errors import FolderNotEmpty, InvalidUsage
from annex_cli.route_types import endpoints_of, route_types
from annex_cli.scaffolding import TEMPLATES, language_of, template_named, write_project
from annex_shared.manifest import parse_manifest
from support.templates import files_of

EVERY = [
    pytest.param(template.name, language, id=f"{template.name}-{language}")
    for template in TEMPLATES
    for language in template.languages
]


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_project_is_filled_in_whole_and_its_manifest_is_right(template: str, language: str) -> None:
    files = files_of(template, language, name="ticket-notes", publisher="acme")

    manifest = parse_manifest(files["manifest.json"])
    assert (str(manifest.publisher), str(manifest.name)) == ("acme", "ticket-notes")
    texts = {name: content.decode() for name, content in files.items() if not name.endswith(".tgz")}
    assert [name for name, text in texts.items() if re.search(r"__[A-Z]+__", text)] == []
    assert {"README.md", ".gitignore"} <= set(files)
    assert any("test" in name for name in files)
    assert "dist/handlers" not in "".join(texts.values())


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_packages_of_ours_come_along_and_the_others_are_pinned(template: str, language: str) -> None:
    files = files_of(template, language)
    package = json.loads(files.get("package.json", b"{}"))

    named = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
    ours = {source.removeprefix("file:") for source in named.values() if source.startswith("file:")}
    assert ours == {name for name in files if name.startswith("vendor/")}
    others = [source for source in named.values() if not source.startswith("file:")]
    assert [one for one in others if not re.fullmatch(r"\d+\.\d+\.\d+", one)] == []


def test_the_types_of_the_full_template_are_of_its_manifest() -> None:
    files = files_of("full", "ts")

    expected = route_types(endpoints_of(parse_manifest(files["manifest.json"])))
    assert files["src/ui/endpoints.d.ts"].decode() == expected


def test_a_folder_with_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(FolderNotEmpty, match=r"it has mine\.txt\. Nothing was written"):
        write_project(tmp_path, {"README.md": b"new"}, may_replace=False)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_repository_without_files_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    write_project(tmp_path, {"a/b.txt": b"new"}, may_replace=False)

    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new"


def test_replacing_keeps_what_the_template_has_not(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "README.md").write_text("old")

    write_project(tmp_path, {"README.md": b"new"}, may_replace=True)

    assert (tmp_path / "README.md").read_bytes() == b"new"
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "name"), [("full", "full"), ("ui+handlers", "full"), ("react", "ui"), ("python", "handler")]
)
def test_templates_are_found_by_the_words_people_use(text: str, name: str) -> None:
    assert template_named(text).name == name


def test_a_template_or_language_that_is_none_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidUsage, match='Did you mean "handler"'):
        template_named("handlr")
    with pytest.raises(InvalidUsage, match="is written in ts, not in py"):
        language_of(template_named("ui"), "py")


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_git_keeps_every_file_of_a_new_project(template: str, language: str, tmp_path: Path) -> None:
    write_project(tmp_path, files_of(template, language), may_replace=False)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    ignored = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "--others", "--ignored", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert ignored.stdout == ""
