"""Find how a project is built: by `[build]` of annex.toml, else by the build script of package.json."""

import json
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annex_cli.errors import BuildNotDeclared, FileNotUsable
from annex_cli.setting_files import PROJECT_FILE

_PACKAGE_FILE = "package.json"
_PACKAGES = "node_modules"
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_MAX_BYTES = 1 << 20
_LOCK_FILES = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lockb": "bun",
    "bun.lock": "bun",
}


class _Declared(BaseModel):
    """`[build]` of annex.toml; a command is a list of words, or a line that is split as a shell would."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str | list[str]
    release: str | list[str] | None = None
    # What an installation brings, and the commands that make one, each a line.
    needs: str | None = None
    install: str | list[str] = Field(default_factory=list)


class _Package(BaseModel):
    """What a build needs of package.json."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    scripts: dict[str, str] = Field(default_factory=dict)
    package_manager: str = Field(default="npm", alias="packageManager")
    dependencies: dict[str, str] = Field(default_factory=dict)
    dev_dependencies: dict[str, str] = Field(default_factory=dict, alias="devDependencies")


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """One command and where it is declared.

    ``installs`` are the commands that bring ``needs``, a path below the project, which the build cannot do
    without.
    """

    words: tuple[str, ...]
    declared_in: str
    needs: str | None = None
    installs: tuple[tuple[str, ...], ...] = ()

    @property
    def installs_with(self) -> str | None:
        """Give the installation as a person types it."""
        return " && ".join(shlex.join(words) for words in self.installs) or None

    @property
    def shown(self) -> str:
        return shlex.join(self.words)


def build_plan(folder: Path, *, is_release: bool) -> BuildPlan:
    """Read what the project declares. Raises BuildNotDeclared and FileNotUsable."""
    declared = _declared(folder)
    if declared is not None:
        chosen = declared.release if is_release and declared.release is not None else declared.command
        lines = [declared.install] if isinstance(declared.install, str) else declared.install
        installs = tuple(_words(line, "install") for line in lines)
        return BuildPlan(_words(chosen), PROJECT_FILE, declared.needs, installs)
    package = _package(folder)
    script = "build:release" if package and is_release and "build:release" in package.scripts else "build"
    if package is None or script not in package.scripts:
        raise BuildNotDeclared(
            f"This project does not say how it is built: there is no [build] in {PROJECT_FILE} and no script "
            f'"build" in {_PACKAGE_FILE}.',
            hint="annex build --help",
        )
    tool = _package_manager(folder, package)
    has_packages = bool(package.dependencies or package.dev_dependencies)
    is_locked = tool == "npm" and any((folder / name).is_file() for name in _NPM_LOCKS)
    return BuildPlan(
        (tool, "run", script),
        _PACKAGE_FILE,
        needs=_PACKAGES if has_packages else None,
        installs=((tool, "ci" if is_locked else "install"),),
    )


def _declared(folder: Path) -> _Declared | None:
    text = _text(folder / PROJECT_FILE)
    if text is None:
        return None
    try:
        document = tomllib.loads(text)
        return _Declared.model_validate(document["build"]) if "build" in document else None
    except tomllib.TOMLDecodeError as error:
        raise FileNotUsable(f"{PROJECT_FILE} is not TOML: {error}.") from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(["build", *(str(part) for part in fault["loc"])])
        raise FileNotUsable(f"{PROJECT_FILE}: {place}: {fault['msg']}.") from None


def _words(command: str | list[str], name: str = "command") -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command)) if isinstance(command, str) else tuple(command)
    except ValueError as error:
        raise FileNotUsable(f"{PROJECT_FILE}: build.{name}: {error}.") from None
    if not words or not words[0]:
        raise FileNotUsable(f"{PROJECT_FILE}: build.{name} names no program.")
    return words


def _package(folder: Path) -> _Package | None:
    text = _text(folder / _PACKAGE_FILE)
    if text is None:
        return None
    try:
        return _Package.model_validate(json.loads(text))
    except (ValueError, RecursionError):
        raise FileNotUsable(f"{_PACKAGE_FILE} cannot be read as what npm reads.") from None


def _package_manager(folder: Path, package: _Package) -> str:
    named = package.package_manager.partition("@")[0]
    if named in {"pnpm", "yarn", "bun"}:
        return named
    return next((tool for lock, tool in _LOCK_FILES.items() if (folder / lock).is_file()), "npm")


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > _MAX_BYTES:
        raise FileNotUsable(f"{path} is larger than a MiB.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise FileNotUsable(f"{path} is not UTF-8.") from None
