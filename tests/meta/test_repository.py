"""The repository keeps its own promises: no index hosts, fresh pages, real use of its dependencies."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# Written in two halves so that this file does not find itself.
HOSTS = re.compile(r"pypi\.(?=org)|pythonhosted\.(?=org)|registry\.npmjs\.(?=org)|deb\.debian\.(?=org)")
PINNED = ["aiohttp", "aio_pika", "asyncpg", "pydantic", "aioboto3", "cryptography", "redis", "structlog"]


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_an_index_host() -> None:
    found = []
    for path in _tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if HOSTS.search(text):
            found.append(str(path.relative_to(ROOT)))

    assert found == []


@pytest.mark.parametrize("script", ["schemas.py", "reference.py", "openapi.py"])
def test_generated_pages_are_fresh(script: str) -> None:
    checked = subprocess.run(
        [sys.executable, f"scripts/{script}", "--check"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.stderr == ""
    assert checked.returncode == 0


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_the_chosen_libraries_are_really_used() -> None:
    sources = [path for path in _tracked() if path.suffix == ".py" and "src" in path.parts]

    used = set().union(*(_imports(path) for path in sources))

    assert set(PINNED) - used == set()


def test_the_environment_is_read_in_main_modules_only() -> None:
    sources = [path for path in _tracked() if path.suffix == ".py" and "src" in path.parts]

    readers = [
        str(path.relative_to(ROOT))
        for path in sources
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text()) and path.name != "__main__.py"
    ]

    assert readers == []


def test_time_is_asked_of_the_clock() -> None:
    # Templates are programs of their own, which have no clock of ours.
    sources = [
        path
        for path in _tracked()
        if path.suffix == ".py" and "src" in path.parts and "scaffold" not in path.parts
    ]

    askers = [
        str(path.relative_to(ROOT))
        for path in sources
        if re.search(r"\bdatetime\.(now|utcnow)\(", path.read_text()) and path.name != "clock.py"
    ]

    assert askers == []


def test_every_decision_record_has_a_status() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))

    without = [
        path.name for path in records if not re.search(r"^Status: \w+", path.read_text(), re.MULTILINE)
    ]

    assert records
    assert without == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)

    undocumented = [name for name in targets if not re.search(rf"^{name}:.*## ", makefile, re.MULTILINE)]

    assert {"run", "test", "check", "fmt", "bench", "clean"} <= set(targets)
    assert undocumented == []


def test_every_page_is_in_the_list_of_pages() -> None:
    docs = ROOT / "docs"
    listed = (docs / "README.md").read_text(encoding="utf-8")
    pages = [*docs.glob("*.md"), *docs.glob("operations/*.md"), docs / "api" / "README.md"]

    missing = [str(page.relative_to(docs)) for page in pages if f"({page.relative_to(docs)})" not in listed]

    assert missing == ["README.md"]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in link
    ]

    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
