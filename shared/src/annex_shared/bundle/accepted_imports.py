"""The one table of what a handler may import, each with the reason it is harmless."""

import re
from typing import Final

from annex_shared.bundle.errors import ImportRefused
from annex_shared.bundle.wasm_imports import WasmFacts, WasmKind
from annex_shared.display_text import shown

# Interface packages, without version. Only the first is offered; what the runner does not link traps when
# it is called, so a component that merely imports it is as isolated as one that does not.
COMPONENT_PACKAGES: Final = {
    "alga:extension": "the platform's own interfaces; every call goes to the broker",
    "wasi:io": "streams and polls over nothing but the guest's own memory",
    "wasi:clocks": "time, which language runtimes read at start",
    "wasi:random": "entropy, which language runtimes read at start",
    "wasi:cli": "standard streams, captured as log lines; no environment, no arguments",
    "wasi:filesystem": "full-feature JS builds import it; no directory is opened, calls trap",
    "wasi:sockets": "every Python build imports it; calls trap, and a worker can open no socket",
    "wasi:http": "full-feature JS builds import it; calls trap, egress goes through alga:extension/http",
}

# Core modules use the predecessor's earlier ABI, which knew one host module with three functions.
CORE_FUNCTIONS: Final = {
    "alga.log_info": "a log line, as alga:extension/logging",
    "alga.log_error": "a log line, as alga:extension/logging",
    "alga.http.fetch": "a request through the broker, as alga:extension/http",
}

_INTERFACE = re.compile(r"(?P<package>[a-z0-9-]+:[a-z0-9-]+)/[a-z0-9-]+(@[0-9A-Za-z.+-]+)?")


def refuse_unknown_imports(facts: WasmFacts) -> None:
    """Raise ImportRefused naming the first import that is not in the table."""
    for name in facts.imports:
        if not _is_accepted(name, facts.kind):
            raise _refused(name, facts)


def _is_accepted(name: str, kind: WasmKind) -> bool:
    if kind is WasmKind.MODULE:
        return name in CORE_FUNCTIONS
    match = _INTERFACE.fullmatch(name)
    return match is not None and match["package"] in COMPONENT_PACKAGES


def _refused(name: str, facts: WasmFacts) -> ImportRefused:
    if facts.kind is WasmKind.COMPONENT:
        accepted = [f"{package}/*" for package in COMPONENT_PACKAGES]
    else:
        accepted = list(CORE_FUNCTIONS)
    return ImportRefused(
        f'dist/main.wasm imports "{shown(name, limit=120)}", which this platform does not offer. '
        f"It may import {', '.join(accepted)}. Build the handler without that dependency.",
        details={"import": shown(name), "kind": facts.kind.value, "accepted": list(accepted)},
    )
