"""The table of documents: what each command prints with --json, as the data of its document or as lines.

A command of two words has its own row; `None` is a command that prints no document. One that goes on with a
flag (`--watch`, `--follow`) has a row in both tables. Fields are only added.
"""

from typing import Any, Final

from annex_cli.documents.controls import (
    ChangeRecord,
    ControlChanges,
    ControlsChanged,
    KillSwitches,
    KillSwitchTurnedOff,
    Limits,
)
from annex_cli.documents.development import (
    DevBegins,
    DevCall,
    DevChanged,
    DevDenied,
    DevEnds,
    DevFailed,
    DevLine,
    DevReady,
    DevReloaded,
    DevReset,
)
from annex_cli.documents.events import (
    Deliveries,
    Delivery,
    EventPosts,
    EventType,
    EventTypes,
    EventVerified,
    Redelivered,
    ReplayRehearsed,
)
from annex_cli.documents.installs import (
    Configuration,
    ConfigurationChanged,
    ConfigurationDifference,
    ConfigurationValue,
    Installed,
    InstallRehearsed,
    SecretDeleted,
    SecretRotated,
    Secrets,
    SecretSet,
    Switched,
    Uninstalled,
    Upgraded,
    UpgradePlanned,
)
from annex_cli.documents.publishing import (
    BuiltProject,
    KeyAdded,
    KeyRevoked,
    KeyRotated,
    Keys,
    Packed,
    ProjectMade,
    Published,
    PublishRehearsed,
    RouteTypes,
    Signed,
    TrustedOnly,
    TrustedPublisherRemoved,
    TrustedPublishers,
    Verified,
    Versions,
)
from annex_cli.documents.records import (
    Called,
    Execution,
    Executions,
    Schedule,
    ScheduleRuns,
    ScheduleRunStarted,
    Schedules,
    ScheduleSwitched,
)
from annex_cli.documents.streams import (
    BuildBegins,
    BuildEnd,
    BuildFailedLine,
    BuiltLine,
    Disconnected,
    EventLine,
    EventsBegin,
    EventsEnd,
    EventsGap,
    ExecutionLine,
    ExecutionsBegin,
    ExecutionsEnd,
    ForwardLine,
    LogLine,
    LogsBegin,
    LogsEnd,
    LogsGap,
    Reconnected,
    SourcesChanged,
)
from annex_cli.documents.tools import (
    CheckedUp,
    CodeExplained,
    ExitCodeExplained,
    LoggedIn,
    LoggedOut,
    ManifestVersion,
    ProgramVersion,
    Script,
    SettingDocument,
    SettingList,
    SettingWritten,
    WhoAmI,
)
from annex_shared.contracts.controls import ControlsView, KillSwitchView
from annex_shared.contracts.trusted_publishing import TrustedPublisherView
from annex_shared.contracts.versions import VersionStatusReceipt

# A model, or several of which one is meant; no type of the language is narrower.
Kind = Any

DOCUMENTS: Final[dict[str, Kind]] = {
    "--version": ProgramVersion,
    "login": LoggedIn,
    "logout": LoggedOut,
    "whoami": WhoAmI,
    "init": ProjectMade,
    "build": BuiltProject,
    "types": RouteTypes,
    "pack": Packed,
    "sign": Signed,
    "publish": Published | PublishRehearsed,
    "install": Installed | InstallRehearsed,
    "upgrade": Upgraded | UpgradePlanned,
    "rollback": Upgraded,
    "pin": Installed,
    "enable": Switched,
    "disable": Switched,
    "uninstall": Uninstalled,
    "config get": Configuration | ConfigurationValue,
    "config set": ConfigurationChanged,
    "config unset": ConfigurationChanged,
    "config diff": ConfigurationDifference,
    "secrets set": SecretSet,
    "secrets rotate": SecretRotated,
    "secrets list": Secrets,
    "secrets delete": SecretDeleted,
    "secrets unset": SecretDeleted,
    "versions": Versions,
    "verify": Verified,
    "trusted-publisher add": TrustedPublisherView,
    "trusted-publisher list": TrustedPublishers,
    "trusted-publisher remove": TrustedPublisherRemoved,
    "trusted-publisher only": TrustedOnly,
    "deprecate": VersionStatusReceipt,
    "yank": VersionStatusReceipt,
    "block": VersionStatusReceipt,
    "unblock": VersionStatusReceipt,
    "kill-switch on": KillSwitchView,
    "kill-switch off": KillSwitchTurnedOff,
    "kill-switch list": KillSwitches,
    "controls show": ControlsView,
    "controls set": ControlsChanged,
    "controls history": ControlChanges,
    "limits": Limits,
    "audit": ChangeRecord,
    "keys list": Keys,
    "keys add": KeyAdded,
    "keys rotate": KeyRotated,
    "keys revoke": KeyRevoked,
    "call": Called,
    "executions list": Executions,
    "executions show": Execution,
    "schedules list": Schedules,
    "schedules show": Schedule,
    "schedules runs": ScheduleRuns,
    "schedules run-now": ScheduleRunStarted,
    "schedules pause": ScheduleSwitched,
    "schedules resume": ScheduleSwitched,
    "events types": EventTypes | EventType,
    "events trigger": EventPosts,
    "events replay": EventPosts | ReplayRehearsed,
    "events deliveries list": Deliveries,
    "events deliveries show": Delivery,
    "events deliveries redeliver": Redelivered,
    "events verify": EventVerified,
    "version": ManifestVersion,
    "explain": CodeExplained | ExitCodeExplained,
    "doctor": CheckedUp,
    "settings list": SettingList,
    "settings get": SettingDocument,
    "settings set": SettingWritten,
    "settings unset": SettingWritten,
    "schema": None,
    "completion": Script,
}

STREAMS: Final[dict[str, Kind]] = {
    "build": BuildBegins | BuiltLine | BuildFailedLine | SourcesChanged | BuildEnd,
    "dev": (
        DevBegins
        | DevReady
        | DevChanged
        | DevReloaded
        | DevFailed
        | DevCall
        | DevLine
        | DevDenied
        | DevReset
        | DevEnds
    ),
    "logs": LogsBegin | LogLine | LogsGap | LogsEnd,
    "executions list": ExecutionsBegin | ExecutionLine | ExecutionsEnd,
    "events tail": (
        EventsBegin | EventLine | ForwardLine | EventsGap | Disconnected | Reconnected | EventsEnd
    ),
}
