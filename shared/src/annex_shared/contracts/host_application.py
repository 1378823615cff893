"""What the host application reads and writes: camelCase JSON outside, the guest's kebab-case inside."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

_U32 = (1 << 32) - 1
_Text = Annotated[str, Field(max_length=10_000)]
_Amount = Annotated[float, Field(allow_inf_nan=False)]
_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)


class _FromHost(BaseModel):
    """Unknown members are the host application's own affair."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    def to_wit(self) -> dict[str, Any]:
        """Give the record the guest's types have."""
        return {name.replace("_", "-"): _to_wit(value) for name, value in self}


class Client(_FromHost):
    client_id: _Text
    client_name: _Text
    client_type: _Text | None = None
    is_inactive: bool = False
    default_currency_code: _Text | None = None
    account_manager_id: _Text | None = None
    account_manager_name: _Text | None = None
    billing_email: _Text | None = None


class Service(_FromHost):
    service_id: _Text
    service_name: _Text
    item_kind: Literal["service", "product"]
    billing_method: Literal["fixed", "hourly", "usage"]
    service_type_id: _Text | None = None
    service_type_name: _Text | None = None
    default_rate: _Amount
    unit_of_measure: _Text
    is_active: bool
    sku: _Text | None = None


class _Page(_FromHost):
    total_count: Annotated[int, Field(ge=0, le=_U32)]
    page: Annotated[int, Field(ge=1, le=_U32)]
    page_size: Annotated[int, Field(ge=1, le=_U32)]


class ClientPage(_Page):
    items: Annotated[list[Client], Field(max_length=100)]


class ServicePage(_Page):
    items: Annotated[list[Service], Field(max_length=100)]


class CreatedInvoice(_FromHost):
    success: bool
    invoice_id: _Text | None = None
    invoice_number: _Text | None = None
    status: _Text | None = None
    subtotal: _Amount | None = None
    tax: _Amount | None = None
    total: _Amount | None = None
    error: _Text | None = None


class OneClient(_FromHost):
    item: Client | None


class OneService(_FromHost):
    item: Service | None


Model = TypeVar("Model", bound=_FromHost)


def read_document(document: Mapping[str, JsonValue] | None, model: type[Model]) -> Model | None:
    """Read what the host application says, None where it does not make sense."""
    try:
        return model.model_validate(document)
    except ValidationError:
        return None


def to_host(record: Mapping[str, Any]) -> dict[str, Any]:
    """Write a guest's record as the host application reads it, without what was not given."""
    return {
        to_camel(name.replace("-", "_")): _to_host(value)
        for name, value in record.items()
        if value is not None
    }


def is_date(text: str | None) -> bool:
    return text is None or _DATE.fullmatch(text) is not None


def _to_wit(value: Any) -> Any:
    if isinstance(value, _FromHost):
        return value.to_wit()
    return [_to_wit(one) for one in value] if isinstance(value, list) else value


def _to_host(value: Any) -> Any:
    if isinstance(value, Mapping):
        return to_host(value)
    return [_to_host(one) for one in value] if isinstance(value, list) else value
