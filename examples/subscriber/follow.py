"""Follow a feed of Annex: every event takes effect once, in order, whatever is lost or repeated."""

import asyncio
import contextlib
import os
import sqlite3
import sys

import aiohttp

GATEWAY, API_KEY = os.environ["ANNEX_GATEWAY"], os.environ["ANNEX_TOKEN"]
FEED, AMQP_URL = os.environ.get("ANNEX_FEED", "registry"), os.environ.get("AMQP_URL")


def apply(memory: sqlite3.Connection, event: dict) -> None:
    """Do what an event means to you: here, write it down. The caller commits it with the position."""
    memory.execute("INSERT INTO effect VALUES (?, ?, ?)", (event["id"], event["type"], event["subject"]))


async def follow(memory: sqlite3.Connection, http: aiohttp.ClientSession, woken: asyncio.Event) -> None:
    woken.clear()  # before reading: what is said from here on is read in the next round
    (after,) = memory.execute("SELECT serial FROM position").fetchone()
    query = {"feed": FEED, "after": after, "wait": 0 if AMQP_URL else 25}
    async with http.get("/api/v1/feed", params=query) as answer:
        page = await answer.json()
    with memory:  # one transaction: the effects and how far we are
        for event in page["items"]:
            apply(memory, event)
        memory.execute("UPDATE position SET serial = ?", (page["next_after"],))
    if AMQP_URL and not page["items"]:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), 30)  # a hint that is lost costs this much, and no event


async def main() -> None:
    woken, memory = asyncio.Event(), sqlite3.connect(os.environ.get("ANNEX_MEMORY", f"{FEED}.sqlite"))
    with memory:
        memory.execute("CREATE TABLE IF NOT EXISTS effect (id, type, subject)")
        memory.execute("CREATE TABLE IF NOT EXISTS position (serial)")
        memory.execute("INSERT INTO position SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM position)")
    options = {"raise_for_status": True, "timeout": aiohttp.ClientTimeout(40)}
    session = aiohttp.ClientSession(GATEWAY, headers={"x-api-key": API_KEY}, **options)
    async with session as http, asyncio.TaskGroup() as group:
        if AMQP_URL:
            from hints import listen

            group.create_task(listen(AMQP_URL, woken))
        while True:
            try:
                await follow(memory, http, woken)
            except (aiohttp.ClientError, OSError) as fault:
                print(f"The feed cannot be read now, trying again: {fault}", file=sys.stderr)
                await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main())
