"""The two bases of wire models: strict for what strangers send, lenient for what our own services send."""

from pydantic import BaseModel, ConfigDict


class Received(BaseModel):
    """A body from outside: an unknown field is a mistake worth naming."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Exchanged(BaseModel):
    """A body between services of possibly different ages: unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
