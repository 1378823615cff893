"""Which permission a method asks for."""

from annex_shared.permissions import Permission

_READING = frozenset({"GET", "HEAD"})


def permission_to_call(method: str) -> Permission:
    """Tell reading an extension and making it act apart."""
    return Permission.EXTENSION_READ if method in _READING else Permission.EXTENSION_WRITE
