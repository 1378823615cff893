"""`python -m benchmarks.ui_host.compare`: files served by the ui-host, beside nginx and aiohttp's own.

The same files, one load, one run, interleaved rounds. What counts is processor time for a request, read from
/proc: neither the load nor a busy machine bounds it. Writes a table.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from benchmarks.execute import machine
from benchmarks.gateway.ways import pin
from benchmarks.load_client import Order
from benchmarks.programs import ROOT, Program, program
from benchmarks.rounds import Sample
from benchmarks.ui_host.files import FILES
from benchmarks.ui_host.servers import Server, open_servers
from benchmarks.ui_host.table import Round, table

RESULTS = ROOT / "benchmarks" / "results"
WARM_UP_SECONDS = 0.5
_RANGE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Asking:
    """One kind of request; ``expected`` is part of its answer's body."""

    key: str
    title: str
    file: str
    status: int = 200
    headers: tuple[str, ...] = ()
    is_conditional: bool = False
    is_coded: bool = False


ASKINGS = (
    Asking("1k", "1 KB", "1k.js"),
    Asking("4k", "4 KB", "4k.js"),
    Asking("64k", "64 KB", "64k.js"),
    Asking("1m", "1 MB", "1m.js"),
    Asking("304", "4 KB, If-None-Match: 304", "4k.js", 304, is_conditional=True),
    Asking("range", "1 KB of 64: 206", "64k.js", 206, (f"Range: bytes=0-{_RANGE_BYTES - 1}",)),
    Asking("br", "64 KB as br", "64k.js", headers=("Accept-Encoding: gzip, deflate, br",), is_coded=True),
)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    cores = sorted(os.sched_getaffinity(0))
    measured, rest = (cores[0], cores[-1]) if len(cores) > 1 else (None, None)
    with ExitStack() as stack:
        say("starting the servers")
        servers, missing = open_servers(stack, core=measured)
        load = stack.enter_context(program("the load", "-m", "benchmarks.load_client"))
        load.read()
        pin(load.process.pid, rest)
        orders = {
            (server.key, asking.key): order_of(server, asking, clients=options.clients)
            for server in servers
            for asking in ASKINGS
        }
        for order in orders.values():
            asked(load, order, seconds=WARM_UP_SECONDS)
        rounds: dict[str, dict[str, list[Round]]] = {
            server.key: {asking.key: [] for asking in ASKINGS} for server in servers
        }
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            for asking in ASKINGS:
                # Turned from round to round, so that a machine that slows down falls on all.
                for server in (*servers[number % len(servers) :], *servers[: number % len(servers)]):
                    order = orders[server.key, asking.key]
                    taken = measure(load, server, order, seconds=options.seconds)
                    rounds[server.key][asking.key].append(taken)
    facts = {**machine(len(cores)), "clients": options.clients}
    titles = {asking.key: asking.title for asking in ASKINGS}
    text = table(servers, titles, rounds, missing=missing, facts=facts)
    folder = Path(options.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ui_host.md").write_text(text)
    document = {
        "machine": facts,
        "missing": [asdict(each) for each in missing],
        "rounds": {
            server: {asking: [asdict(each) for each in taken] for asking, taken in kinds.items()}
            for server, kinds in rounds.items()
        },
    }
    (folder / "ui_host.json").write_text(json.dumps(document, indent=2) + "\n")
    print(text)


def measure(load: Program, server: Server, order: Order, *, seconds: float) -> Round:
    before = cpu_of(server.pid)
    sample = asked(load, order, seconds=seconds)
    spent = cpu_of(server.pid) - before
    return Round(rate=sample.rate, p50_ms=sample.p50_ms, cpu_us=spent / sample.calls * 1_000_000)


def cpu_of(pid: int) -> float:
    """Read the processor time of all threads, to the nanosecond: a tick is a hundred requests of nginx's."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def asked(load: Program, order: Order, *, seconds: float) -> Sample:
    timed = Order(order.port, order.request, order.expected, order.clients, seconds, order.status)
    load.tell(timed.to_line())
    return Sample.of(load.read())


def order_of(server: Server, asking: Asking, *, clients: int) -> Order:
    """Write the request as a browser would: these header lines go with every file of a page."""
    name = asking.file + (server.coded_suffix if asking.is_coded else "")
    path = f"{server.base}/{name}"
    lines = [
        f"Host: 127.0.0.1:{server.port}",
        "Connection: keep-alive",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0",
        "Accept: */*",
        "Accept-Language: en-GB,en;q=0.9",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Mode: cors",
        "Sec-Fetch-Dest: script",
        *asking.headers,
    ]
    if asking.is_conditional:
        lines.append(f"If-None-Match: {etag_of(server, path)}")
    request = "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()
    whole = FILES[asking.file]
    expected = b"" if asking.is_conditional or asking.is_coded else whole[: min(_RANGE_BYTES, len(whole))]
    return Order(server.port, request, expected, clients, 1.0, asking.status)


def etag_of(server: Server, path: str) -> str:

    async def ask() -> str:
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.get(
                f"http://127.0.0.1:{server.port}{path}", headers={"Accept-Encoding": "identity"}
            ) as answer,
        ):
            return answer.headers["ETag"]

    return asyncio.run(ask())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.ui_host.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.8, help="length of one measurement")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--results", default=str(RESULTS), help="folder of the table")
    return parser.parse_args(arguments)


def say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
