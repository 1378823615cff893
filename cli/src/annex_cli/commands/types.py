"""`annex types`: TypeScript for the endpoints of the project's manifest."""

import click
from pydantic import JsonValue

from annex_cli.durable_file import replace_durably
from annex_cli.errors import FileNotUsable
from annex_cli.options import global_flags
from annex_cli.packing import project_manifest
from annex_cli.program import begin
from annex_cli.route_types import endpoints_of, route_types


@click.command("types")
@click.option("--out", metavar="FILE", help="Write here instead of printing.")
@click.option(
    "--check", "is_checked", is_flag=True, help="Write nothing; fail if FILE is not of this manifest."
)
@global_flags
@click.pass_context
def command(context: click.Context, out: str | None, is_checked: bool) -> None:
    """Write TypeScript types of the endpoints in manifest.json, for connect<Routes>() of a page.

    \b
    annex types
    annex types --out src/ui/endpoints.d.ts
    annex types --out src/ui/endpoints.d.ts --check

    Exit codes: 0 written or fresh, 3 there is no manifest, or with --check the file is of another one.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    endpoints = endpoints_of(project_manifest(session.settings.folder))
    text = route_types(endpoints)
    path = session.path(out) if out else None
    has_changed = path is not None and (not path.is_file() or path.read_bytes() != text.encode())
    if path is not None and is_checked and has_changed:
        raise FileNotUsable(f"{out} is not of this manifest.", hint=f"annex types --out {out}")
    if path is not None and has_changed:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_durably(path, text.encode())
            path.chmod(0o644)
        except OSError as error:
            raise FileNotUsable(f"{path} cannot be written: {error.strerror}.") from None
    data: dict[str, JsonValue] = {
        "endpoints": [*endpoints],
        "file": str(path) if path else None,
        "changed": has_changed,
        "text": text,
    }
    state = "written" if has_changed else "is fresh"
    session.show(
        data, text.rstrip("\n") if path is None else session.ok(f"{out} {state}, {len(endpoints)} endpoints")
    )
