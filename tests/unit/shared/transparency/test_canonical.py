import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annex_shared.transparency.canonical import (
    NotCanonical,
    read_base64,
    read_decimal,
    read_hash,
    write_base64,
)


@example(2**63 - 1)
@given(st.integers(0, 2**63 - 1))
def test_a_number_reads_back(number: int) -> None:
    assert read_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "01", "00", "-1", "+1", " 1", "1 ", "1_0", "1\n", "٣", "0x1", "1.0", str(2**63), "9" * 5000]
)
def test_a_number_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        read_decimal(text)


@given(st.binary(max_size=100))
def test_bytes_read_back(data: bytes) -> None:
    assert read_base64(write_base64(data)) == data


@pytest.mark.parametrize(
    "text",
    ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "QQ==QQ==", "Q Q==", "====", "QQ===", "_-8=", "é===", "\ud800"],
)
def test_base64_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        read_base64(text)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_hash_of_another_size_is_refused(size: int) -> None:
    read_hash(base64.b64encode(bytes(32)).decode())

    with pytest.raises(NotCanonical, match="32 bytes"):
        read_hash(base64.b64encode(bytes(size)).decode())
