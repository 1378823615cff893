from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.api_keys import ApiKey, ApiKeyText, Holder, PrincipalKind
from annex_gateway.domain.errors import (
    ApiKeyExpired,
    ApiKeyMalformed,
    ApiKeyRefused,
    ApiKeyRevoked,
    PermissionDenied,
    PrincipalDisabled,
    TenantMismatch,
)
from annex_shared.permissions import Permission
from unit.gateway.builders import NOW, OTHER_TENANT, PEPPER, TENANT, a_key_text, an_api_key


@given(st.binary(min_size=40, max_size=40))
def test_a_key_reads_back_as_it_was_written(random_bytes: bytes) -> None:
    key = ApiKeyText.mint(lambda count: random_bytes[:count])

    assert ApiKeyText.parse(key.reveal()) == key


@given(st.integers(6, 71), st.sampled_from("0aZ-_"))
def test_a_key_with_one_wrong_character_is_named_as_mistyped(place: int, character: str) -> None:
    text = a_key_text().reveal()
    mistyped = text[:place] + character + text[place + 1 :]
    if mistyped == text:
        return

    with pytest.raises(ApiKeyMalformed):
        ApiKeyText.parse(mistyped)


@pytest.mark.parametrize("text", ["", "annex_", "annex_1_2", "Bearer annex", a_key_text().reveal() + "x"])
def test_something_else_is_no_key(text: str) -> None:
    with pytest.raises(ApiKeyMalformed):
        ApiKeyText.parse(text)


def test_a_secret_shows_in_no_representation() -> None:
    text = a_key_text()

    assert text.secret not in repr(text)
    assert text.secret not in repr(an_api_key(text))


def test_the_hash_depends_on_the_pepper() -> None:
    assert a_key_text().secret_hash(PEPPER) != a_key_text().secret_hash(b"another pepper")


def test_another_secret_is_refused() -> None:
    with pytest.raises(ApiKeyRefused):
        an_api_key().require_secret(a_key_text(2).secret_hash(PEPPER), NOW)


def test_the_right_secret_passes() -> None:
    an_api_key().require_secret(a_key_text().secret_hash(PEPPER), NOW)


def test_a_key_is_valid_until_the_moment_it_expires() -> None:
    key = an_api_key(expires_at=NOW)

    key.require_valid(NOW - timedelta(microseconds=1))
    with pytest.raises(ApiKeyExpired):
        key.require_valid(NOW)


def test_a_revoked_key_is_refused_as_revoked_even_when_expired() -> None:
    with pytest.raises(ApiKeyRevoked):
        an_api_key(revoked_at=NOW, expires_at=NOW).require_valid(NOW)


def test_a_use_is_noted_once_an_hour() -> None:
    assert an_api_key(last_used=None).is_use_worth_noting(NOW)
    assert an_api_key(last_used=NOW - timedelta(hours=1)).is_use_worth_noting(NOW)
    assert not an_api_key(last_used=NOW - timedelta(minutes=59)).is_use_worth_noting(NOW)


def test_a_header_may_repeat_the_tenant_and_never_change_it() -> None:
    identity = an_api_key().identity()

    identity.require_tenant(())
    identity.require_tenant((str(TENANT), f" {str(TENANT).upper()} "))
    with pytest.raises(TenantMismatch):
        identity.require_tenant((str(TENANT), str(OTHER_TENANT)))


def test_an_empty_claim_is_a_claim() -> None:
    with pytest.raises(TenantMismatch):
        an_api_key().identity().require_tenant(("",))


def test_administration_does_not_include_the_other_permissions() -> None:
    identity = an_api_key(permissions=frozenset({Permission.PLATFORM_ADMIN})).identity()

    identity.require(Permission.PLATFORM_ADMIN)
    with pytest.raises(PermissionDenied):
        identity.require(Permission.EXTENSION_READ)


def test_one_of_several_permissions_is_enough() -> None:
    identity = an_api_key(permissions=frozenset({Permission.EXTENSION_PUBLISH})).identity()

    identity.require(Permission.PLATFORM_ADMIN, Permission.EXTENSION_PUBLISH)
    with pytest.raises(PermissionDenied) as refusal:
        identity.require(Permission.PLATFORM_ADMIN, Permission.EXTENSION_READ)
    assert refusal.value.details["permissions"] == ["platform:admin", "extension:read"]


def test_the_caller_in_service_tokens_is_the_principal_of_the_key() -> None:
    key = an_api_key(permissions=frozenset({Permission.EXTENSION_READ}))

    caller = key.identity().to_caller()

    assert caller.principal == str(key.principal_id)
    assert caller.tenant_id == TENANT
    assert caller.permissions == {Permission.EXTENSION_READ}


def a_rotated_key() -> ApiKey:
    return an_api_key(
        a_key_text(2),
        previous_hash=a_key_text(1).secret_hash(PEPPER),
        previous_until=NOW + timedelta(hours=1),
    )


def test_both_secrets_open_while_a_rotation_overlaps() -> None:
    for seed in (1, 2):
        a_rotated_key().require_secret(a_key_text(seed).secret_hash(PEPPER), NOW)


def test_the_old_secret_is_over_at_the_end_of_the_overlap() -> None:
    end = NOW + timedelta(hours=1)

    with pytest.raises(ApiKeyRevoked):
        a_rotated_key().require_secret(a_key_text(1).secret_hash(PEPPER), end)

    a_rotated_key().require_secret(a_key_text(2).secret_hash(PEPPER), end)


def test_a_third_secret_never_opened() -> None:
    with pytest.raises(ApiKeyRefused):
        a_rotated_key().require_secret(a_key_text(3).secret_hash(PEPPER), NOW)


def test_a_key_of_a_principal_that_was_switched_off_opens_nothing() -> None:
    holder = Holder(PrincipalKind.SERVICE, "ci", "Dev", is_disabled=True)

    with pytest.raises(PrincipalDisabled):
        an_api_key(holder=holder).require_valid(NOW)


def test_a_service_is_no_person() -> None:
    identity = an_api_key(holder=Holder(PrincipalKind.SERVICE, "ci", "Dev")).identity()

    assert identity.user is None


def test_a_key_of_a_client_carries_no_permission() -> None:
    holder = Holder(PrincipalKind.CLIENT, "Client", "Dev", client_id="c-1")

    identity = an_api_key(holder=holder).identity()

    assert identity.permissions == frozenset()
    assert identity.user is not None
    assert identity.user.client_id == "c-1"
