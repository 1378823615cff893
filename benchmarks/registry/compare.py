"""`python -m benchmarks.registry.compare`: Annex against four registries, on one machine, in one run.

`--short` does two small rounds without the longest list, `--only` names registries, `--rounds` counts rounds.
A run of everything goes into the repository's results, any other into `.annex-bench`.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from benchmarks.execute import processor, say
from benchmarks.programs import ROOT
from benchmarks.registry import phases
from benchmarks.registry.contest import MANY_CLIENTS, YARDSTICK, Contender, Contest, Plan, scenarios
from benchmarks.registry.peers.annex import Annex
from benchmarks.registry.peers.devpi import Devpi
from benchmarks.registry.peers.docker_registry import DockerRegistry
from benchmarks.registry.peers.pypiserver import Pypiserver
from benchmarks.registry.peers.verdaccio import Verdaccio
from benchmarks.registry.port import NotAvailable, Peer
from benchmarks.registry.table import Report

PEERS: dict[str, Callable[[], Peer]] = {
    YARDSTICK: Annex,
    "verdaccio": Verdaccio,
    "devpi-server": Devpi,
    "pypiserver": Pypiserver,
    "docker-registry": DockerRegistry,
}
RESULTS = ROOT / "benchmarks" / "results"
SHORT_RESULTS = ROOT / ".annex-bench"
_WARM_UP = 8


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry.compare")
    parser.add_argument("--short", action="store_true", help="two small rounds; results go to .annex-bench")
    parser.add_argument(
        "--only", nargs="+", choices=sorted(PEERS), default=list(PEERS), help="registries to run"
    )
    parser.add_argument("--rounds", type=int, help="more or fewer rounds; fewer go to .annex-bench")
    chosen = parser.parse_args(arguments)
    plan = Plan.short() if chosen.short else Plan()
    plan = replace(plan, rounds=max(1, chosen.rounds or plan.rounds))
    names = [YARDSTICK, *(name for name in PEERS if name in chosen.only and name != YARDSTICK)]
    report = asyncio.run(compared(names, plan))
    is_whole = not chosen.short and names == list(PEERS) and plan.rounds >= Plan().rounds
    written = keep(report, RESULTS if is_whole else SHORT_RESULTS)
    print(report.markdown())
    say(f"written to {written.relative_to(ROOT)}")


async def compared(names: Sequence[str], plan: Plan) -> Report:
    began = datetime.now(UTC)
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-bench-")))
        session = await stack.enter_async_context(_session())
        contest = Contest()
        for name in names:
            await _enter(contest, name, home, session, stack)
        await run_rounds(contest, plan)
    return Report(contest, scenarios(plan), facts(began, plan))


async def run_rounds(contest: Contest, plan: Plan) -> None:
    for contender in contest.contenders:
        say(f"warming up {contender.portrait.title}")
        await phases.published(contender, _WARM_UP, clients=1)
        await phases.published(contender, _WARM_UP, clients=4)
        await phases.same_bytes_again(contender)
    for number in range(plan.rounds):
        say(f"publish, duplicate, download: round {number + 1} of {plan.rounds}")
        await phases.publish_round(contest, plan, number)
    for contender in contest.contenders:
        say(f"verifying and seeding {contender.portrait.title}")
        await phases.verify(contender)
        try:
            await phases.seed(contender, plan)
        except (NotAvailable, phases.ListWrong) as reason:
            if contender.key == YARDSTICK:
                raise
            contender.cannot_list = str(reason)
    for number in range(plan.rounds):
        say(f"lists: round {number + 1} of {plan.rounds}")
        await phases.list_round(contest, plan, number)


def keep(report: Report, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    if folder == SHORT_RESULTS:
        (folder / ".gitignore").write_text("*\n")
    (folder / "registry.json").write_text(json.dumps(report.document(), indent=2) + "\n")
    (folder / "registry.md").write_text(report.markdown())
    return folder / "registry.md"


def facts(began: datetime, plan: Plan) -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    minutes = (datetime.now(UTC) - began).total_seconds() / 60
    return {
        "date": f"{began:%Y-%m-%d %H:%M} UTC, {minutes:.1f} minutes",
        "commit": _commit(),
        "machine": f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {processor()}, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load average at the end": f"{os.getloadavg()[0]:.2f}",
        "rounds": f"{plan.rounds}, {MANY_CLIENTS} clients where there are many, one aiohttp client for all",
    }


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain") else "")


@asynccontextmanager
async def _session() -> AsyncIterator[ClientSession]:
    connector = TCPConnector(limit=0, keepalive_timeout=60)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar(), trust_env=False) as session:
        yield session


async def _enter(
    contest: Contest, name: str, home: Path, session: ClientSession, stack: AsyncExitStack
) -> None:
    """Start a registry, or write down why not."""
    say(f"starting {name}, installing it first if it is not there")
    peer = PEERS[name]()
    stack.push_async_callback(peer.stop)
    place = home / name
    place.mkdir()
    try:
        contest.contenders.append(Contender(name, peer, await peer.start(place, session)))
    except NotAvailable as reason:
        if name == YARDSTICK:
            raise
        contest.absent[name] = str(reason)


if __name__ == "__main__":
    main(sys.argv[1:])
