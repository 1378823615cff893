"""The policies a run of an extension passes, in their order; the names metrics and records use."""

from enum import StrEnum


class Policy(StrEnum):
    """One step of the pipeline (architecture, section 8)."""

    ROUTE = "route"
    AUTHENTICATION = "authentication"
    TENANT = "tenant"
    INSTALL = "install"
    SWITCHES = "switches"
    ENDPOINT = "endpoint"
    PERMISSION = "permission"
    RATE = "rate"
    QUOTA = "quota"
    IDEMPOTENCY = "idempotency"
    ADMISSION = "admission"
    BODY = "body"
    FORWARD = "forward"
    ANSWER = "answer"
    RECORD = "record"
