import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.storage import Refusal, StorageRefused
from annex_runner_proxy.domain.storage_cursor import read_cursor, write_cursor

KEYS = st.text(min_size=1, max_size=40)


@given(key=KEYS, namespace=KEYS, prefix=st.text(max_size=20))
def test_a_cursor_leads_back_to_its_key(key: str, namespace: str, prefix: str) -> None:
    cursor = write_cursor(key, namespace=namespace, prefix=prefix)

    assert read_cursor(cursor, namespace=namespace, prefix=prefix) == key


@given(cursor=st.text(max_size=60))
def test_what_nobody_wrote_is_refused(cursor: str) -> None:
    with pytest.raises(StorageRefused) as refused:
        read_cursor(cursor, namespace="notes", prefix="")

    assert refused.value.reason is Refusal.INVALID


def test_parts_of_a_listing_cannot_be_shifted_into_each_other() -> None:
    cursor = write_cursor("c", namespace="a", prefix="b")

    with pytest.raises(StorageRefused):
        read_cursor(cursor, namespace="ab", prefix="")
