"""The load: a process of its own that repeats one HTTP request on kept connections and checks every answer.

It reads one order per line and writes one result per line, like the bare loop. The HTTP spoken is the least
that does: on two cores every microsecond of the client is taken from the platform under test.
"""

import asyncio
import base64
import json
import sys
import time
from dataclasses import dataclass

ANSWER_SECONDS = 30
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Order:
    """One round: what to send, to whom, from how many clients at once, for how long."""

    port: int
    request: bytes
    expected: bytes
    clients: int
    seconds: float
    # What a guest that means harm ends with is no 200; 0 is any, of a load that only has to be there.
    status: int = 200
    # Calls per second of all clients together; 0 is as many as there are answers.
    rate: float = 0
    # Calls of all clients together, if they get through within the seconds; 0 is as many as do.
    calls: int = 0

    @classmethod
    def parse(cls, line: str) -> "Order":
        order = json.loads(line)
        return cls(
            order["port"],
            base64.b64decode(order["request_b64"]),
            base64.b64decode(order["expected_b64"]),
            order["clients"],
            order["seconds"],
            order.get("status", 200),
            order.get("rate", 0),
            order.get("calls", 0),
        )

    def to_line(self) -> str:
        return json.dumps(
            {
                "port": self.port,
                "request_b64": base64.b64encode(self.request).decode(),
                "expected_b64": base64.b64encode(self.expected).decode(),
                "clients": self.clients,
                "seconds": self.seconds,
                "status": self.status,
                "rate": self.rate,
                "calls": self.calls,
            }
        )


class UnexpectedAnswer(Exception):
    """The platform answered something else: then there is nothing to measure."""


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, order: Order) -> None:
    """Send the request and read its answer to the end. Raises UnexpectedAnswer."""
    writer.write(order.request)
    head = await reader.readuntil(_END_OF_HEAD)
    length = next(
        (int(line[len(_LENGTH) :]) for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)), 0
    )
    body = await reader.readexactly(length)
    is_right = order.status == 0 or head.startswith(b"HTTP/1.1 %d " % order.status)
    if not is_right or order.expected not in body:
        raise UnexpectedAnswer(f"{head[:60]!r} {body[:400]!r}")


async def one_client(order: Order, number: int, begin: float, milliseconds: list[float]) -> None:
    """Ask until the time is over, once at least: a round may be meant to be a single call."""
    reader, writer = await asyncio.open_connection("127.0.0.1", order.port)
    over = begin + order.seconds
    pause = order.clients / order.rate if order.rate else 0.0
    due = begin + number * pause / order.clients
    try:
        while (started := await _turn(due if pause else 0.0)) < over or not milliseconds:
            if order.calls and len(milliseconds) >= order.calls:
                break
            async with asyncio.timeout(ANSWER_SECONDS):
                await ask(reader, writer, order)
            milliseconds.append((time.perf_counter() - started) * 1000)
            due += pause
    finally:
        writer.close()


async def _turn(due: float) -> float:
    """Return when a call began: one that was due while the last one took its time began when it was due.

    A timer that rings late is the load's own fault and delays the call itself.
    """
    now = time.perf_counter()
    if not due:
        return now
    if due < now:
        return due
    await asyncio.sleep(due - now)
    return time.perf_counter()


async def run_round(order: Order) -> dict[str, object]:
    milliseconds: list[float] = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        for number in range(order.clients):
            clients.create_task(one_client(order, number, started, milliseconds))
    return {"seconds": time.perf_counter() - started, "milliseconds": milliseconds}


def main() -> None:
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(asyncio.run(run_round(Order.parse(line)))), flush=True)


if __name__ == "__main__":
    main()
