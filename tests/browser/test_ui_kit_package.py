"""The UI kit as others install it: outside the workspace, with types, and without our tools."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
TOOLS = WEB / "node_modules"
LIMIT_SECONDS = 120
PAGE = """
import { createRoot } from "react-dom/client";
import { Button, type Column, DataTable } from "@annex/ui-kit";
import "@annex/ui-kit/theme-boot";
import "@annex/ui-kit/tokens.css";
import "@annex/ui-kit/kit.css";
import "@annex/ui-kit/alga.css";

const columns: Column<string>[] = [{ key: "name", header: "Name", cell: (row) => row }];
const table = (
  <DataTable caption="Names" columns={columns} rows={["a"]} rowKey={(row) => row} status="ready"
    empty="None." loading="columns" failed="Failed." total={1} />
);
createRoot(document.body).render(<><Button variant="primary">Save</Button>{table}</>);
// @ts-expect-error: a table cannot leave out what it shows without rows
createRoot(document.body).render(<DataTable caption="Names" columns={columns} rows={[]} total={0} />);
"""
SETTINGS = {
    "compilerOptions": {
        "module": "NodeNext",
        "target": "ES2022",
        "jsx": "react-jsx",
        "strict": True,
        "noEmit": True,
        "skipLibCheck": False,
        "lib": ["ES2023", "DOM", "DOM.Iterable"],
        "types": ["react"],
    },
    "files": ["page.tsx", "styles.d.ts"],
}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, timeout=LIMIT_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_the_packed_kit_is_bundled_and_checked_outside_the_workspace(tmp_path: Path) -> None:
    node = ROOT / ".venv" / "bin" / "node"
    run(node, "ui-kit/build.mjs", "package", cwd=WEB)
    npm = shutil.which("npm", path=f"{node.parent}:/usr/bin:/bin")
    assert npm is not None
    archive = run(npm, "pack", "--silent", "--pack-destination", tmp_path, "./ui-kit/dist/package", cwd=WEB)
    project = tmp_path / "project"
    with tarfile.open(tmp_path / archive.strip()) as packed:
        packed.extractall(project / "node_modules" / "@annex", filter="data")
    (project / "node_modules" / "@annex" / "package").rename(project / "node_modules" / "@annex" / "ui-kit")
    for name in ("react", "react-dom", "scheduler", "csstype", "@types/react", "@types/react-dom"):
        shutil.copytree(TOOLS / name, project / "node_modules" / name)
    (project / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (project / "page.tsx").write_text(PAGE, encoding="utf-8")
    (project / "styles.d.ts").write_text('declare module "*.css";\n', encoding="utf-8")
    (project / "tsconfig.json").write_text(json.dumps(SETTINGS), encoding="utf-8")

    run(node, TOOLS / "typescript" / "bin" / "tsc", "-p", project, cwd=project)
    bundling = ("--bundle", "--jsx=automatic", "--outdir=out", "--format=esm")
    run(TOOLS / ".bin" / "esbuild", "page.tsx", *bundling, cwd=project)

    assert "annex-data-table" in (project / "out" / "page.css").read_text(encoding="utf-8")
    assert not list((project / "node_modules" / "@annex").rglob("*.tsx"))
