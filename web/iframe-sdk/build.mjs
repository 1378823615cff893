// Builds dist: ES modules with types, and one classic script for pages without a bundler. Fails over budget.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const ENTRIES = ["index", "react/index", "host/index", "testing/index", "dev/index", "alga/index"];
const KIB = 1024;
// Minified and compressed; what the React layer adds to the core.
export const BUDGETS = { core: 4 * KIB, react: 3 * KIB };

const shared = { bundle: true, minify: true, target: "es2022", external: ["react"], legalComments: "none" };

const withoutCore = {
  name: "without-core",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.\/(guest|errors|contract)\// }, ({ path }) => ({ path, external: true })),
};

export async function measure() {
  const sizeOf = async (entry, plugins = []) => {
    const { outputFiles } = await build({
      ...shared,
      entryPoints: [join(HERE, "src", entry)],
      format: "esm",
      write: false,
      plugins,
    });
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    return brotliCompressSync(outputFiles[0].contents, { params }).length;
  };
  return { core: await sizeOf("index.ts"), react: await sizeOf("react/index.ts", [withoutCore]) };
}

async function buildDist() {
  rmSync(DIST, { recursive: true, force: true });
  await build({
    ...shared,
    minify: false,
    entryPoints: ENTRIES.map((entry) => join(HERE, "src", `${entry}.ts`)),
    outbase: join(HERE, "src"),
    outdir: DIST,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  await build({
    ...shared,
    entryPoints: [join(HERE, "src", "classic.ts")],
    outfile: join(DIST, "annex-iframe-sdk.js"),
    format: "iife",
    globalName: "AnnexIframeSdk",
  });
  writeTypes();
  writePackage();
}

// The workspace imports the sources; what is packed (`npm pack ./iframe-sdk/dist`) stands alone.
function writePackage() {
  const { private: _, scripts: __, ...own } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const exports = Object.fromEntries(
    Object.entries(own.exports).map(([name, source]) => {
      const target = source.replace("./src/", "./").replace(/\.ts$/, "");
      return [name, { types: `${target}.d.ts`, default: `${target}.js` }];
    }),
  );
  const extra = { "./classic": "./annex-iframe-sdk.js", "./contract": "./bridge.schema.json" };
  const text = JSON.stringify({ ...own, exports: { ...exports, ...extra } }, null, 2);
  writeFileSync(join(DIST, "package.json"), `${text}\n`);
  for (const name of ["contract/bridge.schema.json", "README.md"]) {
    writeFileSync(join(DIST, basename(name)), readFileSync(join(HERE, name)));
  }
}

function writeTypes() {
  const tsc = join(HERE, "..", "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", join(HERE, "tsconfig.build.json")], { stdio: "inherit" });
  for (const path of files(DIST).filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(path, "utf8");
    // Declarations name their neighbours as the runtime would.
    writeFileSync(path, text.replaceAll(/(from |import\()"(\.[^"]+)\.tsx?"/g, '$1"$2.js"'));
  }
}

function files(folder) {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildDist();
  const sizes = await measure();
  for (const [name, size] of Object.entries(sizes)) {
    process.stdout.write(`${name.padEnd(8)}${String(size).padStart(6)} of ${BUDGETS[name]} bytes\n`);
    if (size > BUDGETS[name]) process.exitCode = 1;
  }
}
