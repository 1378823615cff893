"""The base of every document's data: a younger annex may add fields."""

from pydantic import BaseModel, ConfigDict

Text = str | None


class Data(BaseModel):
    model_config = ConfigDict(extra="allow")
