"""Versions ready to run: found in the cache, or fetched and compiled once however many ask."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from annex_runner_proxy.adapters.bundle_source import BundleSource
from annex_runner_proxy.adapters.compiler import compile_component
from annex_runner_proxy.adapters.module_files import ModuleFiles, ModuleKey
from annex_runner_proxy.domain.errors import (
    BundleUnreadable,
    ComponentInvalid,
    RunnerError,
    VersionWarming,
    VersionWithoutHandler,
)
from annex_runner_proxy.sandbox.messages import CodeKind
from annex_shared.content_hash import ContentHash

_RETRY_AFTER_SECONDS = 2
# The bytes behind a hash never change, so neither does the verdict on them.
_LASTING = (ComponentInvalid, VersionWithoutHandler, BundleUnreadable)
_MAX_REFUSED = 10_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CompilePolicy:
    """One compilation at a time by default: it takes whole processors for many seconds."""

    at_once: int = 1
    timeout_seconds: float = 180.0


class ModuleCache:
    """Gives paths of compiled modules to map; ``admit`` raises for a bundle that must not be loaded."""

    def __init__(
        self,
        files: ModuleFiles,
        bundles: BundleSource,
        *,
        fingerprint: str,
        policy: CompilePolicy,
        admit: Callable[[ContentHash], Awaitable[None]] | None = None,
        on_compiled: Callable[[float], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._bundles = bundles
        self._fingerprint = fingerprint
        self._policy = policy
        self._admit = admit
        self._on_compiled = on_compiled
        self._monotonic = monotonic
        self._compiling = asyncio.Semaphore(policy.at_once)
        self._preparing: dict[ModuleKey, asyncio.Task[str]] = {}
        self._refused: dict[ContentHash, RunnerError] = {}

    async def ready(
        self, content_hash: ContentHash, *, wait_seconds: float, counts_fuel: bool = False
    ) -> str:
        """Return the module's path, waiting at most ``wait_seconds`` for it to be made.

        Code that counts fuel is another module, made when a call asks for it first. Raises VersionWarming,
        or the error that making it ended with.
        """
        key = ModuleKey(content_hash, CodeKind.COUNTING if counts_fuel else CodeKind.PLAIN)
        path = self._files.known(key)
        if path is not None:
            return path
        self._raise_refusal(content_hash)
        task = self._task(key)
        try:
            async with asyncio.timeout(wait_seconds):
                return await asyncio.shield(task)
        except TimeoutError:
            raise VersionWarming(
                "This version is being made ready. Try again shortly.",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            ) from None

    async def prepare(self, content_hash: ContentHash) -> None:
        """Make a version ready, however long it takes. Raises the error that making it ended with.

        One that was refused for good is left alone.
        """
        key = ModuleKey(content_hash)
        if self._files.known(key) is None and content_hash not in self._refused:
            await asyncio.shield(self._task(key))

    async def close(self) -> None:
        """Stop what is being made; a compiler in it is killed and leaves nothing behind."""
        tasks = list(self._preparing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _task(self, key: ModuleKey) -> asyncio.Task[str]:
        task = self._preparing.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key), name=f"prepare {key.content_hash.short}")
            self._preparing[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        return task

    def _finished(self, key: ModuleKey, task: asyncio.Task[str]) -> None:
        self._preparing.pop(key, None)
        content_hash = key.content_hash
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, _LASTING):
            self._refused[content_hash] = error
            while len(self._refused) > _MAX_REFUSED:
                self._refused.pop(next(iter(self._refused)))
        if error is not None:
            log.warning("version_not_ready", content_hash=str(content_hash), error_type=type(error).__name__)

    def _raise_refusal(self, content_hash: ContentHash) -> None:
        refused = self._refused.get(content_hash)
        if refused is not None:
            # A fresh copy: an exception raised twice collects two tracebacks and two sets of details.
            raise type(refused)(refused.message, details=refused.details)

    async def _make(self, key: ModuleKey) -> str:
        path = await asyncio.to_thread(self._files.find, key)
        if path is not None:
            return path
        if self._admit is not None:
            await self._admit(key.content_hash)
        return await self._compile(key)

    async def _compile(self, key: ModuleKey) -> str:
        async with self._compiling:
            started = self._monotonic()
            async with self._bundles.handler(key.content_hash) as source:
                with self._files.partial(key) as (partial, target):
                    await compile_component(
                        source,
                        target,
                        fingerprint=self._fingerprint,
                        timeout_seconds=self._policy.timeout_seconds,
                        kind=key.kind,
                    )
                    await asyncio.to_thread(self._files.publish, key, partial, target)
            seconds = self._monotonic() - started
            if self._on_compiled is not None:
                self._on_compiled(seconds)
            log.info(
                "version_compiled",
                content_hash=str(key.content_hash),
                kind=key.kind,
                duration_ms=round(seconds * 1000),
            )
        path = self._files.known(key)
        assert path is not None  # noqa: S101 - it was just written and is younger than any eviction
        return path
