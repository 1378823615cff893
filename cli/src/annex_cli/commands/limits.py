"""`annex limits`: what one call of an extension may use on this platform."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.controls import extension_segment
from annex_cli.credentials import Purpose
from annex_cli.limits import limits_text
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_shared.contracts.controls import EffectiveControls
from annex_shared.contracts.limits import LimitView


@click.command("limits")
@click.argument("extension", metavar="[EXT]", required=False)
@global_flags
@click.pass_context
def command(context: click.Context, extension: str | None) -> None:
    """Show the platform's limits of a call; with EXT also what administrators set for it in this tenant.

    \b
    annex limits
    annex limits acme/notes --json

    Exit codes: 0 shown, 4 not allowed, 5 not installed, 9 the platform cannot say now.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)

    async def read() -> tuple[list[LimitView], EffectiveControls | None]:
        async with session.platform(Purpose.USE, is_public=extension is None) as client:
            limits = (await client.limits()).limits
            if extension is None:
                return limits, None
            address = f"/api/v1/controls/extensions/{extension_segment(extension)}"
            return limits, (await client.controls(address)).effective

    limits, effective = asyncio.run(read())
    items: list[JsonValue] = [limit.model_dump(mode="json") for limit in limits]
    data: dict[str, JsonValue] = {
        "extension": extension,
        "limits": items,
        "controls": None if effective is None else effective.model_dump(mode="json"),
    }
    session.show(data, limits_text(limits, effective))
