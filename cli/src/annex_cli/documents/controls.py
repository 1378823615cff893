"""What the commands for administrators print: controls, kill switches, limits and the record."""

from typing import Literal

from annex_cli.audit_record import RecordedChange
from annex_cli.documents.data import Data, Text
from annex_shared.contracts.controls import (
    ControlChangeView,
    ControlsView,
    EffectiveControls,
    KillSwitchView,
)
from annex_shared.contracts.limits import LimitView


class ControlsChanged(ControlsView):
    result: Literal["changed", "unchanged"]


class ControlChanges(Data):
    items: list[ControlChangeView]


class KillSwitches(Data):
    items: list[KillSwitchView]


class KillSwitchTurnedOff(Data):
    switch_id: Text
    result: Literal["changed", "unchanged"]


class Limits(Data):
    extension: Text
    limits: list[LimitView]
    controls: EffectiveControls | None


class ChangeRecord(Data):
    items: list[RecordedChange]
    next_before: int | None
