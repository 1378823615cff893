"""Read the list of an extension's versions page after page."""

from annex_cli.platform_client import PlatformClient
from annex_shared.contracts.versions import VersionRow

_PAGE = 100


async def read_rows(
    client: PlatformClient, extension: str, *, limit: int | None
) -> tuple[list[VersionRow], str | None]:
    """Read page after page until ``limit`` rows, or all of them, are there."""
    rows: list[VersionRow] = []
    cursor = None
    while True:
        wanted = _PAGE if limit is None else min(_PAGE, limit - len(rows))
        page = await client.versions(extension, limit=wanted, cursor=cursor)
        rows += page.items
        is_last = page.next_cursor in (None, cursor) or not page.items
        if is_last or (limit is not None and len(rows) >= limit):
            return rows, None if is_last else page.next_cursor
        cursor = page.next_cursor
