"""Set and show what administrators allow: each change a row of the history, effective here at once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog

from annex_gateway.actions.controls_projection import ControlsProjection, ControlsState, places_of
from annex_gateway.actions.projections import Projections
from annex_gateway.actions.published_limits import PublishedLimits
from annex_gateway.domain.control_changes import (
    Author,
    ControlChange,
    WantedChange,
    ruling_document,
    switch_document,
    to_switch,
)
from annex_gateway.domain.controls import Controls
from annex_gateway.domain.errors import (
    ExtensionNotInstalled,
    InvalidControls,
    KillSwitchNotFound,
    TenantNotFound,
)
from annex_gateway.domain.kill_switches import KILL_SWITCHES, KillSwitch, SwitchTarget, switches_of
from annex_gateway.domain.ports import ControlsFeed, ControlsStore, DirectoryWork
from annex_gateway.domain.rulings import NOTHING_SAID, Authority, Place, Ruling, require_narrower
from annex_shared.ids import ExtensionId, InvalidId, TenantId, parse_uuid

_MEBIBYTE = 1024 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ControlsDesk:
    """What administering controls takes. ``timeout_ms`` is the gateway's own limit of a call."""

    store: ControlsStore
    projection: ControlsProjection
    feed: ControlsFeed
    published_limits: PublishedLimits
    directory: DirectoryWork
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class ShownControls:
    """What is said at a place, by which revision, and what holds there; nothing holds for all at once."""

    place: Place
    revision: int
    ruling: Ruling
    effective: Controls | None


async def resolve_extension(tenant_id: TenantId, text: str, *, projections: Projections) -> ExtensionId:
    """Return the id of an extension a tenant has. Raises ExtensionNotInstalled and others."""
    return (await projections.resolve_install(tenant_id, text)).extension_id


async def resolve_any_extension(tenant_id: TenantId, text: str, *, projections: Projections) -> ExtensionId:
    """Take an extension id as it is, too: the platform may speak before a tenant installs something."""
    try:
        return await resolve_extension(tenant_id, text, projections=projections)
    except ExtensionNotInstalled:
        with suppress(InvalidId):
            return ExtensionId(parse_uuid(text, field="extension"))
        raise


async def show_controls(place: Place, *, desk: ControlsDesk) -> ShownControls:
    """Read what is said at a place, from the history itself."""
    state = await _state(place, desk=desk)
    return _shown(place, state, desk=desk)


async def set_controls(
    place: Place, ruling: Ruling, *, expected: int, author: Author, desk: ControlsDesk
) -> ShownControls:
    """Replace what is said at a place.

    Raises InvalidControls, InvalidHostPattern, ControlsTooWide, ControlsChangedMeanwhile, TenantNotFound and
    RunnerUnavailable when the limits of calls are not known.
    """
    ruling = ruling.checked_for(place)
    if place.authority is Authority.PLATFORM:
        await _require_tenant(place.tenant_id, desk=desk)
    if ruling.limits:
        await _require_below_ceilings(ruling, desk=desk)
    if place.authority is Authority.TENANT:
        await _require_narrower(place, ruling, desk=desk)
    wanted = WantedChange(place.key, place.tenant_id, ruling_document(ruling), author, expected)
    _noted(await desk.store.record(wanted), desk=desk)
    return await show_controls(place, desk=desk)


async def turn_on(target: SwitchTarget, *, author: Author, desk: ControlsDesk) -> KillSwitch:
    """Stop something; one that is on already gets the new reason. Raises TenantNotFound."""
    await _require_tenant(target.tenant_id, desk=desk)
    document = switch_document(target, author.reason)
    change = await desk.store.record(WantedChange(target.key, target.tenant_id, document, author, None))
    _noted(change, desk=desk)
    switch = to_switch(change)
    assert switch is not None  # noqa: S101 - its document was written just now
    return switch


async def turn_off(switch_id: UUID, *, author: Author, desk: ControlsDesk) -> None:
    """Let something run again. Raises KillSwitchNotFound."""
    switch = next((one for one in await switches(desk=desk) if one.target.switch_id == switch_id), None)
    if switch is None:
        raise KillSwitchNotFound("There is no such kill switch, or it is off.")
    target = switch.target
    wanted = WantedChange(target.key, target.tenant_id, None, author, None)
    _noted(await desk.store.record(wanted), desk=desk)


async def switches(*, desk: ControlsDesk) -> list[KillSwitch]:
    """Return the switches that are on, the newest first."""
    changes = await desk.store.latest_below(f"{KILL_SWITCHES}/")
    found = [switch for switch in map(to_switch, changes) if switch is not None]
    return sorted(found, key=lambda switch: switch.revision, reverse=True)


async def _state(place: Place, *, desk: ControlsDesk) -> ControlsState:
    targets = [place.key]
    if place.tenant_id is not None:
        for authority in Authority:
            targets += (one.key for one in places_of(authority, place.tenant_id, place.extension_id))
        targets += (one.key for one in switches_of(place.tenant_id, place.extension_id, None))
    return ControlsState.of((await desk.store.latest(targets)).values())


def _shown(place: Place, state: ControlsState, *, desk: ControlsDesk) -> ShownControls:
    effective = None
    if place.tenant_id is not None:
        effective = state.controls(desk.projection.defaults, place.tenant_id, place.extension_id)
    return ShownControls(
        place, state.revisions.get(place.key, 0), state.rulings.get(place.key, NOTHING_SAID), effective
    )


async def _require_tenant(tenant_id: TenantId | None, *, desk: ControlsDesk) -> None:
    if tenant_id is None:
        return
    async with desk.directory.reading() as directory:
        if await directory.find_tenant(tenant_id) is None:
            raise TenantNotFound("There is no such tenant.", details={"tenant_id": str(tenant_id)})


async def _require_narrower(place: Place, ruling: Ruling, *, desk: ControlsDesk) -> None:
    """Compare a tenant's word about itself with what holds without any word of its own about this place."""
    assert place.tenant_id is not None  # noqa: S101 - a tenant speaks of itself
    state = await _state(place, desk=desk)
    for own in places_of(Authority.TENANT, place.tenant_id, place.extension_id):
        state.rulings.pop(own.key, None)
    allowed = state.controls(desk.projection.defaults, place.tenant_id, place.extension_id)
    defaults = await _figures(desk=desk, is_ceiling=False) if ruling.limits else {}
    require_narrower(ruling, allowed, defaults)


async def _require_below_ceilings(ruling: Ruling, *, desk: ControlsDesk) -> None:
    ceilings = await _figures(desk=desk, is_ceiling=True)
    for name, value in ruling.limits.items():
        if value > ceilings.get(name, 0):
            raise InvalidControls(
                f"{name} is {value:,}; {ceilings.get(name, 0):,} is the ceiling of this platform.",
                details={"field": f"limits.{name}", "ceiling": ceilings.get(name, 0)},
            )


async def _figures(*, desk: ControlsDesk, is_ceiling: bool) -> Mapping[str, int]:
    """Return the platform's figures by the names requests use; time is what calls through here get."""
    figures = {}
    for limit in (await desk.published_limits.get()).limits:
        if limit.asked_as is not None:
            figure = limit.ceiling if is_ceiling or limit.default is None else limit.default
            figures[limit.asked_as] = figure // _MEBIBYTE if limit.unit == "bytes" else figure
            if limit.asked_as == "timeout_ms":
                figures[limit.asked_as] = limit.ceiling if is_ceiling else min(limit.ceiling, desk.timeout_ms)
    return figures


def _noted(change: ControlChange, *, desk: ControlsDesk) -> None:
    desk.projection.note(change)
    log.info(
        "controls_changed",
        revision=change.revision,
        target=change.target,
        principal_id=str(change.author.principal_id),
        key_id=change.author.key_id,
        request_id=change.author.request_id,
    )
