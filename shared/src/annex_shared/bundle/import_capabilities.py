"""What a handler's imports let it ask for: the capability behind each interface, beside what is declared."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from annex_shared.bundle.wasm_imports import WasmFacts, WasmKind
from annex_shared.manifest.capabilities import DEFAULT_CAPABILITIES

PACKAGE: Final = "alga:extension"

# The capability a function of the interface is refused without; None is open to every install.
INTERFACES: Final[dict[str, str | None]] = {
    "clients": "cap:client.read",
    "config": None,
    "context": None,
    "events": "cap:events.emit",
    "http": "cap:http.fetch",
    "invoicing": "cap:invoice.manual.create",
    "logging": "cap:log.emit",
    "metrics": "cap:metrics",
    "scheduler": "cap:scheduler.manage",
    "secrets": "cap:secrets.get",
    "services": "cap:service.read",
    "storage": "cap:storage.kv",
    "storage-v2": "cap:storage.kv",
    "types": None,
    "ui-proxy": "cap:ui.proxy",
    "user": "cap:user.read",
    "user-v2": "cap:user.read",
}
_OF_MODULES: Final[dict[str, str]] = {
    "alga.log_info": "cap:log.emit",
    "alga.log_error": "cap:log.emit",
    "alga.http.fetch": "cap:http.fetch",
}
_SUBSCRIBE: Final = "cap:events.subscribe"


@dataclass(frozen=True, slots=True)
class CapabilityCheck:
    """What imports ask for, against what a manifest declares.

    ``imports_everything`` is the mark of a tool chain that links the whole world: what such a handler imports
    does not say what it uses, so nothing of it is ``missing`` and nothing declared is ``unused``.
    """

    needed: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    imports_everything: bool


def check_capabilities(
    facts: WasmFacts, declared: Iterable[str], *, has_subscriptions: bool
) -> CapabilityCheck:
    """Compare what a handler can ask for with what its manifest declares."""
    wanted = {of for name in facts.imports if (of := capability_of(name, facts.kind)) is not None}
    needed = wanted | ({_SUBSCRIBE} if has_subscriptions else set())
    everything = facts.kind is WasmKind.COMPONENT and _imports_everything(facts.imports)
    asked = set(declared)
    sure = needed - wanted if everything else needed
    checkable = {of for of in INTERFACES.values() if of is not None} | {_SUBSCRIBE}
    unused = set() if everything else (asked & checkable) - needed - DEFAULT_CAPABILITIES
    return CapabilityCheck(
        tuple(sorted(needed)),
        tuple(sorted(sure - asked - DEFAULT_CAPABILITIES)),
        tuple(sorted(unused)),
        everything,
    )


def capability_of(name: str, kind: WasmKind) -> str | None:
    """Name the capability behind an import; None for what needs none, or is nothing of the platform's."""
    if kind is WasmKind.MODULE:
        return _OF_MODULES.get(name)
    interface = _interface_of(name)
    return INTERFACES.get(interface) if interface is not None else None


def _imports_everything(imports: Iterable[str]) -> bool:
    return {interface for name in imports if (interface := _interface_of(name))} >= INTERFACES.keys()


def _interface_of(name: str) -> str | None:
    package, slash, rest = name.partition("/")
    return rest.partition("@")[0] if slash and package == PACKAGE else None
