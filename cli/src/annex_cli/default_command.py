"""A group of commands one of which runs when none is named: `executions EXT` is `executions list EXT`."""

from typing import Any

import click

_HELP = frozenset({"--help", "-h"})


class DefaultGroup(click.Group):
    """``default`` is the command that is meant by words that name none of the others."""

    def __init__(self, *args: Any, default: str = "list", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in _HELP and args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
