"""`annex keys`: the keys that sign for a publisher."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.publisher_keys import agree, key_table, key_to_add, settled
from annex_shared.contracts.publish import PublisherKeyView

_from = click.option("--valid-from", metavar="TIME", help="From when the key counts.  [now]")
_until = click.option("--valid-until", metavar="TIME", help="Until when it counts.  [for ever]")


@click.group("keys")
def command() -> None:
    """List, add, rotate and revoke the keys that sign for a publisher.

    Owners of the publisher may change them. Every change is an entry of the transparency log.

    \b
    annex keys list acme
    annex keys add acme acme.pub
    annex keys rotate acme 0123456789abcdef new.pub
    annex keys revoke acme 0123456789abcdef
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("list")
@click.argument("publisher")
@global_flags
@click.pass_context
def list_keys(context: click.Context, publisher: str) -> None:
    """Show the keys that count. A revoked one is not among them.

    Exit codes: 0 listed, 4 not allowed, 5 no such publisher.
    """
    session = begin(context)

    async def read() -> list[PublisherKeyView]:
        async with session.platform(Purpose.USE) as client:
            return (await client.publisher(publisher)).keys

    keys = asyncio.run(read())
    data: dict[str, JsonValue] = {
        "publisher": publisher,
        "items": [key.model_dump(mode="json") for key in keys],
    }
    width = session.terminal.width
    session.show(data, key_table(keys, width=width) if keys else f"No key signs for {publisher}.")


@command.command("add")
@click.argument("publisher")
@click.argument("file")
@_from
@_until
@global_flags
@click.pass_context
def add(
    context: click.Context, publisher: str, file: str, valid_from: str | None, valid_until: str | None
) -> None:
    """Let a key sign for a publisher. FILE is PEM; of a private key only the public half is sent.

    \b
    annex keys add acme acme.pub
    annex keys add acme acme.pub --valid-until 2027-12-31T00:00:00Z

    Exit codes: 0 added, 3 the key cannot be used, 4 not allowed, 5 no such publisher, 6 added before,
    9 the platform cannot record it now, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    key = key_to_add(session.path(file), valid_from, valid_until)

    async def send() -> PublisherKeyView:
        async with session.platform(Purpose.ADMINISTER) as client:
            return await settled(client.add_key(publisher, key), publisher)

    added = asyncio.run(send())
    data: dict[str, JsonValue] = {"publisher": publisher, **added.model_dump(mode="json")}
    session.show(data, session.ok(f"key {added.key_id} signs for {publisher}{_entry(added)}"))


@command.command("rotate")
@click.argument("publisher")
@click.argument("key_id")
@click.argument("file")
@_from
@_until
@global_flags
@click.pass_context
def rotate(
    context: click.Context,
    publisher: str,
    key_id: str,
    file: str,
    valid_from: str | None,
    valid_until: str | None,
) -> None:
    """Put a key in the place of another: one is added and the other revoked, or neither. Asks first.

    Exit codes: 0 done, 3 the key cannot be used, 4 not allowed, 5 no such publisher or key, 6 added before,
    8 not agreed to, 9 the platform cannot record it now, 10 sent without an answer.
    """
    session = begin(context)
    key = key_to_add(session.path(file), valid_from, valid_until)
    sentence = f"Key {key_id} of {publisher} is revoked for good. What it signed stays published."
    agree(session, sentence, "Rotate?", f"annex keys rotate {publisher} {key_id} {file} --yes")

    async def send() -> PublisherKeyView:
        async with session.platform(Purpose.ADMINISTER) as client:
            return await settled(client.rotate_key(publisher, key_id, key), publisher)

    added = asyncio.run(send())
    data: dict[str, JsonValue] = {
        "publisher": publisher,
        "revoked": key_id,
        **added.model_dump(mode="json"),
    }
    text = f"key {added.key_id} signs for {publisher} in the place of {key_id}{_entry(added)}"
    session.show(data, session.ok(text))


@command.command("revoke")
@click.argument("publisher")
@click.argument("key_id")
@global_flags
@click.pass_context
def revoke(context: click.Context, publisher: str, key_id: str) -> None:
    """Stop trusting a key for new versions, for good. Asks first; what it signed stays published.

    \b
    annex keys revoke acme 0123456789abcdef
    annex keys revoke acme 0123456789abcdef --yes    without a question, for scripts

    Exit codes: 0 revoked, 4 not allowed, 5 no such publisher or active key, 8 not agreed to,
    9 the platform cannot record it now, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    sentence = f"Key {key_id} of {publisher} is revoked for good. What it signed stays published."
    agree(session, sentence, f"Revoke {key_id}?", f"annex keys revoke {publisher} {key_id} --yes")

    async def send() -> None:
        async with session.platform(Purpose.ADMINISTER) as client:
            await settled(client.revoke_key(publisher, key_id), publisher)

    asyncio.run(send())
    session.show(
        {"publisher": publisher, "revoked": key_id},
        session.ok(f"key {key_id} signs for {publisher} no more"),
    )


def _entry(key: PublisherKeyView) -> str:
    return "" if key.log_index is None else f" · log entry {key.log_index}"
