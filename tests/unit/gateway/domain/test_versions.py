from random import Random

from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.versions import VersionProjection
from annex_shared.ids import VersionId
from unit.gateway.builders import a_version, uuid


def test_an_unknown_version_has_no_endpoints() -> None:
    assert VersionProjection().endpoints(VersionId(uuid(3))) is None


def test_a_known_versions_endpoints_are_compiled_once() -> None:
    projection = VersionProjection()
    projection.add_page([a_version(("GET", "/notes"))])

    tree = projection.endpoints(VersionId(uuid(3)))

    assert tree is not None
    assert tree.match("GET", SafePath.parse("/notes")).path == "/notes"
    assert projection.endpoints(VersionId(uuid(3))) is tree


def test_a_version_never_changes() -> None:
    projection = VersionProjection()
    projection.add_page([a_version(("GET", "/first"))])
    projection.add_page([a_version(("GET", "/second"))])

    tree = projection.endpoints(VersionId(uuid(3)))

    assert tree is not None
    assert tree.match("GET", SafePath.parse("/first")).path == "/first"


@given(st.lists(st.integers(1, 6), min_size=1), st.randoms(use_true_random=False))
def test_pages_in_any_order_end_the_same(serials: list[int], random: Random) -> None:
    pages = [[a_version(serial=serial, version_id=VersionId(uuid(serial)))] for serial in serials]
    random.shuffle(pages)
    projection = VersionProjection()

    for page in pages:
        projection.add_page(page)

    assert projection.serial == max(serials)
    assert all(VersionId(uuid(serial)) in projection for serial in serials)
    assert len(projection) == len(set(serials))
