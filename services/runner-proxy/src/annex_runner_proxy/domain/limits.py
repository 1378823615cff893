"""How much one call may use: the platform's figures, narrowed by a request and never widened."""

from dataclasses import dataclass

_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one call may use."""

    timeout_ms: int
    memory_bytes: int
    response_bytes: int
    log_bytes: int
    host_calls: int
    subrequests: int = 50
    subrequests_at_once: int = 6
    subrequest_bytes: int = 10 * _MEBIBYTE
    egress_bytes: int = 20 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class PlatformLimits:
    """Defaults and ceilings of a deployment. An absent timeout is the default, never "now"."""

    default_timeout_ms: int = 5_000
    max_timeout_ms: int = 30_000
    default_memory_mb: int = 256
    max_memory_mb: int = 512
    response_bytes: int = 2 * _MEBIBYTE
    log_bytes: int = 256 * 1024
    host_calls: int = 5_000
    subrequests: int = 50
    subrequests_at_once: int = 6
    subrequest_bytes: int = 10 * _MEBIBYTE
    egress_bytes: int = 20 * _MEBIBYTE

    def narrowed(self, *, timeout_ms: int | None, memory_mb: int | None) -> CallLimits:
        timeout = self.default_timeout_ms if timeout_ms is None else timeout_ms
        memory = self.default_memory_mb if memory_mb is None else memory_mb
        return CallLimits(
            timeout_ms=min(timeout, self.max_timeout_ms),
            memory_bytes=min(memory, self.max_memory_mb) * _MEBIBYTE,
            response_bytes=self.response_bytes,
            log_bytes=self.log_bytes,
            host_calls=self.host_calls,
            subrequests=self.subrequests,
            subrequests_at_once=self.subrequests_at_once,
            subrequest_bytes=self.subrequest_bytes,
            egress_bytes=self.egress_bytes,
        )
