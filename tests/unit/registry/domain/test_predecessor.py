"""Where a bundle of the predecessor may lie."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from annex_registry.domain.predecessor import SourceBundle, object_keys

EXTENSION = UUID("0190a000-0000-7000-8000-000000000001")
ELSEWHERE = ["sha256/ab/bundle.tar.zst"]


def bundle(storage_url: str) -> SourceBundle:
    return SourceBundle("ab", storage_url, has_signature=False, created_at=datetime(2024, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("storage_url", "keys"),
    [
        ("", []),
        ("/", []),
        ("a/b.zst", ["a/b.zst"]),
        ("/a/b.zst", ["a/b.zst"]),
        ("s3://bucket/a/b.zst", ["a/b.zst", "b.zst"]),
        ("https://host/bucket/a/b.zst?x=1", ["bucket/a/b.zst", "a/b.zst"]),
        ("s3://bucket", []),
    ],
)
def test_the_recorded_address_comes_first(storage_url: str, keys: list[str]) -> None:
    assert object_keys(bundle(storage_url), "ab", EXTENSION, []) == [*keys, *ELSEWHERE]


def test_every_tenant_that_may_have_published_it_is_a_place() -> None:
    keys = object_keys(bundle(""), "ab", EXTENSION, ["t1", "t2"])

    assert keys == [
        f"tenants/t1/extensions/{EXTENSION}/sha256/ab/bundle.tar.zst",
        f"tenants/t2/extensions/{EXTENSION}/sha256/ab/bundle.tar.zst",
        *ELSEWHERE,
    ]


def test_no_place_is_looked_at_twice() -> None:
    assert object_keys(bundle(ELSEWHERE[0]), "ab", EXTENSION, []) == ELSEWHERE
