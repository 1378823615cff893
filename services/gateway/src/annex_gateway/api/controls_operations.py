"""What each route about controls and kill switches promises."""

from annex_gateway.api.controls import ADMIN, OF_PLATFORM, OF_TENANT, OWN, READERS, SWITCHES, WRITERS
from annex_gateway.domain import errors
from annex_shared.contracts.controls import (
    ControlChangeViews,
    ControlsView,
    KillSwitchView,
    KillSwitchViews,
    SetControls,
    TurnOnKillSwitch,
)
from annex_shared.host_patterns import InvalidHostPattern
from annex_shared.http.operations import Answer, Body, Operation, Operations, Parameter
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import InvalidId
from annex_shared.permissions import Permission

_EXTENSION = "/extensions/{extension}"
_UNREADABLE = (errors.ControlsUnavailable,)
_NO_INSTALL = (errors.ExtensionNotInstalled, errors.ExtensionAmbiguous, errors.RegistryUnavailable)
_NOT_SET = (
    errors.InvalidControls,
    InvalidHostPattern,
    errors.ControlsChangedMeanwhile,
    errors.RunnerUnavailable,
    errors.BodyTooSlow,
)
# A tenant that is asked about by the platform may be none; a caller's own may be gone from the directory.
_NO_TENANT = (errors.TenantNotFound, errors.AuthenticationUnavailable)
_PAGE = (
    Parameter(
        "after",
        "`next_after` of the page before.",
        schema={"type": "string", "pattern": "^[0-9]{1,16}$"},
        refusals=(InvalidRequest,),
    ),
    Parameter(
        "limit",
        "How many changes a page holds at most.",
        schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
        refusals=(InvalidRequest,),
    ),
)
_OWN_WORD = (
    "It only ever narrows what the platform allows: figures above that are `CONTROLS_TOO_WIDE`, and a "
    "platform that allows less later is obeyed all the same."
)
_PLATFORMS_WORD = (
    "What the narrower place says wins, field by field; a tenant's own word narrows the outcome."
)

_Facts = tuple[type[Exception], ...]


def _of(
    address: str,
    name: str,
    what: str,
    readers: tuple[Permission, ...],
    writers: tuple[Permission, ...],
    found: _Facts = (),
    refused: _Facts = (),
) -> Operations:
    """Describe the three routes of one kind of place."""
    told = _OWN_WORD if errors.ControlsTooWide in refused else _PLATFORMS_WORD
    return {
        f"GET {address}": Operation(
            id=f"show_{name}",
            summary=f"Show the controls of {what}",
            tag="controls",
            permissions=readers,
            answers=(Answer(200, "What is said there, and what holds.", ControlsView),),
            refusals=(*_UNREADABLE, *found),
        ),
        f"PUT {address}": Operation(
            id=f"set_{name}",
            summary=f"Replace the controls of {what}",
            tag="controls",
            description=told + " Every replica follows within seconds.",
            permissions=writers,
            body=Body(SetControls),
            answers=(Answer(200, "What is said there now, and what holds.", ControlsView),),
            refusals=(*_UNREADABLE, *_NOT_SET, *found, *refused),
        ),
        f"GET {address}/history": Operation(
            id=f"list_changes_of_{name}",
            summary=f"Who changed the controls of {what}, when, why and how",
            tag="controls",
            permissions=readers,
            parameters=_PAGE,
            answers=(Answer(200, "A page of changes.", ControlChangeViews),),
            refusals=(*_UNREADABLE, *found),
        ),
    }


CONTROLS_OPERATIONS: Operations = {
    **_of(OF_PLATFORM, "platform_controls", "the whole platform", ADMIN, ADMIN),
    **_of(OWN, "own_controls", "your tenant", READERS, WRITERS, (), (errors.ControlsTooWide,)),
    **_of(
        OWN + _EXTENSION,
        "own_extension_controls",
        "an extension in your tenant",
        READERS,
        WRITERS,
        _NO_INSTALL,
        (errors.ControlsTooWide,),
    ),
    **_of(OF_TENANT, "tenant_controls", "a tenant", ADMIN, ADMIN, (InvalidId,), _NO_TENANT),
    **_of(
        OF_TENANT + _EXTENSION,
        "tenant_extension_controls",
        "an extension in a tenant",
        ADMIN,
        ADMIN,
        (InvalidId, *_NO_INSTALL),
        _NO_TENANT,
    ),
    f"POST {SWITCHES}": Operation(
        id="turn_on_kill_switch",
        summary="Stop a tenant, an extension or a version at once",
        tag="controls",
        description="Calls, schedules and events are refused with `KILL_SWITCH_ON`, everywhere in seconds.",
        permissions=ADMIN,
        body=Body(TurnOnKillSwitch),
        answers=(Answer(200, "The switch that is on; one that was on has the new reason.", KillSwitchView),),
        refusals=(*_UNREADABLE, *_NO_TENANT, errors.InvalidControls, errors.BodyTooSlow),
    ),
    f"GET {SWITCHES}": Operation(
        id="list_kill_switches",
        summary="List the switches that are on",
        tag="controls",
        permissions=ADMIN,
        answers=(Answer(200, "All of them, the newest first.", KillSwitchViews),),
        refusals=_UNREADABLE,
    ),
    f"GET {SWITCHES}/history": Operation(
        id="list_changes_of_kill_switches",
        summary="Who switched what on and off, when and why",
        tag="controls",
        permissions=ADMIN,
        parameters=_PAGE,
        answers=(Answer(200, "A page of changes.", ControlChangeViews),),
        refusals=_UNREADABLE,
    ),
    f"DELETE {SWITCHES}/{{switch_id}}": Operation(
        id="turn_off_kill_switch",
        summary="Let something run again",
        tag="controls",
        permissions=ADMIN,
        parameters=(
            Parameter(
                "reason",
                "Why; kept in the history.",
                schema={"type": "string", "maxLength": 500},
                refusals=(InvalidRequest,),
            ),
        ),
        answers=(Answer(204, "It runs again, on every replica in seconds."),),
        refusals=(*_UNREADABLE, InvalidId, errors.KillSwitchNotFound),
    ),
}
