"""New projects: the templates that come with annex, filled in and written without touching what is there."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from annex_cli.errors import FileNotUsable, FolderNotEmpty, InvalidUsage
from annex_shared.manifest.suggestions import nearest
from annex_shared.names import ExtensionName, PublisherSlug

_SCAFFOLD: Final = "scaffold"
_VENDOR: Final = "vendor"
_WIT: Final = "alga-extension.wit"
_PACKAGE_FILE: Final = "package.json"
_FROM_VENDOR: Final = "file:vendor/"
# What a package of ours and a hidden file cannot be called inside a wheel or a repository.
_RENAMED: Final = {"gitignore": ".gitignore"}
_NEXT: Final = 3
# What may lie in a folder that counts as empty: a repository without a first commit.
_NO_CONTENT: Final = frozenset({".git"})


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of project, in the languages it is written in; the first is the default."""

    name: str
    about: str
    languages: tuple[str, ...]


TEMPLATES: Final = (
    Template("handler", "answers calls; no page of its own", ("ts", "js", "py")),
    Template("ui", "a page in React, opened inside the product; no code on the server", ("ts",)),
    Template("full", "a handler, and a page that calls it", ("ts",)),
)
# The words of the specification, for whoever remembers those.
_ALSO: Final = {"ui+handlers": "full", "react": "ui", "python": "handler"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a project is made from."""

    name: ExtensionName
    publisher: PublisherSlug
    template: Template
    language: str

    @property
    def extension(self) -> str:
        return f"{self.publisher}/{self.name}"


def template_named(text: str) -> Template:
    """Find a template. Raises InvalidUsage."""
    names = [template.name for template in TEMPLATES]
    wanted = _ALSO.get(text, text)
    if wanted in names:
        return TEMPLATES[names.index(wanted)]
    guess = nearest(text, names)
    suggestion = f' Did you mean "{guess}"?' if guess else ""
    raise InvalidUsage(f'There is no template "{text}".{suggestion} There are {", ".join(names)}.')


def language_of(template: Template, text: str | None) -> str:
    """Check a language, or take the template's first. Raises InvalidUsage."""
    language = text or template.languages[0]
    if language not in template.languages:
        written = " or ".join(template.languages)
        raise InvalidUsage(f'The template "{template.name}" is written in {written}, not in {language}.')
    return language


def project_files(choice: Choice) -> dict[str, bytes]:
    """Fill in the template: what stands where below the new folder."""
    root = files("annex_cli") / _SCAFFOLD
    words = {
        "__NAME__": str(choice.name),
        "__PUBLISHER__": str(choice.publisher),
        "__TITLE__": str(choice.name).replace("-", " ").replace("_", " ").capitalize(),
    }
    source = root / f"{choice.template.name}-{choice.language}"
    written = dict(_filled(source, "", words))
    written |= dict(_vendored(root / _VENDOR, written.get(_PACKAGE_FILE)))
    if choice.language == "py":
        written[f"wit/{_WIT}"] = (root / _WIT).read_bytes()
    return dict(sorted(written.items()))


def _filled(folder: Traversable, below: str, words: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        path = f"{below}{_RENAMED.get(entry.name, entry.name)}"
        if entry.is_dir():
            if entry.name not in {"__pycache__", "node_modules", "dist"}:
                yield from _filled(entry, f"{path}/", words)
            continue
        text = entry.read_text(encoding="utf-8")
        for placeholder, word in words.items():
            text = text.replace(placeholder, word)
        yield path, text.encode()


def _vendored(vendor: Traversable, package: bytes | None) -> Iterator[tuple[str, bytes]]:
    """Take along those packages of ours that package.json names; no public registry has them."""
    if package is None:
        return
    document = json.loads(package)
    for place in ("dependencies", "devDependencies"):
        for source in document.get(place, {}).values():
            if source.startswith(_FROM_VENDOR):
                name = source.removeprefix(_FROM_VENDOR)
                yield f"{_VENDOR}/{name}", (vendor / name).read_bytes()


def write_project(folder: Path, written: Mapping[str, bytes], *, may_replace: bool) -> None:
    """Write all files; nothing where something is in the way. Raises FolderNotEmpty and FileNotUsable."""
    _refuse_unless_empty(folder, may_replace=may_replace)
    made: list[Path] = []
    try:
        for name, content in written.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            path.write_bytes(content)
            made += [path] if is_new else []
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise FileNotUsable(f"{error.filename or folder} cannot be written: {error.strerror}.") from None


def _refuse_unless_empty(folder: Path, *, may_replace: bool) -> None:
    found: list[str] = []
    try:
        with contextlib.suppress(FileNotFoundError):
            found = sorted(entry.name for entry in folder.iterdir() if entry.name not in _NO_CONTENT)
    except OSError as error:
        raise FileNotUsable(f"{folder} cannot be used as a folder: {error.strerror}.") from None
    if found and not may_replace:
        named = ", ".join(found[:_NEXT])
        more = f" and {len(found) - _NEXT} more" if len(found) > _NEXT else ""
        raise FolderNotEmpty(
            f"{folder.name} is not empty: it has {named}{more}. Nothing was written.",
            details={"folder": str(folder), "entries": len(found)},
            hint="Name a new folder, or add --force to replace the files the template has.",
        )
