import pytest

from annex_gateway.domain.origins import InvalidOrigin, parse_origins


def test_origins_are_compared_in_one_spelling() -> None:
    origins = parse_origins(" https://App.Example.com:443 ,http://localhost:3000, https://[::1]:8443")

    assert origins == {"https://app.example.com", "http://localhost:3000", "https://[::1]:8443"}


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "null",
        "app.example.com",
        "https://",
        "https://a.example/",
        "https://*.example",
        "ftp://a.example",
    ],
)
def test_what_is_no_single_origin_is_refused(text: str) -> None:
    with pytest.raises(InvalidOrigin):
        parse_origins(text)
