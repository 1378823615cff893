"""Rotation: the strictest limit counts, and only a policy that refuses withholds what is overdue."""

from datetime import timedelta

import pytest

from annex_registry.domain.errors import InvalidSecretExpiry
from annex_registry.domain.secrets import OverduePolicy, RotationPolicy, SecretStatus, accepted_expiry
from unit.registry.builders import NOON

DAY = timedelta(days=1)
WARN, REFUSE = OverduePolicy.WARN, OverduePolicy.REFUSE


@pytest.mark.parametrize(
    ("operator", "extension", "tenant", "days"),
    [
        (None, None, None, None),
        (90, None, None, 90),
        (90, 30, 60, 30),
        (30, 90, None, 30),
        (None, None, 7, 7),
    ],
)
def test_nobody_loosens_anothers_limit(
    operator: int | None, extension: int | None, tenant: int | None, days: int | None
) -> None:
    assert RotationPolicy(operator).tightened(extension).tightened(tenant).max_age_days == days


@pytest.mark.parametrize(
    ("operator", "tenant", "both"), [(WARN, None, WARN), (WARN, REFUSE, REFUSE), (REFUSE, WARN, REFUSE)]
)
def test_whoever_refuses_is_heeded(
    operator: OverduePolicy, tenant: OverduePolicy | None, both: OverduePolicy
) -> None:
    assert RotationPolicy(1, operator).tightened(None, tenant).overdue is both


@pytest.mark.parametrize(
    ("policy", "age", "status"),
    [
        (RotationPolicy(), 1000 * DAY, SecretStatus.ACTIVE),
        (RotationPolicy(10), 10 * DAY - timedelta(seconds=1), SecretStatus.ACTIVE),
        (RotationPolicy(10), 10 * DAY, SecretStatus.OVERDUE),
        (RotationPolicy(10, REFUSE), 10 * DAY, SecretStatus.REFUSED),
    ],
)
def test_a_secret_is_overdue_at_its_age(policy: RotationPolicy, age: timedelta, status: SecretStatus) -> None:
    assert policy.status(NOON - age, None, NOON) is status


def test_what_has_expired_is_nothing_else() -> None:
    assert RotationPolicy(1, REFUSE).status(NOON - 9 * DAY, NOON, NOON) is SecretStatus.EXPIRED


@pytest.mark.parametrize(
    ("policy", "expires_in", "usable_for"),
    [
        (RotationPolicy(), None, None),
        (RotationPolicy(10), None, None),
        (RotationPolicy(10), 20, 20),
        (RotationPolicy(10, REFUSE), None, 10),
        (RotationPolicy(10, REFUSE), 20, 10),
        (RotationPolicy(10, REFUSE), 5, 5),
    ],
)
def test_use_ends_with_expiry_or_with_an_age_that_is_refused(
    policy: RotationPolicy, expires_in: int | None, usable_for: int | None
) -> None:
    expires_at = None if expires_in is None else NOON + expires_in * DAY

    assert policy.usable_until(NOON, expires_at) == (None if usable_for is None else NOON + usable_for * DAY)


@pytest.mark.parametrize("ahead", [-DAY, timedelta(0), 3661 * DAY])
def test_an_expiry_lies_ahead_and_not_too_far(ahead: timedelta) -> None:
    assert accepted_expiry(None, now=NOON) is None
    assert accepted_expiry(NOON + DAY, now=NOON) == NOON + DAY
    with pytest.raises(InvalidSecretExpiry):
        accepted_expiry(NOON + ahead, now=NOON)
