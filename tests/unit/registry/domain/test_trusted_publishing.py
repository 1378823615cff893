from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from annex_registry.domain.errors import InvalidTrustedPublisher, PublishTokenRefused
from annex_registry.domain.trusted_publishing import (
    GITHUB,
    PublishGrant,
    PublishTokenText,
    TrustedActor,
    TrustedPublisher,
    VerifiedIdToken,
    refuse_loose_claims,
)
from annex_shared.names import ExtensionRef, PublisherSlug

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ID = UUID("0190a000-0000-7000-8000-0000000000a1")


def _token(byte: int = 7) -> PublishTokenText:
    return PublishTokenText.mint(ID, lambda count: bytes([byte]) * count)


def _grant(token: PublishTokenText) -> PublishGrant:
    actor = TrustedActor(ID, "https://issuer.example", "a build", {})
    return PublishGrant(
        ID, token.secret_hash(), ExtensionRef.parse("acme/notes"), actor, NOW, NOW + timedelta(minutes=15)
    )


def _id_token(**claims: object) -> VerifiedIdToken:
    return VerifiedIdToken("https://issuer.example", "a build", ("annex",), "jti", NOW, claims)


def test_a_token_is_read_as_it_was_written() -> None:
    token = _token()

    assert PublishTokenText.parse(token.reveal()) == token


def test_a_token_opens_its_own_grant_only() -> None:
    assert _token().opens(_grant(_token()))
    assert not _token(8).opens(_grant(_token()))


def test_a_token_shows_its_secret_to_its_holder_only() -> None:
    token = _token()

    assert token.secret not in repr(token)
    assert token.secret not in repr(_grant(token))


@pytest.mark.parametrize("text", ["", "annexpub_", "annex_0123", "annexpub_" + "g" * 32 + "_" + "A" * 43])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(PublishTokenRefused):
        PublishTokenText.parse(text)


@pytest.mark.parametrize(
    ("claims", "differing"),
    [
        ({"repository": "acme/notes", "ref": "main", "more": "x"}, []),
        ({"repository": "acme/notes"}, ["ref"]),
        ({"repository": "ACME/notes", "ref": "main"}, ["repository"]),
        ({"repository": ["acme/notes"], "ref": "main"}, ["repository"]),
        ({"repository": "acme/notes ", "ref": "main2"}, ["ref", "repository"]),
    ],
)
def test_claims_are_compared_as_exact_texts(claims: dict[str, object], differing: list[str]) -> None:
    trusted = TrustedPublisher(
        ID,
        PublisherSlug("acme"),
        None,
        "https://issuer.example",
        "annex",
        {"repository": "acme/notes", "ref": "main"},
        NOW,
    )

    assert trusted.differing(claims) == differing


def test_what_stays_on_record_is_what_was_matched_and_what_tells_of_the_build() -> None:
    token = _id_token(repository="acme/notes", custom="x", sha="abc", actor="somebody", run_id=7)

    assert token.evidence({"custom": "x"}) == {"custom": "x", "repository": "acme/notes", "sha": "abc"}


@pytest.mark.parametrize(
    "claims", [{"repository": "acme/notes"}, {"repository_owner_id": "7"}, {"environment": "release"}, {}]
)
def test_what_strangers_of_github_would_fit_is_refused(claims: dict[str, str]) -> None:
    with pytest.raises(InvalidTrustedPublisher):
        refuse_loose_claims(GITHUB, claims)


@pytest.mark.parametrize(
    ("issuer", "claims"),
    [
        (GITHUB, {"repository_id": "9"}),
        (GITHUB, {"repository": "acme/notes", "repository_owner_id": "7"}),
        ("https://gitlab.example", {"project_path": "acme/notes"}),
    ],
)
def test_a_pinned_identity_is_accepted(issuer: str, claims: dict[str, str]) -> None:
    refuse_loose_claims(issuer, claims)
