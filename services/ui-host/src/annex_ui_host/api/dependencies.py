"""What the handlers of this service are given."""

from dataclasses import dataclass, field

from aiohttp import web

from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.api.served import Served
from annex_ui_host.domain.page_policy import PagePolicy


@dataclass(frozen=True, slots=True)
class Dependencies:
    """``is_local_only``: answer only as the public origin, and only to it and who may frame it."""

    shelf: Shelf
    page_policy: PagePolicy
    is_local_only: bool = False
    served: Served = field(default_factory=Served)


DEPENDENCIES = web.AppKey("DEPENDENCIES", Dependencies)
