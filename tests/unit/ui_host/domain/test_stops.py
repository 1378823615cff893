import pytest

from annex_shared.errors import AnnexError
from annex_shared.ids import TenantId
from annex_ui_host.domain.errors import AssetNotFound, ControlsUnavailable, KillSwitchOn
from annex_ui_host.domain.stops import Stops, StopsListing
from unit.ui_host.fakes import EXTENSION, OTHER_TENANT, TENANT, VERSION, Time, a_publication


def stops(listing: StopsListing | None = None, *, time: Time | None = None) -> Stops:
    followed = Stops(time or Time(), max_age_seconds=60, is_followed=True)
    if listing is not None:
        followed.take(listing, etag='"1"', asked_at=0)
    return followed


@pytest.mark.parametrize(
    ("listing", "tenant_id", "refusal"),
    [
        (StopsListing(), TENANT, None),
        (StopsListing(), None, None),
        (StopsListing(subjects=frozenset({(None, EXTENSION)})), None, KillSwitchOn),
        (StopsListing(subjects=frozenset({(None, EXTENSION)})), TENANT, KillSwitchOn),
        (StopsListing(subjects=frozenset({(None, VERSION)})), None, KillSwitchOn),
        (StopsListing(subjects=frozenset({(TENANT, EXTENSION)})), TENANT, AssetNotFound),
        (StopsListing(subjects=frozenset({(TENANT, VERSION)})), TENANT, AssetNotFound),
        (StopsListing(subjects=frozenset({(TENANT, EXTENSION)})), OTHER_TENANT, None),
        (StopsListing(subjects=frozenset({(TENANT, EXTENSION)})), None, None),
        (StopsListing(tenants=frozenset({TENANT})), TENANT, AssetNotFound),
        (StopsListing(tenants=frozenset({TENANT})), OTHER_TENANT, None),
        (StopsListing(entitled={TENANT: False}), TENANT, AssetNotFound),
        (StopsListing(entitled={TENANT: False}), OTHER_TENANT, None),
        (StopsListing(entitled={TENANT: True}, is_entitled=False), TENANT, None),
        (StopsListing(is_entitled=False), TENANT, AssetNotFound),
        (StopsListing(is_entitled=False), None, None),
        (StopsListing(are_extensions_enabled=False), None, KillSwitchOn),
    ],
)
def test_what_is_stopped_is_not_shown(
    listing: StopsListing, tenant_id: TenantId | None, refusal: type[AnnexError] | None
) -> None:
    if refusal is None:
        stops(listing).require_shown(a_publication(), tenant_id)
    else:
        with pytest.raises(refusal):
            stops(listing).require_shown(a_publication(), tenant_id)


def test_what_was_never_read_shows_nothing_to_a_tenant_and_files_to_everybody() -> None:
    unread = stops()

    unread.require_shown(a_publication(), None)
    with pytest.raises(ControlsUnavailable):
        unread.require_shown(a_publication(), TENANT)


def test_what_was_read_holds_for_its_time_and_again_when_it_is_confirmed() -> None:
    time = Time()
    read = stops(StopsListing(), time=time)
    time.seconds = 61
    with pytest.raises(ControlsUnavailable):
        read.require_shown(a_publication(), TENANT)

    read.confirm(asked_at=61)

    read.require_shown(a_publication(), TENANT)


def test_without_a_gateway_nobody_is_stopped() -> None:
    Stops.of_nobody().require_shown(a_publication(), TENANT)
