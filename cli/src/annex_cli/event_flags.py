"""The flags by which commands choose events of a feed."""

import click

from annex_cli.event_examples import READABLE_FEEDS

feed_flag = click.option(
    "--feed", type=click.Choice(READABLE_FEEDS), help="Which feed; otherwise the one --type is in."
)
type_flag = click.option(
    "--type", "pattern", metavar="PATTERN", help="Only these types, such as 'version.*'."
)
