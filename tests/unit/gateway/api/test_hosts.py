import pytest

from annex_gateway.api.hosts import require_own_host, require_own_origin
from annex_gateway.domain.errors import ForeignHost, ForeignOrigin

ALLOWED = frozenset({"127.0.0.1", "[::1]", "annex.example"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "[::1]", "Annex.Example:443"])
def test_our_own_name_is_accepted_on_any_port(host: str) -> None:
    require_own_host([host], ALLOWED)


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["evil.example"],
        ["127.0.0.1.evil.example"],
        ["evil.example:127.0.0.1"],
        ["127.0.0.1", "evil.example"],
        ["localhost:8080"],
    ],
)
def test_another_name_is_refused(hosts: list[str]) -> None:
    with pytest.raises(ForeignHost):
        require_own_host(hosts, ALLOWED)


@pytest.mark.parametrize("origins", [[], ["http://127.0.0.1:8080"], ["HTTP://127.0.0.1:8080"]])
def test_no_page_and_our_own_page_may_call(origins: list[str]) -> None:
    require_own_origin(origins, "127.0.0.1:8080")


@pytest.mark.parametrize(
    "origin",
    ["null", "http://127.0.0.1:8083", "http://localhost:8080", "http://evil.example", "file://", ""],
)
def test_a_page_from_elsewhere_may_not_call(origin: str) -> None:
    with pytest.raises(ForeignOrigin):
        require_own_origin([origin], "127.0.0.1:8080")
