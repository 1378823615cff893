import json
from pathlib import Path

import pytest

from annex_cli.build_plan import build_plan
from annex_cli.errors import BuildNotDeclared, FileNotUsable


def _package(folder: Path, **more: object) -> None:
    scripts = {"scripts": {"build": "node build.mjs", "build:release": "node build.mjs --release"}}
    (folder / "package.json").write_text(json.dumps(scripts | more))


def test_annex_toml_wins_over_package_json(tmp_path: Path) -> None:
    _package(tmp_path)
    (tmp_path / "annex.toml").write_text("[build]\ncommand = \"make 'my handler'\"\n")

    plan = build_plan(tmp_path, is_release=False)

    assert (plan.words, plan.declared_in) == (("make", "my handler"), "annex.toml")


def test_other_tables_of_annex_toml_are_not_its_business(tmp_path: Path) -> None:
    _package(tmp_path)
    (tmp_path / "annex.toml").write_text('gateway = "https://example.org"\n[other]\nx = 1\n')

    assert build_plan(tmp_path, is_release=False).words == ("npm", "run", "build")


def test_a_release_may_have_a_command_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "annex.toml").write_text('[build]\ncommand = "make"\nrelease = ["make", "all"]\n')

    assert build_plan(tmp_path, is_release=False).words == ("make",)
    assert build_plan(tmp_path, is_release=True).words == ("make", "all")


def test_a_release_uses_the_script_of_that_name(tmp_path: Path) -> None:
    _package(tmp_path)

    assert build_plan(tmp_path, is_release=True).words == ("npm", "run", "build:release")


@pytest.mark.parametrize(
    ("more", "lock", "tool"),
    [
        ({}, "pnpm-lock.yaml", "pnpm"),
        ({}, "package-lock.json", "npm"),
        ({"packageManager": "yarn@4.1.0"}, "pnpm-lock.yaml", "yarn"),
    ],
)
def test_the_package_manager_is_the_projects_own(
    tmp_path: Path, more: dict[str, object], lock: str, tool: str
) -> None:
    _package(tmp_path, **more)
    (tmp_path / lock).touch()

    plan = build_plan(tmp_path, is_release=False)

    assert plan.words[0] == tool
    assert (plan.installs_with or "").startswith(tool)


def test_a_project_that_declares_nothing_is_told_where_to(tmp_path: Path) -> None:
    with pytest.raises(BuildNotDeclared, match=r"no \[build\] in annex.toml and no script"):
        build_plan(tmp_path, is_release=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("annex.toml", "[build]\ncommand = 7\n"),
        ("annex.toml", '[build]\ncommand = ""\n'),
        ("annex.toml", '[build]\ncommand = "unclosed \'"\n'),
        ("annex.toml", '[build]\ncommand = "make"\nwatched = "src"\n'),
        ("annex.toml", "[build\n"),
        ("package.json", '{"scripts": []}'),
        ("package.json", "{"),
    ],
)
def test_a_file_that_cannot_mean_a_build_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(FileNotUsable, match=name):
        build_plan(tmp_path, is_release=False)


@pytest.mark.parametrize(("lock", "verb"), [(None, "install"), ("package-lock.json", "ci")])
def test_packages_are_installed_by_the_lock_where_there_is_one(
    tmp_path: Path, lock: str | None, verb: str
) -> None:
    _package(tmp_path, devDependencies={"esbuild": "0.28.2"})
    if lock:
        (tmp_path / lock).touch()

    plan = build_plan(tmp_path, is_release=False)

    assert (plan.needs, plan.installs) == ("node_modules", (("npm", verb),))


def test_a_project_without_packages_needs_no_installation(tmp_path: Path) -> None:
    _package(tmp_path)

    assert build_plan(tmp_path, is_release=False).needs is None


def test_annex_toml_says_what_is_needed_and_what_brings_it(tmp_path: Path) -> None:
    (tmp_path / "annex.toml").write_text(
        '[build]\ncommand = "tools/make"\nneeds = "tools/make"\n'
        'install = ["mkdir tools", "touch tools/make"]\n'
    )

    plan = build_plan(tmp_path, is_release=False)

    assert (plan.needs, plan.installs_with) == ("tools/make", "mkdir tools && touch tools/make")
