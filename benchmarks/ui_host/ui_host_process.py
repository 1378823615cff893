"""The ui-host over a registry that holds one bundle. It prints its port and the bundle's address.

`python -m benchmarks.ui_host.ui_host_process name=value …`: settings beyond the defaults.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.ui_host.files import FILES

from annex_shared.observability.logs import configure_logs
from integration.ui_host.conftest import started
from integration.ui_host.contract_registry import contract_registry
from integration.ui_host.raw_http import ask_until_coded


async def run(settings: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix="annex-bench-") as folder:
        async with contract_registry(Path(folder)) as registry:
            version = registry.publish("acme/notes", dict(FILES))
            # Nothing on the side while it is measured.
            async with started(registry, repair_interval_seconds=3600, **settings) as port:
                base = f"/ext-ui/acme.notes/{version.content_hash}"
                await ask_until_coded(port, f"{base}/64k.js")
                print(json.dumps({"port": port, "base": base}), flush=True)
                await asyncio.Event().wait()


if __name__ == "__main__":
    # The line of each request is written as ever, to nowhere.
    with Path(os.devnull).open("w") as nowhere:
        configure_logs("ui-host", as_json=True, stream=nowhere)
        asyncio.run(run(dict(pair.split("=", 1) for pair in sys.argv[1:])))
