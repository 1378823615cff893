"""Compiled modules on disk: written whole, authenticated before use, the least recently used ones removed."""

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from annex_runner_proxy.sandbox.messages import CodeKind
from annex_shared.content_hash import ContentHash

_CODE: Final = ".cwasm"
_MAC: Final = ".mac"
_PARTIAL: Final = ".partial"
_READ_BYTES: Final = 1 << 20
# A module handed out this recently may be about to be mapped by a worker.
_IN_USE_SECONDS: Final = 120.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ModuleKey:
    """One bundle's code, compiled for one kind of call."""

    content_hash: ContentHash
    kind: CodeKind = CodeKind.PLAIN

    @property
    def name(self) -> str:
        return (
            self.content_hash.hex if self.kind is CodeKind.PLAIN else f"{self.content_hash.hex}-{self.kind}"
        )


@dataclass(slots=True)
class _Known:
    """A file authenticated by this process; ``identity`` changes when anybody touches it."""

    identity: tuple[int, int, int]
    size_bytes: int
    last_used: float


class ModuleFiles:
    """The modules of one engine in one folder. Methods read and write files; call them off the loop."""

    def __init__(
        self, folder: Path, *, mac_key: bytes, max_bytes: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder = folder
        self._mac_key = mac_key
        self._max_bytes = max_bytes
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}
        self.evicted = 0
        self._sweep_partials()

    def known(self, key: ModuleKey) -> str | None:
        """Return the path of a module this process has authenticated, if the file is still the same."""
        known = self._known.get(key.name)
        path = self._path(key.name, _CODE)
        if known is None or _identity(path) != known.identity:
            return None
        known.last_used = self._monotonic()
        return str(path)

    def find(self, key: ModuleKey) -> str | None:
        """Authenticate a module left by an earlier process; remove one that is not ours."""
        path = self._path(key.name, _CODE)
        try:
            promised = self._path(key.name, _MAC).read_bytes()
            identity = _identity(path)
            actual = self._mac(key.name, path)
        except OSError:
            return None
        if identity is None or not hmac.compare_digest(promised, actual):
            log.error("module_not_authentic", module=key.name)
            self._remove(key.name)
            return None
        self._remember(key.name, identity)
        return str(path)

    @contextmanager
    def partial(self, key: ModuleKey) -> Iterator[tuple[Path, int]]:
        """Give a file to write a module to; unless it is published, nothing of it stays."""
        path = self._path(key.name, f".{os.getpid()}{_PARTIAL}")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            yield path, descriptor
        finally:
            os.close(descriptor)
            path.unlink(missing_ok=True)

    def publish(self, key: ModuleKey, partial: Path, descriptor: int) -> None:
        """Seal a written module and let it appear, then keep the cache within its bound.

        The seal is put in place first: a crash in between leaves a seal without its module, which is no
        module at all.
        """
        os.fsync(descriptor)
        name = key.name
        sealed = self._path(name, f"{_MAC}{_PARTIAL}")
        sealed.write_bytes(self._mac(name, partial))
        sealed.chmod(0o600)
        sealed.replace(self._path(name, _MAC))
        path = self._path(name, _CODE)
        partial.replace(path)
        identity = _identity(path)
        if identity is not None:
            self._remember(name, identity)
        self.evict()

    def size_bytes(self) -> int:
        """Sum the modules on disk."""
        return sum(size for _, size, _ in self._files())

    def evict(self) -> None:
        """Remove what was not used for longest until the bound holds, never what may be in use now."""
        files = sorted(self._files(), key=lambda file: file[2])
        total = sum(size for _, size, _ in files)
        for name, size, _ in files:
            if total <= self._max_bytes:
                return
            known = self._known.get(name)
            if known is None or self._monotonic() - known.last_used > _IN_USE_SECONDS:
                self._remove(name)
                total -= size
                self.evicted += 1
                log.info("module_evicted", module=name, size_bytes=size)

    def is_writable(self) -> bool:
        probe = self.folder / f"probe.{os.getpid()}{_PARTIAL}"
        with suppress(OSError):
            probe.touch(mode=0o600)
            probe.unlink()
            return True
        return False

    def _mac(self, name: str, path: Path) -> bytes:
        """Bind the code to the bundle and the engine it is for, so that no file can pose as another."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_READ_BYTES):
                digest.update(chunk)
        bound = f"annex-module/v1\n{self.folder.name}\n{name}\n{digest.hexdigest()}".encode()
        return hmac.new(self._mac_key, bound, hashlib.sha256).digest()

    def _remember(self, name: str, identity: tuple[int, int, int]) -> None:
        self._known[name] = _Known(identity, identity[2], self._monotonic())
        with suppress(OSError):
            os.utime(self._path(name, _MAC))

    def _remove(self, name: str) -> None:
        self._known.pop(name, None)
        for suffix in (_CODE, _MAC):
            self._path(name, suffix).unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[str, int, float]]:
        """Give name, size and last use: this process's own memory first, then the seal's time stamp."""
        now = self._monotonic()
        for entry in os.scandir(self.folder):
            if not entry.name.endswith(_CODE):
                continue
            name = entry.name.removesuffix(_CODE)
            known = self._known.get(name)
            with suppress(OSError):
                age = time.time() - self._path(name, _MAC).stat().st_mtime
                yield name, entry.stat().st_size, known.last_used if known else now - age

    def _sweep_partials(self) -> None:
        for entry in os.scandir(self.folder):
            if entry.name.endswith(_PARTIAL):
                Path(entry.path).unlink(missing_ok=True)

    def _path(self, name: str, suffix: str) -> Path:
        return self.folder / f"{name}{suffix}"


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size
