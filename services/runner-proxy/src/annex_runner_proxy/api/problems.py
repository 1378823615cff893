"""How each refusal looks over HTTP: the only place that knows."""

from http import HTTPStatus

from annex_runner_proxy.domain import errors
from annex_shared.http.problems import Problem, ProblemTable

_BAD_REQUEST = HTTPStatus.BAD_REQUEST
_FORBIDDEN = HTTPStatus.FORBIDDEN
_NOT_FOUND = HTTPStatus.NOT_FOUND
_CONFLICT = HTTPStatus.CONFLICT
_GUEST = HTTPStatus.BAD_GATEWAY
_LATE = HTTPStatus.GATEWAY_TIMEOUT
_BUSY = HTTPStatus.SERVICE_UNAVAILABLE
_OURS = HTTPStatus.INTERNAL_SERVER_ERROR

PROBLEMS: ProblemTable = {
    errors.CallerRefused: Problem("caller-refused", _FORBIDDEN, "Caller refused"),
    errors.InstallRequired: Problem("install-required", _BAD_REQUEST, "Install required"),
    errors.InstallNotFound: Problem("install-not-found", _NOT_FOUND, "Install not found"),
    errors.InstallDisabled: Problem("install-disabled", _FORBIDDEN, "Install disabled"),
    errors.InstallVersionMismatch: Problem("install-version-mismatch", _CONFLICT, "Install version mismatch"),
    errors.VersionBlocked: Problem("version-blocked", _FORBIDDEN, "Version blocked"),
    errors.RegistryUnavailable: Problem("registry-unavailable", _BUSY, "Registry unavailable"),
    errors.VersionWarming: Problem("version-warming", _BUSY, "Version warming"),
    errors.BundleNotFound: Problem("bundle-not-found", _NOT_FOUND, "Bundle not found"),
    errors.IntegrityMismatch: Problem("integrity-mismatch", _GUEST, "Integrity mismatch"),
    errors.VersionNotProven: Problem("version-not-proven", _GUEST, "Version not proven"),
    errors.VersionProofPending: Problem("version-proof-pending", _BUSY, "Version proof pending"),
    errors.BundleUnreadable: Problem("bundle-unreadable", _GUEST, "Bundle unreadable"),
    errors.VersionWithoutHandler: Problem("version-without-handler", _GUEST, "Version without handler"),
    errors.ComponentInvalid: Problem("component-invalid", _GUEST, "Component invalid"),
    errors.CompilationFailed: Problem("compilation-failed", _GUEST, "Compilation failed"),
    errors.Overloaded: Problem("overloaded", _BUSY, "Overloaded"),
    errors.RunnerUnavailable: Problem("runner-unavailable", _BUSY, "Runner unavailable"),
    errors.EgressListUnenforceable: Problem(
        "egress-list-unenforceable", HTTPStatus.NOT_IMPLEMENTED, "Egress list unenforceable"
    ),
    errors.WorkerCrashed: Problem("worker-crashed", _GUEST, "Worker crashed"),
    errors.WorkerFault: Problem("worker-fault", _OURS, "Worker fault"),
    errors.DeadlineExceeded: Problem("deadline-exceeded", _LATE, "Deadline exceeded"),
    errors.CpuLimitExceeded: Problem("cpu-limit-exceeded", _GUEST, "CPU limit exceeded"),
    errors.FuelExhausted: Problem("fuel-exhausted", _GUEST, "Fuel exhausted"),
    errors.TableLimitExceeded: Problem("table-limit-exceeded", _GUEST, "Table limit exceeded"),
    errors.MemoryLimitExceeded: Problem("memory-limit-exceeded", _GUEST, "Memory limit exceeded"),
    errors.StackOverflow: Problem("stack-overflow", _GUEST, "Stack overflow"),
    errors.GuestTrap: Problem("guest-trap", _GUEST, "Guest trap"),
    errors.GuestResponseInvalid: Problem("guest-response-invalid", _GUEST, "Guest response invalid"),
    errors.GuestAbiViolated: Problem("guest-abi-violated", _GUEST, "Guest ABI violated"),
    errors.GuestHandlerFailed: Problem("guest-handler-failed", _GUEST, "Guest handler failed"),
    errors.ResponseTooLarge: Problem("response-too-large", _GUEST, "Response too large"),
    errors.HostFunctionUnavailable: Problem("host-function-unavailable", _GUEST, "Host function unavailable"),
    errors.HostCallLimitExceeded: Problem("host-call-limit-exceeded", _GUEST, "Host call limit exceeded"),
    errors.SubrequestLimitExceeded: Problem("subrequest-limit-exceeded", _GUEST, "Subrequest limit exceeded"),
    errors.HostCallTooLarge: Problem("host-call-too-large", _GUEST, "Host call too large"),
    errors.DatabaseUnavailable: Problem("database-unavailable", _BUSY, "Database unavailable"),
    errors.InvalidSchedule: Problem("invalid-schedule", _BAD_REQUEST, "Invalid schedule"),
    errors.ScheduleNotFound: Problem("schedule-not-found", _NOT_FOUND, "Schedule not found"),
    errors.ScheduleNameTaken: Problem("schedule-name-taken", _CONFLICT, "Schedule name taken"),
    errors.ScheduleLimitReached: Problem("schedule-limit-reached", _CONFLICT, "Schedule limit reached"),
    errors.ScheduleRateLimited: Problem(
        "schedule-rate-limited", HTTPStatus.TOO_MANY_REQUESTS, "Schedule rate limited"
    ),
    errors.ScheduleStillRunning: Problem("schedule-still-running", _CONFLICT, "Schedule still running"),
    errors.DeliveryNotFound: Problem("delivery-not-found", _NOT_FOUND, "Delivery not found"),
    errors.IsolationTooWeak: Problem("isolation-too-weak", _OURS, "Isolation too weak"),
    errors.CacheRootUnsafe: Problem("cache-root-unsafe", _OURS, "Cache root unsafe"),
}
