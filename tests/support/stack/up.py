"""Start the test servers and keep them until Ctrl-C: `python tests/support/stack/up.py [FILE]`.

The variables that point a test run at them are printed, or written to FILE.
"""

import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.stack.server import Server
from support.stack.supervisor import STARTERS, supervised


def announce(servers: list[Server], file: Path | None) -> None:
    """Write the variables where a shell can source them."""
    variables = {name: value for server in servers for name, value in server.addresses.items()}
    text = "".join(f"export {name}='{value}'\n" for name, value in variables.items())
    if file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        file.write_text(text, encoding="utf-8")


async def main(file: Path | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with supervised() as supervisor:
        announce(await asyncio.gather(*(supervisor.start(name) for name in STARTERS)), file)
        await stopped.wait()


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    try:
        asyncio.run(main(target))
    finally:
        if target is not None:
            target.unlink(missing_ok=True)
