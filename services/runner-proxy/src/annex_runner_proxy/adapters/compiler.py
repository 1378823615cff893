"""Run the compiler program on one component, within a time, and read its one line."""

import asyncio
import json
from typing import Any

from annex_runner_proxy.adapters.sandbox_process import SandboxProcess
from annex_runner_proxy.domain.errors import CompilationFailed, ComponentInvalid
from annex_runner_proxy.sandbox.messages import CodeKind
from annex_shared.display_text import shown

_MODULE = "annex_runner_proxy.sandbox.compiler"


async def compile_component(
    source: int,
    target: int,
    *,
    fingerprint: str,
    timeout_seconds: float,
    kind: CodeKind = CodeKind.PLAIN,
) -> None:
    """Compile from one open file to another. Raises ComponentInvalid or CompilationFailed."""
    process = await SandboxProcess.start(
        _MODULE, descriptors=[source, target], arguments=[kind], with_output=True
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            output = await process.output()
            code = await process.ended()
    except TimeoutError:
        raise CompilationFailed(
            f"Compiling the handler took longer than {timeout_seconds:g} seconds."
        ) from None
    finally:
        process.kill()
        await process.ended()
    report = _report(output, code, process.stderr_tail)
    if "refused" in report:
        raise ComponentInvalid(
            "The handler is not a component this platform can run.",
            details={"reason": shown(str(report["refused"]), limit=500)},
        )
    if report.get("fingerprint") != fingerprint:
        raise CompilationFailed("The compiler is another engine than the workers'.")


def _report(output: bytes, code: int, stderr: str) -> dict[str, Any]:
    try:
        report = json.loads(output)
    except ValueError:
        report = None
    if code != 0 or not isinstance(report, dict):
        raise CompilationFailed(
            "The compiler ended without a result.", details={"exit_code": code, "stderr": shown(stderr)}
        )
    return report
