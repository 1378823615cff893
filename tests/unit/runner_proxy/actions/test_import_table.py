"""The table that authors are told capabilities from is the one calls are refused by."""

from typing import Any

from annex_runner_proxy.actions.host.config import config_functions
from annex_runner_proxy.actions.host.context import context_functions
from annex_runner_proxy.actions.host.events import events_functions
from annex_runner_proxy.actions.host.host_application import host_application_functions
from annex_runner_proxy.actions.host.http import http_functions
from annex_runner_proxy.actions.host.metrics import metrics_functions
from annex_runner_proxy.actions.host.scheduler import scheduler_functions
from annex_runner_proxy.actions.host.secrets import secrets_functions
from annex_runner_proxy.actions.host.storage import storage_functions
from annex_runner_proxy.actions.host.storage_v2 import storage_v2_functions
from annex_runner_proxy.actions.host.ui_proxy import ui_proxy_functions
from annex_runner_proxy.actions.host.user import user_functions
from annex_runner_proxy.domain.broker import LOG_EMIT
from annex_runner_proxy.domain.host_call import HostApi
from annex_shared.bundle.import_capabilities import INTERFACES

# Nothing is called, so nothing stands behind the functions.
NOTHING: Any = None
OFFERED: HostApi = {
    **config_functions(),
    **context_functions(),
    **events_functions(NOTHING, NOTHING, NOTHING),
    **host_application_functions(NOTHING),
    **http_functions(NOTHING),
    **metrics_functions(NOTHING),
    **scheduler_functions(NOTHING),
    **secrets_functions(NOTHING),
    **storage_functions(NOTHING),
    **storage_v2_functions(NOTHING),
    **ui_proxy_functions(NOTHING),
    **user_functions(),
}


def test_an_interface_needs_what_its_functions_are_refused_without() -> None:
    offered = {(name.partition(".")[0], function.capability) for name, function in OFFERED.items()} | {
        ("logging", LOG_EMIT),
        ("types", None),
    }

    assert offered == set(INTERFACES.items())
