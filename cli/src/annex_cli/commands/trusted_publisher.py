"""`annex trusted-publisher`: say which builds may publish, without a key of anybody's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from pydantic import JsonValue, ValidationError

from annex_cli.credentials import Purpose
from annex_cli.errors import InvalidUsage
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.contracts.trusted_publishing import (
    AddTrustedPublisher,
    ChangeTrustedOnly,
    TrustedPublisherView,
)
from annex_shared.display_text import shown
from annex_shared.ids import InvalidId, parse_uuid
from annex_shared.names import ExtensionRef, PublisherSlug

GITHUB = "https://token.actions.githubusercontent.com"

Answered = TypeVar("Answered")


@click.group("trusted-publisher")
@global_flags
def command() -> None:
    """Say which builds may publish: a token of their CI takes the place of an API key."""


@command.command("add")
@click.argument("target", metavar="EXT|PUBLISHER")
@click.option("--issuer", metavar="URL", help="Who vouches for the build, as `iss` in its tokens.")
@click.option("--claim", "claims", multiple=True, metavar="NAME=VALUE", help="What a token must say; repeat.")
@click.option("--github", metavar="OWNER/REPO", help="GitHub Actions: the repository.")
@click.option("--owner-id", metavar="ID", help="GitHub: the owner's number, which no later owner has.")
@click.option("--workflow", metavar="FILE", help="GitHub: the workflow, such as release.yml; needs --ref.")
@click.option("--ref", metavar="REF", help="GitHub: where it runs, such as refs/heads/main.")
@click.option("--environment", metavar="NAME", help="GitHub: the environment the job runs in.")
@click.option("--audience", metavar="TEXT", help="For tokens made for another audience than the platform's.")
@global_flags
@click.pass_context
def add(
    context: click.Context,
    /,
    target: str,
    issuer: str | None,
    claims: tuple[str, ...],
    audience: str | None,
    **build: str | None,
) -> None:
    """Trust a build to publish one extension, or every extension of a publisher.

    \b
    annex trusted-publisher add acme/notes --github acme/notes --owner-id 4711 --environment release
    annex trusted-publisher add acme/notes --issuer https://gitlab.com --claim project_path=acme/notes

    Exit codes: 0 trusted, 3 it cannot be meant so, 4 not an owner.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    slug, name = _target(target)
    said = dict(_claim(text) for text in claims)
    said |= _github_claims(**build)
    if issuer is None and build["github"] is None:
        raise InvalidUsage("Who vouches for the build? Name --issuer URL, or --github OWNER/REPO.")
    try:
        wish = AddTrustedPublisher(issuer=issuer or GITHUB, claims=said, name=name, audience=audience)
    except ValidationError:
        raise InvalidUsage("A claim has a name of letters and digits, and a text of 1 to 512.") from None
    trusted = _asked(session, lambda client: client.add_trusted_publisher(slug, wish))
    session.show(_facts(trusted), session.ok(f"{target} may be published by\n{_told(trusted)}"))


@command.command("list")
@click.argument("publisher")
@global_flags
@click.pass_context
def list_all(context: click.Context, publisher: str) -> None:
    """List the builds that a publisher trusts; its members may."""
    session = begin(context)
    slug = str(PublisherSlug.of(publisher))
    found = _asked(session, lambda client: client.trusted_publishers(slug)).items
    text = "\n".join(_told(trusted) for trusted in found) or f"{slug} trusts no build."
    session.show({"items": [_facts(trusted) for trusted in found]}, text)


@command.command("remove")
@click.argument("publisher")
@click.argument("trusted_id", metavar="ID")
@global_flags
@click.pass_context
def remove(context: click.Context, publisher: str, trusted_id: str) -> None:
    """Trust a build no longer; tokens it was given end at once, what it published stays."""
    session = begin(context)
    slug = str(PublisherSlug.of(publisher))
    try:
        wanted = str(parse_uuid(trusted_id, field="ID"))
    except InvalidId as error:
        raise InvalidUsage(error.message) from None
    _asked(session, lambda client: client.remove_trusted_publisher(slug, wanted))
    session.show({"id": wanted, "publisher": slug}, session.ok(f"{slug} trusts {wanted} no longer"))


@command.command("only")
@click.argument("extension")
@click.option("--reason", metavar="TEXT", required=True, help="Why; it stays on record.")
@click.option("--off", is_flag=True, help="Let members publish with their keys again.")
@global_flags
@click.pass_context
def only(context: click.Context, extension: str, reason: str, off: bool) -> None:
    """Let nobody but trusted publishers publish an extension; its owners may say so."""
    session = begin(context)
    wish = ChangeTrustedOnly(trusted_only=not off, reason=reason)
    ref = str(ExtensionRef.parse(extension))
    view = _asked(session, lambda client: client.change_trusted_only(ref, wish))
    who = "its trusted publishers only" if view.trusted_only else "its members and trusted publishers"
    data: dict[str, JsonValue] = {"extension": view.extension, "trusted_only": view.trusted_only}
    session.show(data, session.ok(f"{view.extension} is published by {who}"))


def _asked(session: Session, call: Callable[[PlatformClient], Awaitable[Answered]]) -> Answered:
    async def ask() -> Answered:
        async with session.platform(Purpose.ADMINISTER) as client:
            return await call(client)

    return asyncio.run(ask())


def _target(text: str) -> tuple[str, str | None]:
    if "/" in text:
        ref = ExtensionRef.parse(text)
        return str(ref.publisher), str(ref.name)
    return str(PublisherSlug.of(text)), None


def _claim(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not (name and found and value):
        raise InvalidUsage(f'--claim "{shown(text, limit=80)}" is not NAME=VALUE.')
    return name, value


def _github_claims(
    github: str | None,
    owner_id: str | None,
    workflow: str | None,
    ref: str | None,
    environment: str | None,
) -> dict[str, str]:
    if github is None:
        if owner_id or workflow or ref or environment:
            raise InvalidUsage("--owner-id, --workflow, --ref and --environment go with --github.")
        return {}
    if owner_id is None:
        raise InvalidUsage(
            "--owner-id is missing: names can be registered again by somebody else, numbers cannot.",
            hint=f"gh api users/{github.partition('/')[0]} --jq .id",
        )
    claims = {"repository": github, "repository_owner_id": owner_id}
    if workflow is not None:
        if ref is None:
            raise InvalidUsage(
                "--workflow needs --ref, such as refs/heads/main: GitHub says both in one claim."
            )
        claims["workflow_ref"] = f"{github}/.github/workflows/{workflow}@{ref}"
    elif ref is not None:
        claims["ref"] = ref
    if environment is not None:
        claims["environment"] = environment
    return claims


def _facts(trusted: TrustedPublisherView) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = trusted.model_dump(mode="json")
    return facts


def _told(trusted: TrustedPublisherView) -> str:
    whose = f"{trusted.publisher}/{trusted.name or '*'}"
    lines = [f"{trusted.id}  {whose}", f"  issuer    {trusted.issuer}", f"  audience  {trusted.audience}"]
    lines += [
        f"  claim     {name} = {shown(value, limit=120)}" for name, value in sorted(trusted.claims.items())
    ]
    return "\n".join(lines)
