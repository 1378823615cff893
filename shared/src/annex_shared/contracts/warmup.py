"""`POST /warmup`: have a version ready before it is called, and say how far that is."""

from typing import Literal

from pydantic import Field

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.wire import Exchanged


class WarmUpRequest(Exchanged):
    """Which version: the one an install runs, or one by its content hash. ``wait_ms`` is how long to wait."""

    tenant_id: str
    extension_id: str
    install_id: str | None = None
    content_hash: ContentHash | None = None
    wait_ms: int = Field(default=0, ge=0)


class WarmUpView(Exchanged):
    """``awake``: nothing was named, so all that can be said is that calls are taken.

    ``on-demand``: the runner behind makes versions ready at their first call and cannot be told to before.
    """

    state: Literal["ready", "warming", "awake", "on-demand"]
    content_hash: ContentHash | None = None
