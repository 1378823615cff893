"""Publishing by the word of an OIDC issuer: exchange, replay, what a token may do, what stays on record."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.trusted_publishing import PUBLISH_TOKEN_HEADER
from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from annex_shared.signing import SigningKey
from integration.registry.world import (
    READ_PUBLISH,
    Answer,
    World,
    bundle,
    signed,
    somebody,
)
from support.oidc_issuer import AUDIENCE, CLAIMS, Issuer, IssuerKey, running_issuer

TRUSTED = "/api/v1/publishers/acme/trusted-publishers"
EXCHANGE = "/api/v1/trusted-publishing/token"
SWITCH = "/api/v1/extensions/acme/invoice-notes/trusted-only"
DETAIL = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0"
MATCHED = {name: CLAIMS[name] for name in ("repository", "repository_owner_id", "workflow_ref")}
GATEWAY = Caller("service:gateway")
CONTENT = bundle()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running_issuer() as issuer:
        yield issuer


def allowing(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    return {
        "trusted_publishing_issuers": issuer.url,
        "trusted_publishing_audience": AUDIENCE,
        **changes,
    }


@pytest.fixture
async def trusting(world: World, bus: Bus, issuer: Issuer) -> AsyncIterator[World]:
    """Return a registry whose publisher acme trusts one repository with one extension."""
    async with world.running(bus, **allowing(issuer)) as registry:
        await trust(registry, issuer)
        yield registry


async def trust(registry: World, issuer: Issuer, **changes: Any) -> Any:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    wish = {"issuer": issuer.url, "name": "invoice-notes", "claims": MATCHED, **changes}
    answer = await registry.ask("POST", TRUSTED, wish)
    assert answer.status == 201, answer.body
    return answer.body


async def exchanged(registry: World, id_token: str, *, extension: str = "acme/invoice-notes") -> Answer:
    return await registry.ask(
        "POST", EXCHANGE, {"extension": extension, "id_token": id_token}, caller=GATEWAY
    )


async def token_of(registry: World, issuer: Issuer) -> dict[str, str]:
    """Exchange a good id token and return the header that carries what was given for it."""
    answer = await exchanged(registry, issuer.token())
    assert answer.status == 201, answer.body
    return {PUBLISH_TOKEN_HEADER: answer.body["token"]}


async def published_with(
    registry: World, token: dict[str, str], content: bytes = CONTENT, **options: Any
) -> Answer:
    headers = {**token, **options.pop("headers", {})}
    return await registry.publish_at_once(content, caller=GATEWAY, headers=headers, **options)


async def test_a_build_publishes_and_stays_on_record(trusting: World, issuer: Issuer) -> None:
    token = await token_of(trusting, issuer)

    answer = await published_with(trusting, token)

    detail = await trusting.ask("GET", DETAIL)
    assert answer.status == 201, answer.body
    assert detail.body["trusted_publisher"]["issuer"] == issuer.url
    assert detail.body["trusted_publisher"]["subject"] == "repo:acme/invoice-notes:environment:release"
    assert detail.body["trusted_publisher"]["claims"] == CLAIMS
    async with trusting.database() as connection:
        by = await connection.fetchval("SELECT published_by FROM extension_version")
        kept = await connection.fetchrow(
            "SELECT secret_hash, expires_at - created_at AS life FROM publish_token"
        )
    assert by == f"trusted-publisher:{detail.body['trusted_publisher']['id']}"
    assert kept["life"] <= timedelta(minutes=15)
    assert token[PUBLISH_TOKEN_HEADER].encode() not in kept["secret_hash"]


async def test_a_version_of_a_principal_has_no_trusted_publisher(trusting: World) -> None:
    await trusting.published(CONTENT)

    detail = await trusting.ask("GET", DETAIL)

    assert detail.body["trusted_publisher"] is None


async def test_an_upload_in_steps_takes_the_token_too(trusting: World, issuer: Issuer) -> None:
    token = await token_of(trusting, issuer)
    wish = {"size_bytes": len(CONTENT), "content_hash": str(ContentHash.of(CONTENT))}
    opened = await trusting.ask("POST", "/api/v1/uploads", wish, caller=GATEWAY, headers=token)
    upload = opened.headers["location"]
    await trusting.append(upload, CONTENT, at=0, caller=GATEWAY, headers=token)

    strangers = await trusting.ask("POST", f"{upload}/finalize", {})
    answer = await trusting.ask("POST", f"{upload}/finalize", {}, caller=GATEWAY, headers=token)

    assert (strangers.status, strangers.code) == (404, "UPLOAD_NOT_FOUND")
    assert answer.status == 201, answer.body


# The exchange.


async def test_the_exchange_says_which_audience_and_issuers_count(trusting: World, issuer: Issuer) -> None:
    answer = await trusting.ask("GET", "/api/v1/trusted-publishing", caller=GATEWAY)

    assert answer.body == {"audience": AUDIENCE, "issuers": [issuer.url]}


NOW = datetime.now(UTC)
LONG_AGO: dict[str, Any] = {
    "iat": NOW - timedelta(hours=1),
    "nbf": NOW - timedelta(hours=1),
    "exp": NOW - timedelta(minutes=5),
}
SOON: dict[str, Any] = {
    "iat": NOW + timedelta(hours=1),
    "nbf": NOW + timedelta(hours=1),
    "exp": NOW + timedelta(hours=2),
}
STRANGER = IssuerKey.rsa("rsa-1")
BAD_TOKENS: dict[str, tuple[Callable[[Issuer], str], int, str]] = {
    "no-token": (lambda _: "nonsense", 400, "ID_TOKEN_MALFORMED"),
    "no-issuer": (lambda issuer: issuer.token(without=("iss",)), 400, "ID_TOKEN_MALFORMED"),
    "foreign-issuer": (lambda issuer: issuer.token(iss="https://evil.example"), 403, "ISSUER_NOT_ALLOWED"),
    "almost-the-issuer": (lambda issuer: issuer.token(iss=f"{issuer.url}/"), 403, "ISSUER_NOT_ALLOWED"),
    "unsigned": (
        lambda issuer: jwt.encode({"iss": issuer.url}, "", algorithm="none"),
        403,
        "ID_TOKEN_INVALID",
    ),
    "symmetric": (
        lambda issuer: jwt.encode({"iss": issuer.url}, "k" * 32, algorithm="HS256"),
        403,
        "ID_TOKEN_INVALID",
    ),
    "strangers-key": (lambda issuer: issuer.token(key=STRANGER), 403, "ID_TOKEN_INVALID"),
    "unknown-key": (lambda issuer: issuer.token(headers={"kid": "new"}), 403, "ID_TOKEN_KEY_UNKNOWN"),
    "other-algorithm": (
        lambda issuer: jwt.encode(
            {"iss": issuer.url}, issuer.keys[0].private, algorithm="RS384", headers={"kid": "rsa-1"}
        ),
        403,
        "ID_TOKEN_INVALID",
    ),
    "expired": (lambda issuer: issuer.token(**LONG_AGO), 403, "ID_TOKEN_EXPIRED"),
    "not-valid-yet": (lambda issuer: issuer.token(**SOON), 403, "ID_TOKEN_NOT_YET_VALID"),
    "valid-for-a-week": (lambda issuer: issuer.token(exp=NOW + timedelta(days=7)), 403, "ID_TOKEN_INVALID"),
    "without-jti": (lambda issuer: issuer.token(without=("jti",)), 403, "ID_TOKEN_INVALID"),
    "empty-jti": (lambda issuer: issuer.token(jti=""), 403, "ID_TOKEN_INVALID"),
    "without-exp": (lambda issuer: issuer.token(without=("exp",)), 403, "ID_TOKEN_INVALID"),
    "other-audience": (lambda issuer: issuer.token(aud="elsewhere"), 403, "ID_TOKEN_AUDIENCE_MISMATCH"),
    "other-repository": (
        lambda issuer: issuer.token(repository="evil/invoice-notes"),
        403,
        "TRUSTED_PUBLISHER_MISMATCH",
    ),
    "same-name-other-owner": (
        lambda issuer: issuer.token(repository_owner_id="1"),
        403,
        "TRUSTED_PUBLISHER_MISMATCH",
    ),
    "claim-missing": (
        lambda issuer: issuer.token(without=("workflow_ref",)),
        403,
        "TRUSTED_PUBLISHER_MISMATCH",
    ),
    "claim-of-another-type": (
        lambda issuer: issuer.token(repository_owner_id=4711),
        403,
        "TRUSTED_PUBLISHER_MISMATCH",
    ),
}


@pytest.mark.parametrize(("make", "status", "code"), BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_a_token_that_does_not_count_is_exchanged_for_nothing(
    trusting: World, issuer: Issuer, make: Callable[[Issuer], str], status: int, code: str
) -> None:
    answer = await exchanged(trusting, make(issuer))

    assert (answer.status, answer.code) == (status, code)
    async with trusting.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM publish_token") == 0
        assert await connection.fetchval("SELECT count(*) FROM spent_id_token") == 0


async def test_what_differs_is_named_and_not_what_was_expected(trusting: World, issuer: Issuer) -> None:
    answer = await exchanged(trusting, issuer.token(repository="evil/notes"))

    assert answer.body["details"]["claims"] == ["repository"]
    assert "acme/invoice-notes" not in str(answer.body["details"]["claims"])


async def test_another_extension_has_its_own_trusted_publishers(trusting: World, issuer: Issuer) -> None:
    answer = await exchanged(trusting, issuer.token(), extension="acme/other")

    assert (answer.status, answer.code) == (403, "TRUSTED_PUBLISHER_MISMATCH")


async def test_a_trusted_publisher_without_a_name_is_for_every_extension(
    trusting: World, issuer: Issuer
) -> None:
    await trust(trusting, issuer, name=None)

    answer = await exchanged(trusting, issuer.token(), extension="acme/other")

    assert (answer.status, answer.body["extension"]) == (201, "acme/other")


async def test_an_audience_of_its_own_replaces_the_deployments(trusting: World, issuer: Issuer) -> None:
    await trust(trusting, issuer, name="other", audience="special")

    usual = await exchanged(trusting, issuer.token(), extension="acme/other")
    special = await exchanged(trusting, issuer.token(aud=["special", "x"]), extension="acme/other")

    assert (usual.code, special.status) == ("ID_TOKEN_AUDIENCE_MISMATCH", 201)


# Replay.


async def test_an_id_token_is_good_for_one_exchange(trusting: World, issuer: Issuer) -> None:
    id_token = issuer.token()
    first = await exchanged(trusting, id_token)

    again = await exchanged(trusting, id_token)

    assert first.status == 201
    assert (again.status, again.code) == (403, "ID_TOKEN_REPLAYED")


async def test_of_twenty_exchanges_at_once_one_wins(trusting: World, issuer: Issuer) -> None:
    id_token = issuer.token()

    answers = await asyncio.gather(*(exchanged(trusting, id_token) for _ in range(20)))

    assert sorted(answer.status for answer in answers) == [201, *[403] * 19]
    assert {answer.code for answer in answers if answer.status == 403} == {"ID_TOKEN_REPLAYED"}
    async with trusting.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM publish_token") == 1


async def test_a_refused_exchange_does_not_spend_the_token(trusting: World, issuer: Issuer) -> None:
    id_token = issuer.token()
    refused = await exchanged(trusting, id_token, extension="acme/other")

    answer = await exchanged(trusting, id_token)

    assert (refused.status, answer.status) == (403, 201)


async def test_a_spent_token_is_remembered_beyond_every_clock_and_then_forgotten(
    world: World, bus: Bus, issuer: Issuer
) -> None:
    async with world.running(bus, **allowing(issuer, sweep_interval_seconds=0.05)) as registry:
        await trust(registry, issuer)
        await exchanged(registry, issuer.token(exp=datetime.now(UTC) + timedelta(minutes=5)))
        async with registry.database() as connection:
            kept = await connection.fetchval("SELECT forget_at - now() FROM spent_id_token")
            await connection.execute("UPDATE spent_id_token SET forget_at = now()")
            async with asyncio.timeout(10):
                while await connection.fetchval("SELECT count(*) FROM spent_id_token"):  # noqa: ASYNC110 - its state
                    await asyncio.sleep(0.05)

    assert kept > timedelta(minutes=10)


# The issuer.


@pytest.mark.parametrize("key", [IssuerKey.rsa("next"), IssuerKey.ec("next")], ids=["RS256", "ES256"])
async def test_a_rotated_key_is_found_at_once(trusting: World, issuer: Issuer, key: IssuerKey) -> None:
    before = await exchanged(trusting, issuer.token())
    old = issuer.keys[0]
    issuer.keys = [key]

    after = await exchanged(trusting, issuer.token())
    still = await exchanged(trusting, issuer.token(key=old))

    assert (before.status, after.status) == (201, 201)
    assert (still.status, still.code) == (403, "ID_TOKEN_KEY_UNKNOWN")


async def test_invented_key_ids_do_not_make_us_ask_again_and_again(trusting: World, issuer: Issuer) -> None:
    await exchanged(trusting, issuer.token())

    for number in range(10):
        await exchanged(trusting, issuer.token(headers={"kid": f"invented-{number}"}))

    assert issuer.asked == 2


async def test_an_issuer_that_is_down_decides_nothing(trusting: World, issuer: Issuer) -> None:
    issuer.is_down = True

    answer = await exchanged(trusting, issuer.token())

    assert (answer.status, answer.code) == (503, "ISSUER_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0


async def test_known_keys_count_while_the_issuer_is_down(trusting: World, issuer: Issuer) -> None:
    await exchanged(trusting, issuer.token())
    issuer.is_down = True

    known = await exchanged(trusting, issuer.token())
    unknown = await exchanged(trusting, issuer.token(headers={"kid": "new"}))

    assert known.status == 201
    assert (unknown.status, unknown.code) == (503, "ISSUER_UNAVAILABLE")


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://other.example"},
        {"jwks_uri": "http://169.254.169.254/keys"},
        {"jwks_uri": "https://keys.example/keys"},
        {"jwks_uri": 7},
    ],
    ids=["of-another", "metadata-service", "another-host", "no-address"],
)
async def test_an_issuer_cannot_send_us_elsewhere(
    trusting: World, issuer: Issuer, discovery: dict[str, Any]
) -> None:
    issuer.discovery = discovery

    answer = await exchanged(trusting, issuer.token())

    assert (answer.status, answer.code) == (503, "ISSUER_UNAVAILABLE")
    assert issuer.asked == 0


async def test_a_weak_key_of_an_issuer_counts_for_nothing(trusting: World, issuer: Issuer) -> None:
    issuer.keys = [IssuerKey.rsa("weak", bits=1024)]

    with pytest.warns(Warning, match="1024"):
        answer = await exchanged(trusting, issuer.token())

    assert answer.code == "ID_TOKEN_KEY_UNKNOWN"


# What a publish token may do.


async def test_a_token_publishes_its_own_extension_only(trusting: World, issuer: Issuer) -> None:
    token = await token_of(trusting, issuer)
    facts = await trusting.facts()

    answer = await published_with(trusting, token, bundle(name="other"), to="acme/other")

    assert (answer.status, answer.code) == (403, "PUBLISH_TOKEN_MISMATCH")
    assert await trusting.facts() == facts


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/extensions"),
        ("GET", "/api/v1/installs"),
        ("PUT", SWITCH),
        ("POST", TRUSTED),
        ("POST", f"{DETAIL}/status"),
        ("POST", "/api/v1/publishers/acme/keys"),
    ],
)
async def test_a_token_is_no_credential_anywhere_else(
    trusting: World, issuer: Issuer, method: str, path: str
) -> None:
    token = await token_of(trusting, issuer)

    answer = await trusting.ask(method, path, {} if method != "GET" else None, caller=GATEWAY, headers=token)

    assert (answer.status, answer.code) == (401, "PUBLISH_TOKEN_REFUSED")


async def test_a_token_beside_a_principal_is_refused(trusting: World, issuer: Issuer) -> None:
    token = await token_of(trusting, issuer)

    answer = await trusting.publish_at_once(CONTENT, headers=token)

    assert (answer.status, answer.code) == (401, "PUBLISH_TOKEN_REFUSED")


@pytest.mark.parametrize("change", [lambda token: token[:-1] + "!", lambda token: token[:-3] + "AAA"])
async def test_a_changed_token_is_refused(
    trusting: World, issuer: Issuer, change: Callable[[str], str]
) -> None:
    token = await token_of(trusting, issuer)

    answer = await published_with(trusting, {PUBLISH_TOKEN_HEADER: change(token[PUBLISH_TOKEN_HEADER])})

    assert (answer.status, answer.code) == (401, "PUBLISH_TOKEN_REFUSED")


async def test_an_expired_token_says_so(trusting: World, issuer: Issuer) -> None:
    token = await token_of(trusting, issuer)
    async with trusting.database() as connection:
        await connection.execute(
            "UPDATE publish_token SET created_at = now() - interval '1 hour', "
            "expires_at = now() - interval '50 min'"
        )

    answer = await published_with(trusting, token)

    assert (answer.status, answer.code) == (401, "PUBLISH_TOKEN_EXPIRED")


async def test_a_removed_trusted_publisher_takes_its_tokens_along(trusting: World, issuer: Issuer) -> None:
    token = await token_of(trusting, issuer)
    listed = await trusting.ask("GET", TRUSTED)
    path = f"{TRUSTED}/{listed.body['items'][0]['id']}"

    removed, again = await trusting.ask("DELETE", path), await trusting.ask("DELETE", path)
    answer = await published_with(trusting, token)

    assert (removed.status, again.code) == (204, "TRUSTED_PUBLISHER_NOT_FOUND")
    assert (answer.status, answer.code) == (401, "PUBLISH_TOKEN_REFUSED")
    assert (await exchanged(trusting, issuer.token())).code == "TRUSTED_PUBLISHER_MISMATCH"


# Signatures.


@pytest.mark.parametrize(
    ("policy", "status"), [("required", 403), ("required-unless-trusted", 201), ("optional", 201)]
)
async def test_the_policy_says_whether_a_build_must_sign(
    world: World, bus: Bus, issuer: Issuer, policy: str, status: int
) -> None:
    async with world.running(bus, **allowing(issuer, signature_policy=policy)) as registry:
        await trust(registry, issuer)

        answer = await published_with(registry, await token_of(registry, issuer))

    assert answer.status == status
    assert status == 201 or answer.code == "SIGNATURE_REQUIRED"


async def test_a_principal_must_sign_although_a_build_need_not(
    world: World, bus: Bus, issuer: Issuer
) -> None:
    async with world.running(bus, **allowing(issuer, signature_policy="required-unless-trusted")) as registry:
        answer = await registry.publish_at_once(CONTENT)

    assert (answer.status, answer.code) == (403, "SIGNATURE_REQUIRED")


async def test_a_signature_of_a_build_is_verified_also_where_it_need_not_be_there(
    world: World, bus: Bus, issuer: Issuer
) -> None:
    async with world.running(bus, **allowing(issuer)) as registry:
        await trust(registry, issuer)
        key = await registry.staged(CONTENT)
        forged = signed(CONTENT, SigningKey.generate())

        answer = await registry.finalize(key, signature=forged)

    assert (answer.status, answer.code) == (403, "SIGNER_UNKNOWN")


# Only trusted publishers.


async def test_where_only_trusted_publishers_may_nobody_else_publishes(
    trusting: World, issuer: Issuer
) -> None:
    await trusting.published(bundle(version="1.3.0"))
    said = await trusting.ask("PUT", SWITCH, {"trusted_only": True, "reason": "Builds only."})
    facts = await trusting.facts()

    refused = await trusting.publish_at_once(CONTENT)
    staged = await trusting.publish(CONTENT)
    after = await trusting.facts()
    built = await published_with(trusting, await token_of(trusting, issuer))

    assert (said.status, said.body["trusted_only"]) == (200, True)
    assert (refused.status, refused.code) == (403, "TRUSTED_PUBLISHING_REQUIRED")
    assert (staged.status, staged.code) == (403, "TRUSTED_PUBLISHING_REQUIRED")
    assert after == facts
    assert built.status == 201, built.body


async def test_what_was_said_about_it_stays_readable(trusting: World) -> None:
    await trusting.published(CONTENT)
    for is_on, reason in ((True, "Builds only."), (True, "Again."), (False, "An emergency.")):
        await trusting.ask("PUT", SWITCH, {"trusted_only": is_on, "reason": reason})

    answer = await trusting.ask("GET", SWITCH)

    assert answer.body["trusted_only"] is False
    assert [change["reason"] for change in answer.body["changes"]] == ["An emergency.", "Builds only."]
    assert {change["actor"] for change in answer.body["changes"]} == {"admin"}
    assert (await trusting.publish(bundle(version="1.5.0"))).status == 200


@pytest.mark.parametrize("role", ["member", "maintainer"])
async def test_only_an_owner_says_who_may_publish(trusting: World, issuer: Issuer, role: str) -> None:
    await trusting.published(CONTENT)
    caller = somebody(*READ_PUBLISH)
    await trusting.ask(
        "POST", "/api/v1/publishers/acme/members", {"principal_id": caller.principal, "role": role}
    )
    wish = {"issuer": issuer.url, "claims": MATCHED}

    switched = await trusting.ask("PUT", SWITCH, {"trusted_only": True, "reason": "Mine."}, caller=caller)
    added = await trusting.ask("POST", TRUSTED, wish, caller=caller)

    assert (switched.status, switched.code) == (403, "PUBLISHER_MEMBERSHIP_REQUIRED")
    assert (added.status, added.code) == (403, "PUBLISHER_MEMBERSHIP_REQUIRED")
    assert (await trusting.ask("GET", TRUSTED, caller=caller)).status == 200


async def test_an_administrator_who_owns_nothing_does_not_switch_it(trusting: World) -> None:
    await trusting.published(CONTENT)
    stranger = replace(trusting.caller, principal="another-admin")

    answer = await trusting.ask("PUT", SWITCH, {"trusted_only": True, "reason": "x"}, caller=stranger)

    assert (answer.status, answer.code) == (403, "PUBLISHER_MEMBERSHIP_REQUIRED")


# Whom one may trust.


async def test_strangers_do_not_read_whom_a_publisher_trusts(trusting: World) -> None:
    answer = await trusting.ask("GET", TRUSTED, caller=somebody(*READ_PUBLISH))

    assert (answer.status, answer.code) == (403, "PUBLISHER_MEMBERSHIP_REQUIRED")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"issuer": "https://evil.example"}, "INVALID_TRUSTED_PUBLISHER", "issuer"),
        ({"claims": {}}, "INVALID_TRUSTED_PUBLISHER", "claims"),
        ({"claims": {"a b": "c"}}, "INVALID_REQUEST", None),
        ({"name": "No Name"}, "INVALID_EXTENSION_NAME", "name"),
    ],
)
async def test_whom_nobody_could_mean_is_not_trusted(
    trusting: World, issuer: Issuer, changes: dict[str, Any], code: str, field: str | None
) -> None:
    wish = {"issuer": issuer.url, "claims": MATCHED, **changes}

    answer = await trusting.ask("POST", TRUSTED, wish)

    assert (answer.status, answer.code) == (400, code)
    assert answer.body["details"].get("field") == field
    assert len((await trusting.ask("GET", TRUSTED)).body["items"]) == 1


async def test_on_github_a_name_alone_is_not_enough(world: World, bus: Bus) -> None:
    github = "https://token.actions.githubusercontent.com"
    async with world.running(bus, trusted_publishing_issuers=github) as registry:
        await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
        name = {"issuer": github, "claims": {"repository": "acme/notes"}}
        pinned = {"issuer": github, "claims": {"repository": "acme/notes", "repository_owner_id": "7"}}

        answers = [await registry.ask("POST", TRUSTED, wish) for wish in (name, pinned)]

    assert [answer.status for answer in answers] == [400, 201]
    assert answers[0].code == "INVALID_TRUSTED_PUBLISHER"
