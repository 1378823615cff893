import pytest

from annex_gateway.domain.access import permission_to_call
from annex_shared.permissions import Permission


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_takes_the_permission_to_read(method: str) -> None:
    assert permission_to_call(method) is Permission.EXTENSION_READ


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""])
def test_everything_else_takes_the_permission_to_write(method: str) -> None:
    assert permission_to_call(method) is Permission.EXTENSION_WRITE
