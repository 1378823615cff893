"""What commands about single extensions ask of the platform, over one client.

Every function raises what the client raises.
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from annex_cli.errors import PlatformRefused
from annex_cli.execution_views import ExecutionPage, ExecutionView
from annex_cli.platform_client import PlatformClient, read_answer
from annex_shared.contracts.feeds import FeedPage
from annex_shared.contracts.schedules import (
    ChangeSchedule,
    DispatchViews,
    RunStarted,
    ScheduleView,
    ScheduleViews,
)

Answered = TypeVar("Answered", bound=BaseModel)
Query = Mapping[str, str | int | None]

_INSTALLS = "/api/v1/installs"


async def uninstall(client: PlatformClient, install_id: str) -> None:
    """Remove an install that was there a moment ago: one that is gone meanwhile is removed."""
    try:
        await client.request("DELETE", f"{_INSTALLS}/{_part(install_id)}")
    except PlatformRefused as refused:
        # HTTP clients repeat a DELETE whose connection was cut, and the first one may have been done.
        if refused.code != "INSTALL_NOT_FOUND":
            raise


async def schedules(client: PlatformClient, install_id: str) -> ScheduleViews:
    return await _get(client, ScheduleViews, f"{_INSTALLS}/{_part(install_id)}/schedules")


async def schedule_runs(
    client: PlatformClient, install_id: str, schedule_id: str, query: Query
) -> DispatchViews:
    path = f"{_INSTALLS}/{_part(install_id)}/schedules/{_part(schedule_id)}/runs"
    return await _get(client, DispatchViews, path, query)


async def run_schedule(client: PlatformClient, install_id: str, schedule_id: str) -> RunStarted:
    path = f"{_INSTALLS}/{_part(install_id)}/schedules/{_part(schedule_id)}/run"
    return read_answer(RunStarted, await client.request("POST", path))


async def change_schedule(
    client: PlatformClient, install_id: str, schedule_id: str, change: ChangeSchedule
) -> ScheduleView:
    path = f"{_INSTALLS}/{_part(install_id)}/schedules/{_part(schedule_id)}"
    body = change.model_dump_json(exclude_unset=True).encode()
    answer = await client.request("PATCH", path, body=body, headers={"Content-Type": "application/json"})
    return read_answer(ScheduleView, answer)


async def deliveries(client: PlatformClient, install_id: str, query: Query) -> DispatchViews:
    return await _get(client, DispatchViews, f"{_INSTALLS}/{_part(install_id)}/deliveries", query)


async def redeliver(client: PlatformClient, install_id: str, delivery_id: str) -> None:
    path = f"{_INSTALLS}/{_part(install_id)}/deliveries/{_part(delivery_id)}/replay"
    await client.request("POST", path)


async def feed_page(
    client: PlatformClient, feed: str, *, after: int, limit: int = 500, wait: int = 0
) -> FeedPage:
    """Read a page of a feed, waiting at most ``wait`` seconds for the next event where there is none."""
    query: Query = {"feed": feed, "after": after, "limit": limit, "wait": wait or None}
    return await _get(client, FeedPage, "/api/v1/feed", query)


async def executions(client: PlatformClient, query: Query) -> ExecutionPage:
    return await _get(client, ExecutionPage, "/api/v1/executions", query)


async def execution(client: PlatformClient, execution_id: str) -> ExecutionView:
    return await _get(client, ExecutionView, f"/api/v1/executions/{_part(execution_id)}")


def target_of(path: str, query: Query) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


async def _get(
    client: PlatformClient, kind: type[Answered], path: str, query: Query | None = None
) -> Answered:
    return read_answer(kind, await client.request("GET", target_of(path, query or {})))


def _part(text: str) -> str:
    return quote(text, safe="")
