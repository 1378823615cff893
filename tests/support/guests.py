"""Hostile and edge guests, converted from the WebAssembly text under ``tests/guests``."""

import re
from functools import cache
from pathlib import Path

from wasmtime import wat2wasm

_GUESTS = Path(__file__).resolve().parent.parent / "guests"
_FIRST_FORM = re.compile(r"(?:\s|;;[^\n]*\n)*\((\w+)")


@cache
def guest_wasm(name: str) -> bytes:
    """Convert guest ``name`` (the name of its file without ``.wat``) to WebAssembly."""
    return bytes(wat2wasm(guest_text(name)))


def guest_text(name: str) -> str:
    """Read a guest; one that is only a body is put between the two halves of the world."""
    text = (_GUESTS / "wat" / f"{name}.wat").read_text()
    first = _FIRST_FORM.match(text)
    if first is not None and first[1] in {"component", "module"}:
        return text
    return component_text(text)


def component_text(body: str) -> str:
    """Put a body between the two halves of the world; it may bring its own functions for the host to call."""
    before, after = ((_GUESTS / "world" / f"{half}.wat").read_text() for half in ("before", "after"))
    if "$own-realloc" in body:
        after = after.replace("(realloc $realloc)", "(realloc $own-realloc)")
    if "$own-post-return" in body:
        after = after.replace("string-encoding=utf8", "string-encoding=utf8 (post-return $own-post-return)")
    return f"{before}{body}{after}"


def guest_names() -> list[str]:
    return sorted(path.stem for path in (_GUESTS / "wat").glob("*.wat"))
