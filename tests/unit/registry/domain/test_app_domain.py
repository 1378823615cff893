"""Host names of installs: what is one, and which an install gets by itself."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from annex_registry.domain.app_domain import HostName, own_host
from annex_registry.domain.errors import InvalidAppDomain
from annex_registry.domain.version import Extension
from annex_shared.ids import ExtensionId, TenantId
from annex_shared.names import ExtensionRef

ROOT = HostName("apps.example.com")
TENANT = TenantId(UUID(int=1))


def an_extension(ref: str = "acme/invoice-notes", number: int = 2) -> Extension:
    return Extension(ExtensionId(UUID(int=number)), ExtensionRef.parse(ref), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("notes.example.com", "notes.example.com"),
        ("Notes.Example.COM.", "notes.example.com"),
        (" a.b ", "a.b"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        (f"{'a' * 63}.b", f"{'a' * 63}.b"),
    ],
)
def test_a_host_name_is_written_one_way(text: str, name: str) -> None:
    assert HostName.parse(text).text == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "a..b",
        "-a.b",
        "a-.b",
        "a_b.c",
        "a.b:80",
        "https://a.b",
        "a.b/c",
        "*.b",
        "bücher.example",
        "\u212aelvin.example",
        f"{'a' * 64}.b",
        ".".join(["abcdefghi"] * 26),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(InvalidAppDomain):
        HostName.parse(text)


@pytest.mark.parametrize("host", ["a.b", "A.B:8080", "a.b.:443"])
def test_a_request_may_name_a_port(host: str) -> None:
    assert HostName.of_request(host) == HostName("a.b")


def test_an_installs_own_host_is_one_label_below_the_root_and_stays() -> None:
    host = own_host(ROOT, TENANT, an_extension())

    label, _, rest = host.text.partition(".")
    assert (label[:14], rest) == ("invoice-notes-", ROOT.text)
    assert host == own_host(ROOT, TENANT, an_extension())


def test_no_two_tenants_and_no_two_extensions_share_their_own_host() -> None:
    hosts = {
        own_host(ROOT, TENANT, an_extension()),
        own_host(ROOT, TenantId(UUID(int=3)), an_extension()),
        own_host(ROOT, TENANT, an_extension(number=4)),
    }

    assert len(hosts) == 3


def test_the_longest_name_makes_a_label_of_allowed_length() -> None:
    host = own_host(ROOT, TENANT, an_extension(f"acme/{'a.' * 60}b"))

    assert len(host.text.partition(".")[0]) <= 63
