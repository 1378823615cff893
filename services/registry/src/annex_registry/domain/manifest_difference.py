"""Find the first place where two JSON documents differ."""

from pydantic import JsonValue


def first_difference(declared: JsonValue, found: JsonValue) -> str | None:
    """Return the JSON pointer (RFC 6901) of the first difference, or None for equal documents."""
    if isinstance(declared, dict) and isinstance(found, dict):
        return _in_objects(declared, found)
    if isinstance(declared, list) and isinstance(found, list):
        return _in_lists(declared, found)
    return None if _is_same(declared, found) else ""


def _in_objects(declared: dict[str, JsonValue], found: dict[str, JsonValue]) -> str | None:
    for key in sorted(declared.keys() | found.keys()):
        inner = first_difference(declared[key], found[key]) if key in declared and key in found else ""
        if inner is not None:
            return f"/{key.replace('~', '~0').replace('/', '~1')}{inner}"
    return None


def _in_lists(declared: list[JsonValue], found: list[JsonValue]) -> str | None:
    for index, (left, right) in enumerate(zip(declared, found, strict=False)):
        inner = first_difference(left, right)
        if inner is not None:
            return f"/{index}{inner}"
    return None if len(declared) == len(found) else f"/{min(len(declared), len(found))}"


def _is_same(left: JsonValue, right: JsonValue) -> bool:
    """Compare scalars; Python's ``True == 1`` is not JSON's, but 1 and 1.0 are one number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right
