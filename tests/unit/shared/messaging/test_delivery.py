"""How long a subscription waits between attempts."""

from annex_shared.messaging.delivery import DeliveryPolicy


def test_waits_double_up_to_the_maximum() -> None:
    policy = DeliveryPolicy(first_retry_delay_seconds=1, max_retry_delay_seconds=5)

    assert [policy.delay_after(failures) for failures in (1, 2, 3, 4, 10_000)] == [1, 2, 4, 5, 5]
