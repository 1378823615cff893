"""What runner-proxy refuses or reports, by name; every class has its row in ``api/problems.py``."""

from annex_runner_proxy.domain.execution import Usage
from annex_shared.errors import AnnexError


class RunnerError(AnnexError):
    """An execution has no answer of the guest; ``usage`` is what it cost, where a worker could say."""

    usage: Usage | None = None


# Who may run what.


class CallerRefused(RunnerError):
    """The service that calls has no business here, or acts for another tenant than it names."""


class InstallRequired(RunnerError):
    """The request names no install, so nothing says what the extension may do."""


class InstallNotFound(RunnerError):
    """The tenant has no such install of the extension."""


class InstallDisabled(RunnerError):
    """The extension is installed and switched off."""


class InstallVersionMismatch(RunnerError):
    """The request names another bundle than the one installed; the caller's projection is behind, or ours."""


class VersionBlocked(RunnerError):
    """The platform blocked the version: it is neither delivered nor installed nor run."""


class RegistryUnavailable(RunnerError):
    """The registry cannot be reached or does not make sense, and what we know is not enough."""


# Getting a version ready.


class VersionWarming(RunnerError):
    """The version is being fetched or compiled; the same request succeeds shortly."""


class BundleNotFound(RunnerError):
    """The registry has no bundle with that content hash."""


class IntegrityMismatch(RunnerError):
    """The registry sent other bytes than the content hash promises; nothing of them was run."""


class VersionNotProven(RunnerError):
    """The transparency log does not prove that the version is this bundle; nothing of it was loaded."""


class VersionProofPending(RunnerError):
    """The version was published just now and the log's proof of it is not there yet."""


class BundleUnreadable(RunnerError):
    """The bundle's bytes are those that were published, and they cannot be unpacked."""


class VersionWithoutHandler(RunnerError):
    """The version holds no dist/main.wasm, so there is nothing to run."""


class ComponentInvalid(RunnerError):
    """The handler is not a component this platform can run; ``details.reason`` says why."""


class CompilationFailed(RunnerError):
    """Compiling took too long or too much; the handler itself may be fine."""


# Running.


class Overloaded(RunnerError):
    """Every worker is busy and enough calls wait already; nothing was run."""


class RunnerUnavailable(RunnerError):
    """The remote runner cannot be reached or does not make sense."""


class EgressListUnenforceable(RunnerError):
    """Administrators limit the hosts of a call, and a predecessor's runner cannot keep to that."""


class WorkerCrashed(RunnerError):
    """The process that ran the call ended; only this call is affected."""


class WorkerFault(RunnerError):
    """The sandbox failed by our fault, not the guest's."""


class DeadlineExceeded(RunnerError):
    """The time of a call is used up; its worker was stopped."""


class CpuLimitExceeded(RunnerError):
    """The guest used more processor time than its limit; waiting in host calls costs none."""


class FuelExhausted(RunnerError):
    """The guest executed more instructions than the call's fuel; only calls that ask for it have any."""


class TableLimitExceeded(RunnerError):
    """The guest grew its tables beyond their limit."""


class MemoryLimitExceeded(RunnerError):
    """The guest took more memory than its limit."""


class StackOverflow(RunnerError):
    """The guest recursed deeper than its stack."""


class GuestTrap(RunnerError):
    """The guest stopped itself: an uncaught error, an assertion, an access out of bounds."""


class GuestResponseInvalid(RunnerError):
    """The guest's answer cannot be sent over HTTP."""


class GuestAbiViolated(RunnerError):
    """A core module broke the alloc/handler contract; ``details.reason`` says where."""


class GuestHandlerFailed(RunnerError):
    """A core module's handler returned an error instead of an answer; ``details.result`` is its number."""


class ResponseTooLarge(RunnerError):
    """The guest's answer is over the limit."""


class HostFunctionUnavailable(RunnerError):
    """The guest called a function this platform does not offer; ``details.function`` names it."""


class HostCallLimitExceeded(RunnerError):
    """The guest called the host more often than one call may."""


class SubrequestLimitExceeded(RunnerError):
    """The guest made more requests to other servers, or moved more bytes through them, than one call may."""

    @property
    def kind(self) -> str:
        """Which limit it was, by the name of its field."""
        limit = self.details.get("limit")
        return str(limit["kind"]) if isinstance(limit, dict) else ""


class HostCallTooLarge(RunnerError):
    """The guest handed the host more than one host call may carry."""


class IsolationTooWeak(RunnerError):
    """This machine does not let workers be confined as far as the service requires."""


class CacheRootUnsafe(RunnerError):
    """The cache folder belongs to somebody else, is a link, or can be written by others."""


# What is kept: schedules, runs, deliveries.


class DatabaseUnavailable(RunnerError):
    """Nothing that is kept can be read or written now, or this runner-proxy has no database."""


class InvalidSchedule(RunnerError):
    """A schedule has fields that cannot be; ``details.fields`` says of each why."""


class ScheduleNotFound(RunnerError):
    """The install has no such schedule."""


class ScheduleNameTaken(RunnerError):
    """Another schedule of the install has this name."""


class ScheduleLimitReached(RunnerError):
    """The install has as many schedules as one may have."""


class ScheduleRateLimited(RunnerError):
    """Schedules are changed, or run by hand, more often than allowed."""


class ScheduleStillRunning(RunnerError):
    """A run of the schedule has not ended yet, and no schedule overlaps itself."""


class DeliveryNotFound(RunnerError):
    """The install has no such delivery that was given up."""
