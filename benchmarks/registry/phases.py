"""The rounds themselves: publish, refuse, download and verify; then seed and list."""

from hashlib import sha256

from benchmarks.registry.contest import MANY_CLIENTS, NEWEST, YARDSTICK, Contender, Contest, Plan
from benchmarks.registry.measure import Measured, at_once

PACKAGE = "bench"
_SUCCESS = range(200, 300)
_OK = 200


class ListWrong(Exception):
    """A registry listed another number of versions than it holds: nothing it says can be compared."""


async def publish_round(contest: Contest, plan: Plan, number: int) -> None:
    for contender in contest.turned(number):
        for scenario, count, clients in (
            ("publish_1", plan.publishes, 1),
            ("publish_many", plan.publishes_at_once, MANY_CLIENTS),
        ):
            measured = await published(contender, count, clients=clients, most_seconds=plan.cell_seconds)
            contest.cell(scenario, contender.key).take(measured)
        contest.cell("duplicate", contender.key).take(await _repeat(contender, plan))
        contest.cell("download", contender.key).take(await _download(contender, plan))


async def published(contender: Contender, count: int, *, clients: int, most_seconds: float = 60) -> Measured:
    """Publish new versions of one package and remember those that were accepted."""
    peer = contender.peer
    artefacts = [peer.artefact(PACKAGE, number) for number in contender.numbers(count)]
    acts = [peer.publish(artefact) for artefact in artefacts]
    measured = await at_once(acts, clients=clients, most_seconds=most_seconds)
    contender.kept += [
        artefacts[index].published()
        for index, answer in measured.answers.items()
        if answer.status in _SUCCESS
    ]
    return measured


async def same_bytes_again(contender: Contender) -> None:
    """Publish once and then exactly the same once more; its status is a fact for the report."""
    (number,) = contender.numbers(1)
    artefact = contender.peer.artefact(PACKAGE, number)
    await contender.peer.publish(artefact)()
    contender.same_bytes_again = (await contender.peer.publish_again(artefact)()).status


async def _repeat(contender: Contender, plan: Plan) -> Measured:
    """Send other bytes for versions that are kept."""
    taken = contender.kept[: plan.duplicates]
    others = [contender.peer.artefact(version.package, version.number) for version in taken]
    acts = [contender.peer.publish_again(other) for other in others]
    return await at_once(acts, clients=1, most_seconds=plan.cell_seconds)


async def _download(contender: Contender, plan: Plan) -> Measured:
    wanted = contender.kept[-plan.downloads :]
    acts = [contender.peer.download(version) for version in wanted]
    return await at_once(acts, clients=1, most_seconds=plan.cell_seconds)


async def verify(contender: Contender) -> None:
    """Read back every version that was accepted and compare its bytes with those that were sent first."""
    for version in contender.kept:
        answer = (await at_once([contender.peer.download(version)], clients=1)).answers[0]
        if answer.status != _OK:
            contender.not_found += 1
        elif sha256(answer.body).hexdigest() != version.digest:
            contender.wrong_bytes += 1


async def seed(contender: Contender, plan: Plan) -> None:
    """Make the packages to list, and check once that each is listed whole."""
    peer = contender.peer
    for size in plan.list_sizes:
        await peer.seed(seeded(size), size)
        answer = await peer.list(seeded(size))()
        listed = peer.count_listed(answer.body) if answer.status == _OK else answer.status
        if listed != size:
            raise ListWrong(f"{contender.portrait.title} lists {listed} of {size} versions")
        newest = peer.list_newest(seeded(size))
        etag = (answer if newest is None else await newest()).etag
        if etag is not None:
            contender.etags[size] = etag


async def list_round(contest: Contest, plan: Plan, number: int) -> None:
    for size in plan.list_sizes:
        for contender in contest.turned(number):
            await _list(contest, contender, size, plan)
            if size in plan.list_sizes[1:]:
                await _ask_again(contest, contender, size, plan)


async def _list(contest: Contest, contender: Contender, size: int, plan: Plan) -> None:
    peer, limits = contender.peer, plan.cell_seconds
    if contender.cannot_list:
        contest.cell(f"list_{size}", contender.key).remark = contender.cannot_list
        return
    acts = [peer.list(seeded(size)) for _ in range(plan.lists)]
    measured = await at_once(acts, clients=1, most_seconds=limits)
    contest.cell(f"list_{size}", contender.key).take(measured)
    newest = [peer.list_newest(seeded(size)) for _ in range(plan.lists)]
    acts = [act for act in newest if act is not None]
    if acts and contender.key == YARDSTICK:
        contest.cell(f"list_{size}", NEWEST).take(await at_once(acts, clients=1, most_seconds=limits))


async def _ask_again(contest: Contest, contender: Contender, size: int, plan: Plan) -> None:
    cell = contest.cell(f"unchanged_{size}", contender.key)
    etag = contender.etags.get(size)
    if etag is None or contender.cannot_list:
        cell.remark = contender.cannot_list or "sends no ETag"
        return
    acts = [contender.peer.list_if_none_match(seeded(size), etag) for _ in range(plan.lists)]
    cell.take(await at_once(acts, clients=1, most_seconds=plan.cell_seconds))


def seeded(size: int) -> str:
    return f"many{size}"
