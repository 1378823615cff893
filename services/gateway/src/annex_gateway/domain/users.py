"""The person a call is made for, as the extension may learn of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annex_shared.contracts.execute import ExecuteUser


@dataclass(frozen=True, slots=True)
class User:
    """A person of a tenant, or one of a tenant's clients. Nothing of it but the id is ever logged."""

    user_id: str
    name: str = field(repr=False)
    email: str = field(default="", repr=False)
    is_client: bool = False
    # The tenant's name, or the client's where a client of the tenant calls.
    client_name: str = field(default="", repr=False)
    client_id: str | None = None
    additional_fields: Mapping[str, str] = field(default_factory=dict, repr=False)

    def to_execute(self) -> ExecuteUser:
        return ExecuteUser(
            user_id=self.user_id,
            user_email=self.email,
            user_name=self.name,
            user_type="client" if self.is_client else "internal",
            client_name=self.client_name,
            client_id=self.client_id,
            additional_fields=dict(self.additional_fields),
        )
