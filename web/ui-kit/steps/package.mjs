import { execFile } from "node:child_process";
import { copyFile, cp, glob, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Write the package as others install it: modules, types, style sheets, and a package.json that leads to them. */
export async function buildPackage(kit, outdir) {
  await rm(outdir, { recursive: true, force: true });
  await cp(join(kit, "src"), outdir, { recursive: true, filter: (path) => !/\.tsx?$/.test(path) });
  const compiler = join(kit, "../node_modules/typescript/bin/tsc");
  await run(process.execPath, [compiler, "-p", join(kit, "tsconfig.package.json"), "--outDir", outdir]);
  for await (const name of glob("**/*.d.ts", { cwd: outdir })) {
    const path = join(outdir, name);
    // The compiler leaves the suffixes of sources in declarations; others find no such files.
    const text = (await readFile(path, "utf8")).replaceAll(/(["'])(\.{1,2}\/[^"']+)\.tsx?\1/g, "$1$2.js$1");
    await writeFile(path, text);
  }
  await copyFile(join(kit, "README.md"), join(outdir, "README.md"));
  await writeFile(join(outdir, "package.json"), await packageFile(kit));
}

async function packageFile(kit) {
  const { private: _, scripts: __, ...own } = JSON.parse(await readFile(join(kit, "package.json"), "utf8"));
  const exports = Object.entries(own.exports).map(([name, source]) => [
    name,
    ledTo(source.replace("./src/", "./")),
  ]);
  return `${JSON.stringify({ ...own, exports: Object.fromEntries(exports) }, null, 2)}\n`;
}

function ledTo(target) {
  const stem = /^(.*)\.tsx?$/.exec(target)?.[1];
  return stem === undefined ? target : { types: `${stem}.d.ts`, default: `${stem}.js` };
}
