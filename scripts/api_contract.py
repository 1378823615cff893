"""Compare the OpenAPI documents with the contract kept in tests/golden/api, and keep the present one.

A break is what a client of the kept contract could trip over: an address or answer that is gone; a member
of an answer that is gone, no longer certain or of another type; a member of a request that is gone, required
now or of another type; a parameter that is gone or required now; an enumeration that lost values. Which
problem codes an operation lists is not looked at.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "docs" / "api"
CONTRACTS = ROOT / "tests" / "golden" / "api"
_PROSE = frozenset({"description", "summary", "title", "examples", "tags", "headers", "security"})
_SCHEMAS = "#/components/schemas/"
_SUCCESS = ("2", "3", "default")

Document = Mapping[str, Any]


def contract_of(document: Document) -> dict[str, Any]:
    """Leave of a document what a break can be found in; schemas that only problems use go too."""
    paths = {
        path: {method: _promise(operation) for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }
    schemas = document.get("components", {}).get("schemas", {})
    used: dict[str, Any] = {}
    waiting = list(_named(paths))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = _without_prose(schemas[name])
            waiting += _named(used[name])
    return {"paths": paths, "components": {"schemas": dict(sorted(used.items()))}}


def breaks(before: Document, after: Document) -> list[str]:
    """Say every break of the contract ``before``, with the address and the member it is at."""
    return list(dict.fromkeys(_Comparison(before, after).breaks()))


def _promise(operation: Document) -> dict[str, Any]:
    answers = {
        status: answer for status, answer in operation["responses"].items() if status.startswith(_SUCCESS)
    }
    kept = {name: operation[name] for name in ("parameters", "requestBody") if name in operation}
    promise: dict[str, Any] = _without_prose({**kept, "responses": answers})
    return promise


def _without_prose(part: Any, *, is_names: bool = False) -> Any:
    """Drop what is for people; below ``properties`` the keys are names of members, whatever they say."""
    if isinstance(part, list):
        return [_without_prose(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_prose(value, is_names=key in {"properties", "$defs"} and not is_names)
        for key, value in part.items()
        if is_names or key not in _PROSE
    }


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _named(each)
    elif isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        for each in part.values():
            yield from _named(each)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a schema says of a value, with its alternatives put together."""

    types: frozenset[str]
    values: frozenset[str] | None
    members: Mapping[str, Any]
    required: frozenset[str]
    items: Any
    takes_others: bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    before: Document
    after: Document
    _seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def breaks(self) -> Iterator[str]:
        for path, methods in self.before["paths"].items():
            for method, operation in methods.items():
                name = f"{method.upper()} {path}"
                now = self.after["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{name} is gone"
                    continue
                # An address finds all of its breaks, also those it shares with another one.
                self._seen.clear()
                yield from self._parameters(name, operation, now)
                yield from self._body(name, operation, now)
                yield from self._answers(name, operation, now)

    def _parameters(self, name: str, before: Document, after: Document) -> Iterator[str]:
        old, new = (
            {(each["in"], each["name"]): each for each in operation.get("parameters", ())}
            for operation in (before, after)
        )
        for key, parameter in old.items():
            label = f"{name}: the {key[0]} parameter {key[1]}"
            if key not in new:
                yield f"{label} is gone"
            else:
                yield from self._schemas(
                    label, parameter.get("schema", {}), new[key].get("schema", {}), is_request=True
                )
        for key, parameter in new.items():
            was_required = old.get(key, {}).get("required", False)
            if parameter.get("required", False) and not was_required:
                yield f"{name}: the {key[0]} parameter {key[1]} is required now"

    def _body(self, name: str, before: Document, after: Document) -> Iterator[str]:
        old, new = before.get("requestBody"), after.get("requestBody")
        if new is not None and new.get("required", False) and not (old or {}).get("required", False):
            yield f"{name}: a body is required now"
        if old is None:
            return
        if new is None:
            yield f"{name}: the body is gone"
            return
        yield from self._contents(f"{name}: the body", old, new, is_request=True)

    def _answers(self, name: str, before: Document, after: Document) -> Iterator[str]:
        for status, answer in before["responses"].items():
            label = f"{name}: the answer {status}"
            if status not in after["responses"]:
                yield f"{label} is gone"
            else:
                yield from self._contents(label, answer, after["responses"][status], is_request=False)

    def _contents(self, label: str, before: Document, after: Document, *, is_request: bool) -> Iterator[str]:
        for media_type, content in before.get("content", {}).items():
            now = after.get("content", {}).get(media_type)
            if now is None:
                yield f"{label} is no longer {media_type}"
            else:
                yield from self._schemas(
                    label, content.get("schema", {}), now.get("schema", {}), is_request=is_request
                )

    def _schemas(self, label: str, before: Any, after: Any, *, is_request: bool) -> Iterator[str]:
        pair = (json.dumps(before, sort_keys=True), json.dumps(after, sort_keys=True), is_request)
        if pair in self._seen:
            return
        self._seen.add(pair)
        old, new = _shape(before, self.before), _shape(after, self.after)
        lost = old.types - new.types if is_request else new.types - old.types
        if lost and old.types and new.types:
            yield f"{label} was {_listed(old.types)} and is {_listed(new.types)}"
        if old.values is not None and new.values is not None and old.values - new.values:
            yield f"{label} can no longer be {_listed(old.values - new.values)}"
        if is_request and old.values is None and new.values is not None:
            yield f"{label} can only be {_listed(new.values)} now"
        yield from self._members(label, old, new, is_request=is_request)
        if old.items is not None and new.items is not None:
            yield from self._schemas(f"{label}[]", old.items, new.items, is_request=is_request)

    def _members(self, label: str, old: _Shape, new: _Shape, *, is_request: bool) -> Iterator[str]:
        for member, schema in old.members.items():
            if member in new.members:
                yield from self._schemas(
                    f"{label}.{member}", schema, new.members[member], is_request=is_request
                )
            elif not is_request or not new.takes_others:
                yield f"{label}.{member} is gone"
        if is_request:
            for member in sorted(new.required - old.required):
                yield f"{label}.{member} is required now"
        else:
            for member in sorted(old.required & new.members.keys() - new.required):
                yield f"{label}.{member} is no longer certain"


def _shape(schema: Any, document: Document) -> _Shape:
    parts = list(_alternatives(schema, document, ()))
    types = frozenset(str(name) for part in parts for name in _listing(part.get("type", ())))
    enums = [
        part["enum"] if "enum" in part else [part["const"]]
        for part in parts
        if {"enum", "const"} & part.keys()
    ]
    objects = [part for part in parts if "properties" in part or part.get("type") == "object"]
    # A value that some alternative leaves open is open.
    is_open = not enums or len(enums) < len([part for part in parts if part.get("type") != "null"])
    return _Shape(
        types=types,
        values=None if is_open else frozenset(json.dumps(value) for values in enums for value in values),
        members={name: member for part in objects for name, member in part.get("properties", {}).items()},
        required=frozenset.intersection(*(frozenset(part.get("required", ())) for part in objects))
        if objects
        else frozenset(),
        items=next((part["items"] for part in parts if "items" in part), None),
        takes_others=any(part.get("additionalProperties", True) is not False for part in objects),
    )


def _alternatives(schema: Any, document: Document, within: tuple[str, ...]) -> Iterator[Document]:
    """Write references out, and give each alternative for itself; a schema within itself ends."""
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in within or not reference.startswith(_SCHEMAS):
            return
        target = document["components"]["schemas"].get(reference.removeprefix(_SCHEMAS), {})
        yield from _alternatives(target, document, (*within, reference))
        return
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not choices:
        yield schema
    for choice in choices:
        yield from _alternatives(choice, document, within)


def _listing(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def stored(folder: Path) -> dict[str, Any]:
    """Read every document of a folder by its service."""
    return {
        path.name.removesuffix(".openapi.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.openapi.json"))
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare the OpenAPI documents with the kept contract.")
    parser.add_argument("--accept", action="store_true", help="keep the present documents as the contract")
    options = parser.parse_args(arguments)
    present = {service: contract_of(document) for service, document in stored(DOCUMENTS).items()}
    found = [
        f"{service}: {each}"
        for service, contract in stored(CONTRACTS).items()
        for each in (breaks(contract, present[service]) if service in present else ["the service is gone"])
    ]
    for each in found:
        print(each, file=sys.stderr)
    if not options.accept:
        return 1 if found else 0
    CONTRACTS.mkdir(parents=True, exist_ok=True)
    for service, contract in present.items():
        text = json.dumps(contract, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        # One address a line, so that a difference shows where it is.
        text = text.replace('},"/', '},\n"/').replace('"schemas":{', '"schemas":{\n')
        (CONTRACTS / f"{service}.openapi.json").write_text(f"{text}\n", encoding="utf-8")
    print(f"kept {len(present)} documents in {CONTRACTS.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
