"""What is done with a tree besides showing it: fetched beforehand, coded, written for a web server."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from annex_shared.content_hash import ContentHash
from annex_ui_host.actions.code_trees import TreeCoder
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.actions.prefetch_tree import prefetch_tree
from annex_ui_host.actions.show_on_disk import ShowOnDisk
from annex_ui_host.domain.ui_tree import UiTree

# More at once are not begun: whoever asks for the tree loads it.
_MOST_TASKS = 64

log = structlog.get_logger()


@dataclass(slots=True)
class FollowUp:
    """Begins each step when the one before it has ended; nobody's request waits for any."""

    shelf: Shelf
    coder: TreeCoder | None
    on_disk: ShowOnDisk | None
    wants_prefetch: bool
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def loaded(self, content_hash: ContentHash, tree: UiTree) -> None:
        if self.coder is None:
            self.coded(content_hash, tree)
        else:
            self.coder.begin(content_hash, tree)

    def coded(self, content_hash: ContentHash, tree: UiTree) -> None:
        if self.on_disk is not None:
            self._begin(self.on_disk.show(content_hash, tree), "write")

    def prefetch(self, content_hash: ContentHash) -> None:
        if self.wants_prefetch:
            self._begin(prefetch_tree(content_hash, shelf=self.shelf), "prefetch")

    async def reconcile(self) -> None:
        if self.on_disk is not None:
            await self.on_disk.reconcile()

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, step: Coroutine[Any, Any, None], name: str) -> None:
        if len(self._tasks) >= _MOST_TASKS:
            step.close()
            return
        task = asyncio.create_task(step, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("follow_up_failed", step=task.get_name(), exc_info=error)
