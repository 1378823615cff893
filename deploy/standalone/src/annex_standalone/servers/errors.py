"""Why a private server could not be started, each as one sentence for the person at the terminal."""

from pathlib import Path

from annex_shared.errors import AnnexError


class ServerError(AnnexError):
    """A private server cannot run; the class says why."""


class ServerBinariesMissing(ServerError):
    def __init__(self, server: str, package: str) -> None:
        super().__init__(
            f"{server} cannot start because the package {package} holds no binaries for this machine.",
            details={"server": server, "package": package},
            hint="Use the services with your own server through their URL settings.",
        )


class PrivilegeCannotBeDropped(ServerError):
    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL does not run as root, and neither unshare nor setpriv can start it as nobody here.",
            hint="Run the command as an ordinary user, or install util-linux.",
        )


class DataDirectoryInUse(ServerError):
    def __init__(self, server: str, directory: Path) -> None:
        super().__init__(
            f"{server} cannot start because another process is using {directory}.",
            details={"server": server, "directory": str(directory)},
            hint="Stop the other one, or choose another directory with ANNEX_HOME.",
        )


class DataDirectoryNotWritable(ServerError):
    def __init__(self, server: str, directory: Path) -> None:
        super().__init__(
            f"{server} cannot start because {directory} cannot be written.",
            details={"server": server, "directory": str(directory)},
            hint="Change its owner or mode, or choose another directory with ANNEX_HOME.",
        )


class DataDirectoryForeign(ServerError):
    def __init__(self, server: str, directory: Path) -> None:
        super().__init__(
            f"{server} cannot start because {directory} holds files that it did not create.",
            details={"server": server, "directory": str(directory)},
            hint="Choose an empty directory with ANNEX_HOME.",
        )


class DataDirectoryOfAnotherVersion(ServerError):
    def __init__(self, directory: Path, *, found: str, supported: str) -> None:
        super().__init__(
            f"PostgreSQL {supported} cannot open {directory}, which was written by PostgreSQL {found}.",
            details={"directory": str(directory), "found": found, "supported": supported},
            hint=f"Export the data with PostgreSQL {found}, or choose another directory with ANNEX_HOME.",
        )


class SocketPathTooLong(ServerError):
    def __init__(self, path: Path, *, limit_bytes: int) -> None:
        super().__init__(
            f"The socket path {path} is longer than the {limit_bytes} bytes a Unix socket may have.",
            details={"path": str(path), "limit_bytes": limit_bytes},
            hint="Set TMPDIR to a shorter directory.",
        )


class ServerDidNotStart(ServerError):
    """The server ended, or did not answer in time; the end of its own log says why."""

    def __init__(self, server: str, reason: str, *, log_tail: str) -> None:
        super().__init__(
            f"{server} did not start: {reason}.\n{log_tail}".rstrip(),
            details={"server": server, "reason": reason},
        )
        self.log_tail = log_tail
