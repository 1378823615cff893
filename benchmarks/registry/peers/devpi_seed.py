"""Run by devpi-server's own Python: `devpi_seed.py SERVERDIR PACKAGE COUNT`, while no server runs.

It stores releases as an upload does, in one transaction, and writes the list of links once at the end
instead of after each release, which would take hours for ten thousand. Our own environment has no devpi.
"""

import sys
from typing import Any

from devpi_server.config import get_pluginmanager, parseoptions  # type: ignore[import-not-found]
from devpi_server.main import xom_from_config  # type: ignore[import-not-found]


def seed(server_directory: str, package: str, count: int) -> None:
    options = ["devpi-server", "--serverdir", server_directory, "--offline-mode"]
    xom: Any = xom_from_config(parseoptions(get_pluginmanager(), options))
    with xom.keyfs.write_transaction():
        stage = xom.model.getstage("root", "dev")
        for number in range(count):
            version = f"1.0.{number}"
            stage.set_versiondata({"name": package, "version": version})
            stage.get_mutable_linkstore_perstage(package, version).create_linked_entry(
                rel="releasefile",
                basename=f"{package}-{version}.tar.gz",
                content_or_file=f"{package} {version}".encode(),
            )
        stage._regen_simplelinks(package)  # noqa: SLF001 - what each upload ends with


if __name__ == "__main__":
    seed(sys.argv[1], sys.argv[2], int(sys.argv[3]))
