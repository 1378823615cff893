"""The settings of every service that can demand proofs from the transparency log."""

from pathlib import Path

from pydantic import Field

from annex_shared.settings import InvalidSettings, ServiceSettings, setting
from annex_shared.transparency import LogPolicy, NoteVerifier, parse_policy
from annex_shared.transparency.errors import TransparencyError
from annex_shared.version_proofs import LogVerify


class LogVerifySettings(ServiceSettings):
    log_verify: LogVerify = setting(
        LogVerify.OFF,
        doc="What happens to a bundle that the transparency log does not prove: `require` refuses it, `warn` "
        "logs it, `off` does not look.",
    )
    log_vkey: str | None = setting(None, doc="Public key of the transparency log that proofs must be of.")
    log_policy_file: Path | None = setting(
        None,
        doc="Transparency log policy (c2sp.org/tlog-policy) that proofs must meet; a quorum is demanded too.",
    )
    log_verify_wait_seconds: float = Field(
        default=5, ge=0, le=60, description="How long a proof that is not there yet is waited for."
    )

    def log_policy(self) -> LogPolicy | None:
        """Return what proofs must meet, None for `off`. Raises InvalidSettings."""
        if self.log_verify is LogVerify.OFF:
            return None
        try:
            policy = self._policy()
            log = None if self.log_vkey is None else NoteVerifier.parse(self.log_vkey)
        except TransparencyError as error:
            raise InvalidSettings(f"LOG_VKEY or LOG_POLICY_FILE: {error.message}") from None
        if policy is not None and log is not None and log not in [each.verifier for each in policy.logs]:
            raise InvalidSettings("LOG_POLICY_FILE does not list the key in LOG_VKEY.")
        if policy is None and log is None:
            raise InvalidSettings(f"LOG_VERIFY={self.log_verify} needs LOG_VKEY or LOG_POLICY_FILE.")
        return policy or (None if log is None else LogPolicy.of(log))

    def _policy(self) -> LogPolicy | None:
        if self.log_policy_file is None:
            return None
        try:
            return parse_policy(self.log_policy_file.read_bytes())
        except OSError as error:
            raise InvalidSettings(f"LOG_POLICY_FILE cannot be read: {error.strerror}.") from None
