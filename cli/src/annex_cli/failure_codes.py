"""The stable code of an error: the platform's own, or the class name in capitals."""

import re

from annex_cli.errors import PlatformRefused
from annex_shared.errors import AnnexError

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def code_of(error: AnnexError) -> str:
    if isinstance(error, PlatformRefused):
        return error.code
    return _WORD.sub("_", type(error).__name__).upper()
