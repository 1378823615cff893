"""A private RabbitMQ node with its management API, everything on loopback."""

import asyncio
import base64
import http.client
import secrets
import signal
from functools import partial
from pathlib import Path

from annex_standalone.servers.launch import Launcher
from support.stack.install import RABBITMQ_BIN, REQUIREMENTS, advice
from support.stack.ports import Ports
from support.stack.processes import Workplace, answers, end
from support.stack.server import Server

READY_SECONDS = 90
USER = PASSWORD = "guest"
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
log.console = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
"""


class RabbitmqMissing(Exception):
    pass


def node_environment(directory: Path, *, distribution: int, epmd: int) -> dict[str, str]:
    """Point every file of the node into the directory and every port at loopback."""
    erlang = (
        "-noinput -kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
    )
    return {
        "HOME": str(directory / "home"),
        "RABBITMQ_NODENAME": f"annex{epmd}@localhost",
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "empty.env"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
        "RABBITMQ_FEATURE_FLAGS_FILE": str(directory / "feature_flags"),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": erlang,
        # Makes the start script become the Erlang machine, so that its pid is the node's own.
        "RABBITMQ_ALLOW_INPUT": "1",
        "ERL_EPMD_PORT": str(epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # A node that was told to stop has nothing worth a crash dump.
        "ERL_CRASH_DUMP_BYTES": "0",
    }


def write_files(directory: Path, *, amqp: int, management: int) -> None:
    """Lay out the node's directory."""
    for name in ("home", "mnesia", "log"):
        (directory / name).mkdir()
    cookie = directory / "home" / ".erlang.cookie"
    cookie.write_text(secrets.token_hex(20), encoding="ascii")
    cookie.chmod(0o600)
    configuration = CONFIGURATION.format(amqp=amqp, management=management)
    (directory / "rabbitmq.conf").write_text(configuration, encoding="ascii")
    (directory / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="ascii")
    (directory / "empty.env").touch()


async def start(place: Workplace, ports: Ports) -> Server:
    """Start the name server, then the node, and wait until both protocols answer."""
    for requirement in REQUIREMENTS:
        if requirement.server == "RabbitMQ" and requirement.missing_packages():
            raise RabbitmqMissing(advice(requirement.missing_packages()))
    amqp, management, distribution, epmd_port = (ports.take() for _ in range(4))
    write_files(place.directory, amqp=amqp, management=management)
    place.environment = node_environment(place.directory, distribution=distribution, epmd=epmd_port)
    place.launcher = Launcher()
    # Our own name server in the foreground: the one a node starts by itself would outlive it.
    epmd = await place.spawn("epmd", "-port", str(epmd_port), "-address", "127.0.0.1")
    await place.ready(epmd, partial(answers, epmd_port), READY_SECONDS)
    node = await place.spawn(RABBITMQ_BIN / "rabbitmq-server")
    await place.ready(node, partial(is_up, amqp, management), READY_SECONDS)

    async def stop() -> None:
        # Nobody will open this node's data again, so nothing is gained by a slow goodbye.
        await end(node, signal.SIGKILL)
        await end(epmd, signal.SIGTERM)

    addresses = {
        "ANNEX_TEST_RABBITMQ_URL": f"amqp://{USER}:{PASSWORD}@127.0.0.1:{amqp}/",
        "ANNEX_TEST_RABBITMQ_MANAGEMENT_URL": f"http://{USER}:{PASSWORD}@127.0.0.1:{management}",
    }
    return Server("rabbitmq", addresses, (node.pid, epmd.pid), stop)


async def is_up(amqp: int, management: int) -> bool:
    """Tell whether clients can connect and virtual hosts can be made."""
    return await answers(amqp) and await asyncio.to_thread(management_answers, management)


def management_answers(port: int) -> bool:
    """Tell whether the management API knows the default virtual host."""
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/vhosts/%2F", headers={"Authorization": f"Basic {credentials}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
