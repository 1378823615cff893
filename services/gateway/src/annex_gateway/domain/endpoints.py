"""Endpoints of one version, compiled to a tree; ``:param`` stands for exactly one segment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annex_gateway.domain.errors import EndpointNotFound, MethodNotAllowed
from annex_gateway.domain.paths import SafePath
from annex_shared.contracts.dispatch import EVENTS_PATH
from annex_shared.display_text import shown

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Method and path as the manifest declares them."""

    method: str
    path: str

    def segments(self) -> list[str]:
        return [segment for segment in self.path.split("/") if segment]


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    methods: dict[str, Endpoint] = field(default_factory=dict)

    def child(self, segment: str) -> "_Node":
        if segment.startswith(":"):
            self.parameter = self.parameter or _Node()
            return self.parameter
        return self.literals.setdefault(segment, _Node())

    def matching(self, segments: tuple[str, ...]) -> Iterator["_Node"]:
        """Yield every node the segments lead to, literal before parameter; no node is visited twice."""
        if not segments:
            yield self
            return
        literal = self.literals.get(segments[0])
        if literal is not None:
            yield from literal.matching(segments[1:])
        if self.parameter is not None:
            yield from self.parameter.matching(segments[1:])


@dataclass(frozen=True, slots=True)
class EndpointTree:
    """Finds the endpoint of a call in as many steps as the path has segments."""

    root: _Node

    @classmethod
    def compile(cls, endpoints: Iterable[Endpoint]) -> "EndpointTree":
        root = _Node()
        for endpoint in endpoints:
            node = root
            for segment in endpoint.segments():
                node = node.child(segment)
            node.methods.setdefault(endpoint.method.upper(), endpoint)
        return cls(root)

    def match(self, method: str, path: SafePath) -> Endpoint:
        """Return the most literal endpoint for the call. Raises EndpointNotFound or MethodNotAllowed."""
        allowed: set[str] = set()
        for node in self.root.matching(path.segments):
            endpoint = node.methods.get(guest_method(method))
            if endpoint is not None:
                return endpoint
            allowed.update(node.methods)
        where = shown(str(path))
        if not allowed:
            raise EndpointNotFound(f'The installed version declares no endpoint "{where}".')
        methods = _with_head(allowed)
        raise MethodNotAllowed(
            f'{shown(method, limit=20)} is not possible at "{where}". Possible: {", ".join(methods)}.',
            allowed=methods,
        )


def refuse_events_path(path: SafePath) -> None:
    """Keep callers away from where events are delivered, whatever a manifest declares there."""
    if f"{path}/".startswith(EVENTS_PATH):
        raise EndpointNotFound(f"Events are delivered below {EVENTS_PATH}; nobody else gets there.")


def guest_method(method: str) -> str:
    """Translate the caller's method to the one the guest runs: HEAD is GET without its body."""
    return "GET" if method == "HEAD" else method


def _with_head(allowed: set[str]) -> list[str]:
    ordered = [method for method in _METHODS if method in allowed]
    return ["GET", "HEAD", *ordered[1:]] if "GET" in allowed else ordered
