from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from annex_gateway.domain.controls import Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.errors import QuotaExceeded, QuotaUnavailable
from annex_gateway.domain.executions import Draft
from annex_gateway.domain.usage import Use
from annex_shared.ids import ExtensionId
from unit.gateway.builders import NOW, OTHER_TENANT, TENANT, an_install, uuid
from unit.gateway.memory_ledger import an_execution
from unit.gateway.recording import Records

OTHER = ExtensionId(uuid(0x77))


def a_quota(limit: float = 3, **changes: object) -> Quota:
    quota = Quota(QuotaScope.TENANT, QuotaKind.INVOCATIONS, QuotaWindow.DAY, int(limit))
    return replace(quota, **changes)  # type: ignore[arg-type] # fields by name, checked by the dataclass


def used(records: Records, use: Use, **place: object) -> None:
    """Say what was used before, here or by another gateway."""
    extension, day = place.get("extension", an_install().extension_id), place.get("day", NOW.date())
    key = (place.get("tenant", TENANT), extension, day)
    records.ledger.days[key] = use  # type: ignore[index] # the fake's own key


async def admit(records: Records, *quotas: Quota, extension: ExtensionId | None = None) -> Draft:
    draft = Draft()
    install = an_install() if extension is None else an_install(extension_id=extension)
    await records.quotas.admit(install, quotas, draft)
    return draft


def give_back(draft: Draft) -> None:
    for back in draft.held:
        back()


async def test_a_run_without_quotas_asks_nobody() -> None:
    records = Records()
    records.ledger.is_away = True

    await admit(records)

    assert records.ledger.readings == 0


async def test_use_is_read_once_and_then_decided_from_memory() -> None:
    records = Records()

    for _ in range(3):
        give_back(await admit(records, a_quota()))

    assert records.ledger.readings == 1


async def test_calls_that_run_count_until_they_are_written() -> None:
    records = Records()
    running = [await admit(records, a_quota(3)) for _ in range(3)]

    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3))

    give_back(running[0])
    await admit(records, a_quota(3))


async def test_a_commit_of_ours_says_what_is_used_by_then() -> None:
    records = Records()
    give_back(await admit(records, a_quota(3)))
    executions = [an_execution(execution_id=uuid(number)) for number in range(3)]

    records.quotas.written(executions, await records.ledger.add(executions))

    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3))


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        (QuotaKind.INVOCATIONS, Use(invocations=5)),
        (QuotaKind.CPU_MS, Use(cpu_ms=5.5)),
        (QuotaKind.MEMORY_MB_MS, Use(mem_mb_ms=5.0)),
        (QuotaKind.EGRESS_BYTES, Use(egress_bytes=5)),
    ],
)
async def test_each_kind_is_counted_for_itself(kind: QuotaKind, use: Use) -> None:
    records = Records()
    used(records, use)

    await admit(records, *(a_quota(5, kind=other) for other in QuotaKind if other is not kind))
    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(5, kind=kind))

    assert [quota.kind for quota in records.metrics.exceeded_quotas] == [kind]


async def test_a_tenants_quota_counts_all_its_extensions_and_an_extensions_its_own() -> None:
    records = Records()
    used(records, Use(3), extension=OTHER)

    await admit(records, a_quota(3, scope=QuotaScope.EXTENSION))
    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3))
    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3, scope=QuotaScope.EXTENSION), extension=OTHER)


async def test_another_tenants_use_is_not_counted() -> None:
    records = Records()
    used(records, Use(99), tenant=OTHER_TENANT)

    await admit(records, a_quota(3))


async def test_a_month_is_the_sum_of_its_days_and_a_day_stands_for_itself() -> None:
    records = Records()
    used(records, Use(3), day=NOW.date() - timedelta(days=2))
    used(records, Use(50), day=NOW.date().replace(day=1) - timedelta(days=1))

    await admit(records, a_quota(3), a_quota(5, window=QuotaWindow.MONTH))
    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(4, window=QuotaWindow.MONTH))


async def test_a_new_window_begins_empty() -> None:
    records = Records()
    used(records, Use(3))
    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3))

    records.clock.at = NOW + timedelta(days=1)

    await admit(records, a_quota(3))


async def test_a_refusal_says_what_when_and_how_much() -> None:
    records = Records()
    used(records, Use(3))

    with pytest.raises(QuotaExceeded) as refused:
        await admit(records, a_quota(3))

    assert refused.value.details == {
        "scope": "tenant",
        "kind": "invocations",
        "window": "day",
        "limit": 3,
        "used": 3,
        "resets_at": "2026-05-05T00:00:00Z",
    }
    midnight = datetime(2026, 5, 5, tzinfo=UTC)
    wait = refused.value.retry_after_seconds or 0
    assert 0 <= wait - (midnight - NOW).total_seconds() <= 1


async def test_nobody_is_asked_to_wait_longer_than_a_day() -> None:
    records = Records()
    used(records, Use(3))

    with pytest.raises(QuotaExceeded) as refused:
        await admit(records, a_quota(3, window=QuotaWindow.MONTH))

    assert refused.value.retry_after_seconds == 86_400
    assert refused.value.details["resets_at"] == "2026-06-01T00:00:00Z"


async def test_what_others_used_is_known_after_a_refresh() -> None:
    records = Records()
    give_back(await admit(records, a_quota(3)))
    used(records, Use(3))
    await admit(records, a_quota(3))

    await records.quotas.refresh()

    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3))


async def test_an_older_reading_takes_nothing_back() -> None:
    records = Records()
    give_back(await admit(records, a_quota(3)))
    executions = [an_execution(execution_id=uuid(number)) for number in range(3)]
    records.quotas.written(executions, await records.ledger.add(executions))
    used(records, Use(1))

    await records.quotas.refresh()

    with pytest.raises(QuotaExceeded):
        await admit(records, a_quota(3))


async def test_while_use_was_never_read_nothing_of_the_tenant_runs() -> None:
    records = Records()
    records.ledger.is_away = True
    with pytest.raises(QuotaUnavailable):
        await admit(records, a_quota())

    records.ledger.is_away = False

    await admit(records, a_quota())


async def test_tenants_that_were_quiet_for_long_are_let_go_and_read_again() -> None:
    records = Records()
    give_back(await admit(records, a_quota()))
    records.monotonic.seconds += 601
    await records.quotas.refresh()
    readings = records.ledger.readings

    await admit(records, a_quota())

    assert records.ledger.readings == readings + 1
