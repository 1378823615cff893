from uuid import UUID

import pytest

from annex_shared.ids import InvalidId, parse_uuid

TEXT = "018f3c6e-7b1a-7c3d-9e2f-0123456789ab"


def test_a_uuid_is_read_in_any_case_and_written_in_lower() -> None:
    assert parse_uuid(TEXT, field="tenant_id") == UUID(TEXT)
    assert str(parse_uuid(TEXT.upper(), field="tenant_id")) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tenant",
        TEXT.replace("-", ""),
        f"{{{TEXT}}}",
        f"urn:uuid:{TEXT}",
        TEXT[:-1],
        TEXT + "\n",
        "g" + TEXT[1:],
    ],
)
def test_any_other_form_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidId) as refused:
        parse_uuid(text, field="tenant_id")

    assert refused.value.details == {"field": "tenant_id"}
    assert refused.value.message.startswith("tenant_id must be a UUID")


def test_a_refusal_shows_the_text_safely() -> None:
    with pytest.raises(InvalidId) as refused:
        parse_uuid("\x1b[31m" + "x" * 500, field="install_id")

    assert "\x1b" not in refused.value.message
    assert len(refused.value.message) < 120
