import pytest

from annex_gateway.domain.errors import InvalidTenantSlug
from annex_gateway.domain.tenants import TenantSlug


@pytest.mark.parametrize("text", ["dev", "a", "north-wind-2", "x" * 64])
def test_a_slug_is_letters_digits_and_inner_dashes(text: str) -> None:
    assert str(TenantSlug.parse(text)) == text


@pytest.mark.parametrize("text", ["", "-a", "a-", "A", "a.b", "a b", "é", "x" * 65, "a\n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidTenantSlug):
        TenantSlug.parse(text)
