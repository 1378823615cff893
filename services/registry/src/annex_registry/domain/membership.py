"""Refusals that say who does not belong to a publisher, or that there is none."""

from annex_registry.domain.errors import PublisherMembershipRequired, PublisherNotFound
from annex_shared.names import PublisherSlug


def membership_required(slug: PublisherSlug) -> PublisherMembershipRequired:
    return PublisherMembershipRequired(
        f"You do not belong to the publisher {slug}, so nothing was published. "
        "Ask one of its owners to add you.",
        details={"publisher": slug.text},
    )


def ownership_required(slug: PublisherSlug) -> PublisherMembershipRequired:
    return PublisherMembershipRequired(
        f"Only owners of the publisher {slug} may change it. Ask one of them.",
        details={"publisher": slug.text, "role": "owner"},
    )


def maintainership_required(slug: PublisherSlug) -> PublisherMembershipRequired:
    return PublisherMembershipRequired(
        f"Only owners and maintainers of the publisher {slug} may say this of its versions. Nothing was "
        "changed. Ask one of them.",
        details={"publisher": slug.text, "role": "maintainer"},
    )


def publisher_not_found(slug: PublisherSlug) -> PublisherNotFound:
    return PublisherNotFound(
        f"There is no publisher {slug}. An administrator creates it and adds you to it.",
        details={"publisher": slug.text},
    )
