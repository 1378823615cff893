"""Settings of the witness."""

from pathlib import Path
from typing import ClassVar, Literal

from annex_shared.settings import ServiceSettings, setting


class WitnessSettings(ServiceSettings):
    service: ClassVar[str] = "witness"

    host: str = setting("0.0.0.0", doc="Address to listen on.")  # noqa: S104 - a container's own address
    port: int = setting(8084, doc="Port to listen on; 0 picks a free one.")
    key_file: Path = setting(doc="The witness's own private key, as `python -m annex_witness key` prints it.")
    logs_file: Path = setting(
        doc="Public keys of the logs it witnesses, one on each line; lines with # are comments."
    )
    state_dir: Path = setting(
        doc="Directory that keeps what was cosigned; of one witness alone, and never put back to an older "
        "state."
    )
    log_format: Literal["json", "console"] = setting("json", doc="How log lines are written.")
