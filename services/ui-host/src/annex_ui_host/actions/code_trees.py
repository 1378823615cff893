"""Make the coded variants of a tree's files once, in the background, and put them in the tree's place."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog

from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.codings import Coding
from annex_ui_host.domain.tree_cache import TreeCache
from annex_ui_host.domain.ui_tree import Asset, UiTree

# Trees that wait; one more is served plainly until it is loaded anew.
_MOST_WAITING = 32
# Larger files are what ranges are for, and would keep the others waiting.
_LARGEST_BYTES = 8 * 1024 * 1024

Compress = Callable[[bytes], Awaitable[Mapping[Coding, bytes]]]

log = structlog.get_logger()


@dataclass(slots=True)
class TreeCoder:
    """One tree at a time. What is coded is kept only while its tree is, and only while there is room."""

    cache: TreeCache
    compress: Compress
    max_bytes: int
    done: Callable[[ContentHash, UiTree], None] = lambda _hash, _tree: None
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _tasks: dict[ContentHash, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, content_hash: ContentHash, tree: UiTree) -> None:
        """Start coding unless that is under way, or too much is."""
        if content_hash in self._tasks or len(self._tasks) >= _MOST_WAITING:
            return
        task = asyncio.create_task(self._code(content_hash, tree), name=f"code {content_hash}")
        self._tasks[content_hash] = task
        task.add_done_callback(lambda ended: self._ended(content_hash, ended))

    async def finished(self) -> None:
        """Wait for what was begun."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, content_hash: ContentHash, task: "asyncio.Task[None]") -> None:
        del self._tasks[content_hash]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("ui_tree_not_coded", content_hash=str(content_hash), exc_info=error)

    async def _code(self, content_hash: ContentHash, tree: UiTree) -> None:
        async with self._turn:
            room = self.max_bytes - tree.size_bytes
            coded: dict[str, Mapping[Coding, bytes]] = {}
            for path, asset in tree.assets.items():
                if not _is_worth_trying(asset):
                    continue
                # Dropped, or blocked: nobody will ask for it.
                if self.cache.peek(content_hash) is not tree:
                    return
                smaller = asset.with_coded(await self.compress(asset.plain.body))
                if 0 < smaller.coded_bytes <= room:
                    coded[path] = {coding: one.body for coding, one in smaller.coded.items()}
                    room -= smaller.coded_bytes
            complete = tree.with_coded(coded)
            if self.cache.replace(content_hash, tree, complete):
                log.info("ui_tree_coded", content_hash=str(content_hash), files=len(coded))
                self.done(content_hash, complete)


def _is_worth_trying(asset: Asset) -> bool:
    return asset.is_negotiable and len(asset.plain.body) <= _LARGEST_BYTES
