"""`annex pack`: write a bundle."""

import click
from pydantic import JsonValue

from annex_cli.options import global_flags
from annex_cli.packing import bundle_name, pack, project_manifest, refuse_unless_reproducible
from annex_cli.presenting import size
from annex_cli.program import begin


@click.command("pack")
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--out", metavar="FILE", help="Write here instead of <publisher>.<name>-<version>.tar.zst.")
@click.option("--check", "is_checked", is_flag=True, help="Pack twice and compare.")
@global_flags
@click.pass_context
def command(context: click.Context, folder: str, out: str | None, is_checked: bool) -> None:
    """Write a bundle: the same files give the same bytes, whoever packs them and when.

    \b
    annex pack                          pack the project in this folder
    annex pack examples/hello --check   pack another one, twice, and compare
    annex pack --out notes.tar.zst      choose the file's name

    Exit codes: 0 written, 3 the project breaks a rule.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    source = session.path(folder)
    target = session.path(out or bundle_name(project_manifest(source)))
    packed = pack(source, target)
    if is_checked:
        refuse_unless_reproducible(source, packed)
    data: dict[str, JsonValue] = {
        "file": str(target),
        "content_hash": str(packed.content_hash),
        "size_bytes": packed.size_bytes,
        "entries": packed.entry_count,
        "reproducible": True if is_checked else None,
    }
    reproducible = "   reproducible: yes" if is_checked else ""
    session.show(
        data,
        f"{session.ok(f'{target.name}   {size(packed.size_bytes)}, {packed.entry_count} entries')}\n"
        f"           {packed.content_hash}{reproducible}",
    )
