"""Write what @annex/extension-runtime says of the world from shared/wit; ``--check`` only compares.

Written are the types of every interface, the object that handlers get as ``host``, the figures that the mocks
keep, and the copies of the WIT that are shipped.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from annex_runner_proxy.domain import guest_metrics, schedules, topics
from annex_runner_proxy.domain.egress import METHODS
from annex_runner_proxy.domain.storage_rules import StorageLimits
from annex_shared.manifest.capabilities import DEFAULT_CAPABILITIES

ROOT = Path(__file__).resolve().parent.parent
WIT = ROOT / "shared" / "wit" / "alga-extension.wit"
RUNTIME = ROOT / "web" / "extension-runtime"
COPIES = (
    RUNTIME / "wit" / "alga-extension.wit",
    ROOT / "cli" / "src" / "annex_cli" / "scaffold" / "alga-extension.wit",
)
BY = "Written by scripts/runtime_types.py from shared/wit/alga-extension.wit; do not edit."
TOKEN = re.compile(r"///[^\n]*|[A-Za-z][A-Za-z0-9-]*|->|[^\s/]|//[^\n]*")
# Fields and functions that comments of the WIT name; cases of errors keep their spelling in JavaScript too.
FIELD = re.compile(r"`(field-errors|next-cursor|expires-at|updated-at|list-keys)`")
# The Alga SDK's shorter names, by interface.
SHORT_NAMES = {
    "clients": {"list": "listClients", "get": "getClient"},
    "config": {"list": "listKeys"},
    "context": {"get": "getContext"},
    "logging": {"info": "logInfo", "warn": "logWarn", "error": "logError"},
    "secrets": {"list": "listKeys"},
    "services": {"list": "listServices", "get": "getService"},
    "storage": {"list": "listEntries"},
    "ui-proxy": {"call": "callRoute"},
    "user": {"get": "getUser"},
    "user-v2": {"get": "getUser"},
}
PLAIN = {
    "string": "string",
    "bool": "boolean",
    "u16": "number",
    "u32": "number",
    "u64": "Whole",
    "f64": "number",
    "_": "void",
}
# An answer may leave out more than the WIT's record; index.d.ts has it.
LENIENT = {"execute-response"}


@dataclass
class Named:
    """A member, case, parameter or type, with what the WIT says about it."""

    name: str
    about: list[str]
    form: str = ""


@dataclass
class Kind:
    """A record, enum or variant."""

    name: str
    about: list[str]
    sort: str
    members: list[Named]


@dataclass
class Function:
    name: str
    about: list[str]
    parameters: list[Named]
    answer: str
    refusal: str | None


@dataclass
class Interface:
    name: str
    about: list[str]
    kinds: list[Kind] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)


class Reader:
    """Reads the part of WIT that our world is written in."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = [
            token for token in TOKEN.findall(text) if token.startswith("///") or not token.startswith("//")
        ]
        self._at = 0
        self._interface = ""
        self._own: set[str] = set()

    def interfaces(self) -> Iterator[Interface]:
        about: list[str] = []
        while self._at < len(self._tokens):
            about, before = self._about(), about
            match self._next():
                case "interface":
                    yield self._body(about)
                case "world":
                    return
                case _:
                    about = about or before

    def _body(self, about: list[str]) -> Interface:
        interface = Interface(self._next(), about)
        self._interface, self._own = interface.name, set()
        self._take("{")
        while self._peek() != "}":
            said = self._about()
            word = self._next()
            if word == "use":
                while self._next() != ";":
                    pass
            elif word in ("record", "enum", "variant"):
                interface.kinds.append(self._kind(word, said))
            else:
                interface.functions.append(self._function(word, said))
        self._take("}")
        return interface

    def _kind(self, sort: str, about: list[str]) -> Kind:
        name = self._next()
        self._own.add(name)
        kind = Kind(self._type_name(name), about, sort, [])
        self._take("{")
        while self._peek() != "}":
            said = self._about()
            member = Named(self._next(), said)
            if sort == "record":
                self._take(":")
                member.form = self._form()
            elif self._peek() == "(":
                self._take("(")
                member.form = self._form()
                self._take(")")
            kind.members.append(member)
            self._skip(",")
        self._take("}")
        return kind

    def _function(self, name: str, about: list[str]) -> Function:
        for expected in (":", "func", "("):
            self._take(expected)
        parameters = []
        while self._peek() != ")":
            parameter = self._next()
            self._take(":")
            parameters.append(Named(parameter, [], self._form()))
            self._skip(",")
        self._take(")")
        answer, refusal = "void", None
        if self._peek() == "->":
            self._next()
            answer, refusal = self._answer()
        self._take(";")
        return Function(name, about, parameters, answer, refusal)

    def _answer(self) -> tuple[str, str | None]:
        if self._peek() != "result":
            return self._form(), None
        self._next()
        self._take("<")
        answer = self._form()
        self._take(",")
        refusal = self._form()
        self._take(">")
        return answer, refusal

    def _form(self) -> str:
        word = self._next()
        if word not in ("option", "list", "tuple"):
            return PLAIN.get(word) or self._type_name(word)
        self._take("<")
        if word == "list" and self._peek() == "u8":
            self._next()
            inner = ["Uint8Array"]
            word = "bytes"
        else:
            inner = [self._form()]
        while self._peek() == ",":
            self._next()
            inner.append(self._form())
        self._take(">")
        forms = {
            "option": f"{inner[0]} | null | undefined",
            "list": f"{inner[0]}[]",
            "tuple": f"[{', '.join(inner)}]",
            "bytes": inner[0],
        }
        return forms[word]

    def _type_name(self, name: str) -> str:
        """Name the interface too where it has types of its own: several call theirs ``error``."""
        is_own = self._interface != "types" and name in self._own
        return pascal(f"{self._interface}-{name}" if is_own else name)

    def _about(self) -> list[str]:
        lines = []
        while self._peek().startswith("///"):
            lines.append(self._next().removeprefix("///").strip())
        return lines

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, expected: str) -> None:
        found = self._next()
        if found != expected:
            raise ValueError(f"{self._interface}: {expected} was expected and {found} found")

    def _skip(self, token: str) -> None:
        if self._peek() == token:
            self._next()


def pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def camel(name: str) -> str:
    return name[0].lower() + pascal(name)[1:]


def types_text(interfaces: Sequence[Interface]) -> str:
    lines = [
        f"// {BY}",
        "",
        "/** A whole number of 64 bits: QuickJS gives a number, exact to 2^53, StarlingMonkey a bigint. */",
        "export type Whole = number | bigint;",
        "",
    ]
    for interface in interfaces:
        for kind in interface.kinds:
            if kind.name != pascal("execute-response"):
                lines += [*_kind_lines(kind), ""]
    offered = [one for one in interfaces if one.functions]
    for interface in offered:
        lines += [*_interface_lines(interface), ""]
    lines += [
        "/** What a handler is given as `host`. Host functions answer at once; awaiting them does no harm. */"
    ]
    lines += ["export interface HostBindings {"]
    lines += [f"  {camel(one.name)}: {_binding(one)};" for one in _sorted(offered)]
    lines += ["}", ""]
    return "\n".join(lines)


def _kind_lines(kind: Kind) -> Iterator[str]:
    yield from _comment(kind.about, "")
    if kind.sort == "enum":
        yield f"export type {kind.name} = {' | '.join(json.dumps(case.name) for case in kind.members)};"
        return
    if kind.sort == "variant":
        yield f"export type {kind.name} ="
        for case in kind.members:
            value = f"; val: {case.form}" if case.form else ""
            yield from _comment(case.about, "  ")
            yield f"  | {{ tag: {json.dumps(case.name)}{value} }}"
        return
    yield f"export interface {kind.name} {{"
    for member in kind.members:
        yield from _comment(member.about, "  ")
        is_optional = member.form.endswith(" | undefined")
        yield f"  {camel(member.name)}{'?' if is_optional else ''}: {member.form};"
    yield "}"


def _interface_lines(interface: Interface) -> Iterator[str]:
    yield from _comment(interface.about, "")
    yield f"export interface {_binding(interface)} {{"
    short = {long: name for name, long in SHORT_NAMES.get(interface.name, {}).items()}
    for function in interface.functions:
        about = list(function.about)
        if function.refusal:
            about.append(f"@throws {{HostError}} whose `code` is a {function.refusal}")
        signature = f"({', '.join(_parameters(function))}): {function.answer};"
        yield from _comment(about, "  ")
        yield f"  {camel(function.name)}{signature}"
        if camel(function.name) in short:
            yield "  /** The same by the Alga SDK's name. */"
            yield f"  {short[camel(function.name)]}{signature}"
    yield "}"


def _parameters(function: Function) -> Iterator[str]:
    """Write the parameters; a trailing option may be left out."""
    is_last = [all(one.form.endswith("undefined") for one in function.parameters[at:]) for at in range(9)]
    for at, one in enumerate(function.parameters):
        if is_last[at]:
            yield f"{camel(one.name)}?: {one.form}"
        else:
            yield f"{camel(one.name)}: {one.form}"


def _comment(about: Sequence[str], indent: str) -> Iterator[str]:
    lines = [FIELD.sub(lambda found: f"`{camel(found[1])}`", line) for line in about if line]
    if len(lines) == 1:
        yield f"{indent}/** {lines[0]} */"
    elif lines:
        yield f"{indent}/**"
        yield from (f"{indent} * {line}" for line in lines)
        yield f"{indent} */"


def host_text(interfaces: Sequence[Interface]) -> str:
    offered = _sorted([one for one in interfaces if one.functions])
    lines = [
        f"// {BY}",
        (
            "// What a handler is given as `host`: every interface of the world, "
            "by the names of the WIT in camelCase"
        ),
        "// and, where the Alga SDK has shorter ones, by those too. A result's error is thrown as HostError.",
        *(f'import * as {camel(one.name)} from "alga:extension/{one.name}";' for one in offered),
        "",
        'import { offered } from "./offered.js";',
        "",
        "export const host = {",
        *(f"  {camel(one.name)}: {_offered(one)}," for one in offered),
        "};",
        "",
    ]
    return "\n".join(lines)


def _offered(interface: Interface) -> str:
    names = ", ".join(json.dumps(camel(one.name)) for one in interface.functions)
    short = SHORT_NAMES.get(interface.name, {})
    pairs = ", ".join(f"{name}: {json.dumps(long)}" for name, long in short.items())
    more = f", {{ {pairs} }}" if pairs else ""
    return f"offered({json.dumps(interface.name)}, {camel(interface.name)}, [{names}]{more})"


def limits_text() -> str:
    """Write the figures of the real host, and what a mock must know of the world to be its like."""
    storage = {camel(name.replace("_", "-")): value for name, value in asdict(StorageLimits()).items()}
    figures = {
        "storage": storage,
        "topicCharacters": topics.MAX_TOPIC_LENGTH,
        "eventBytes": topics.MAX_PAYLOAD_BYTES,
        "eventsPerMinute": topics.EMITS_PER_MINUTE,
        "schedules": schedules.MAX_SCHEDULES,
        "scheduleNameCharacters": schedules.MAX_NAME_LENGTH,
        "schedulePayloadCharacters": schedules.MAX_PAYLOAD_LENGTH,
        "metricSeries": guest_metrics.MAX_SERIES_OF_INSTALL,
        "httpMethods": sorted(METHODS),
        "defaultCapabilities": sorted(DEFAULT_CAPABILITIES),
    }
    text = json.dumps(figures, indent=2)
    return f"// {BY}\n// The figures are those of runner-proxy.\nexport const LIMITS = {text};\n"


def _binding(interface: Interface) -> str:
    return f"{pascal(interface.name)}Binding"


def _sorted(interfaces: Sequence[Interface]) -> list[Interface]:
    return sorted(interfaces, key=lambda one: one.name)


def written() -> dict[Path, str]:
    text = WIT.read_text(encoding="utf-8")
    interfaces = list(Reader(text).interfaces())
    return {
        RUNTIME / "src" / "interfaces.d.ts": types_text(interfaces),
        RUNTIME / "src" / "host.js": host_text(interfaces),
        RUNTIME / "src" / "mock" / "limits.js": limits_text(),
        **dict.fromkeys(COPIES, text),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is stale")
    options = parser.parse_args(arguments)
    stale = [
        path
        for path, text in written().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if options.check:
            print(f"error: {path.relative_to(ROOT)} is stale. Run: make schemas", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written()[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
